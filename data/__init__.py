"""What is true: settings, the Metronome client, frames, analytics and the source that joins them.

May enter: the standard library, pandas, requests, msgspec. May not: dash, plotly, anything that draws.
"""
