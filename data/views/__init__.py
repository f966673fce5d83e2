"""What one panel and its files share: ask the source, run the analytics, say what is missing. One file per panel.

May enter: the source protocol, analytics, filters. May not: dash, HTTP, the environment. Values out are frozen and hold
everything that drawing or writing needs, so that neither asks again.
"""
