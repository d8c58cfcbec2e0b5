"""Readers of record files: spreadsheets, delimited text and JSON as rows of cells, within size limits; and where their tables
are."""
