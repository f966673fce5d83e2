"""A local Metronome API over HTTP with made-up accounts, for demos and tests.

May enter: everything about how the real API answers, and made-up facts. May not: anything from the app's rooms except
the clock and the exact arithmetic context. Nothing outside the tests imports this package; it runs as its own process.

One set of usage facts, rate cards and contracts stands at the bottom (``facts``, ``catalogue``); usage rows, invoices,
breakdowns, ledgers and balances are all derived from it (``rating`` -> ``burn`` -> ``ledgers``, ``invoices``), so they
agree to the last digit. They differ only where the real API's do: usage that arrived after its invoice was final
(``late``), and prices that follow from a whole billing period (``alone``).
"""
