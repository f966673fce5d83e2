"""What people see: pure functions, a frame or value in, a component or plain dict figure out.

May enter: dash components, the values of ``data`` (schema, series, filters, money, errors). May not: callbacks,
a source, the network, the clock.
"""
