"""A release as readers get it: its records, lists and searches."""
