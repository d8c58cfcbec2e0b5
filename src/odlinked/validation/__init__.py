"""Checking files without publishing them: inventories at their cells, RDF files at their nodes."""
