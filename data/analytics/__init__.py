"""Questions about an account, answered by pure functions: frames in, values or documented frames out.

May enter: numpy, pandas and the value modules of ``data``. May not: HTTP, the clock, the environment, anything that
draws. ``now`` and units are handed in. Money stays ``Decimal`` from the wire to the answer.
"""
