"""Who may see what: identities, the policy, embed keys and tokens, and the ``Scope`` that each request gets from them.

May enter: data.settings, data.scope, data.clock, data.errors, data.events, data.query_values. May not: Flask, Dash, the
client. A request comes as its WSGI environ, a decision leaves as a ``Scope`` or as ``Denied``.
"""
