"""Evidence: what is really served behind a catalogue's links, observed by visiting them or by opening given files.

This package records facts. Whether a fact is good is judged elsewhere, by assets.
"""
