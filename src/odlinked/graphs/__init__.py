"""Readers of RDF files: a graph from Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD, with the lines of its statements.

`read` is the entry point, `statements` the quick one for who reports nothing of the file; `detect_format` determines whether a
file is RDF, and which format. Nothing that a file names is ever fetched.
"""

from odlinked.graphs.kinds import detect_format
from odlinked.graphs.reader import Graph, read, statements

__all__ = ["Graph", "detect_format", "read", "statements"]
