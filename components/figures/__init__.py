"""One file per chart shape, named for the shape: values in, plain dict figures out. Only bar and scatter traces."""
