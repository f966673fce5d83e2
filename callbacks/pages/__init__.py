"""Tables of contents: which panels a page has. No logic."""
