"""Where a figure came from: receipts, one file per view. Pure; reads what analytics returned, never looks anything up.

May enter: views and analytics values. May not: the network, dash, the clock.
"""
