"""Data files read as tables: their words, what stands in their columns, their rows."""
