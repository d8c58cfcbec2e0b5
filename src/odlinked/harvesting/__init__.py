"""Harvesting: the records of other catalogues, fetched politely, read in a cage, and published like any others.

A source that fails, answers nonsense or shrinks keeps its last good state, and its run says so.
"""
