"""Answers of the API kept by day in blocks, in this process or in a Redis that all processes share (decision 13).

What may enter: frames and their names, the clock, events. Never a question of the API, a scope or a viewer: who may
see what was decided before anybody asks here.
"""
