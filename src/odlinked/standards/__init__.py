"""Data standards: which column is a standard field, and whether its values are written as the standard requires.

The names of fields and the checks of their values are in `ontologies/standards/`; this package only applies them.
"""
