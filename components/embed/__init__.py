"""What an account's own people see in a frame: the same panels, without anything around them."""
