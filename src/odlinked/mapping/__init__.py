"""Mapping: CSVW describes the columns, SPARQL CONSTRUCT gives them meaning; rows become one RDF document a record.

`forms` finds the form a table is written on, `lift` writes its rows as a row graph, `refine` turns that into documents.
"""
