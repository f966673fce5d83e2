"""Do the numbers agree? One module per check. Frames in, ``Check`` values out; nothing here is ever corrected.

Every check compares two figures that must be the same and come from different answers. A difference is shown with its
size and the cause that explains it, or as failed; what could not be compared is no check at all.
"""
