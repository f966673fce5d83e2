"""Answers of Metronome as the documented frames of ``data.schema``: pure, and the last place that knows a JSON key.

May enter: pandas, numpy, ``data.schema``, ``data.errors``, shapes of ``data.metronome``. May not: HTTP, clocks, sums.
Nothing is dropped for being unknown; a value that cannot be what the API documents raises ``BadAnswer``.
"""
