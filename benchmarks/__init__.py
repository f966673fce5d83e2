"""Measurements: one file per question, numbers kept beside the question. ``python -m benchmarks`` asks them all.

Contenders take turns within one run, so that what else the machine does hits all of them; a ratio compares only numbers
of one run.
"""
