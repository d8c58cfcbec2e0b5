"""Data standards: which column is a standard field, and whether its values are written as the standard asks.

What a field is called and how its values are checked stands in `ontologies/standards/`; here are only the hands.
"""
