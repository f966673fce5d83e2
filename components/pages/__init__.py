"""The panels of each page of an account, top to bottom, before anything is loaded."""
