"""The only room that knows HTTP: questions, transport, paging, limits, and the shapes of the answers.

May enter: requests, urllib3, msgspec, ``data.errors``, ``data.clock``, ``data.settings``, ``data.filters.is_id``.
May not: pandas, anything that draws, any call that changes something at Metronome.
"""
