"""Evidence: what is really served behind a catalogue's links, seen by visiting them or by opening given files.

The room records facts. Whether a fact is good is judged elsewhere, by assets.
"""
