"""CSV on the Web (W3C, 2015): the columns of a table, the values of its cells, and the RDF and JSON generated from them.

Implements the Model for Tabular Data, the Metadata Vocabulary, csv2rdf and csv2json. Nothing here opens a file by name or a
connection by itself: documents named by URL come through a resolver that the caller passes in.

`annotated`, `rdf` and `validation` are the reference; `compile` and `lines` do the same faster for what is plain. The W3C
test suite holds them.
"""
