"""CSV on the Web (W3C, 2015): what a table's columns are, what its cells say, and the RDF and JSON they stand for.

The Model for Tabular Data, the Metadata Vocabulary, csv2rdf and csv2json. Nothing here opens a file by name or a
connection by itself: documents named by URL come through a resolver the caller gives.
"""
