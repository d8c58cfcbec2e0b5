"""Readers of RDF files: a graph out of Turtle, N-Triples, N-Quads, TriG, RDF/XML or JSON-LD, with the lines it stands on.

The one door is `read`; `tell` says whether a file is RDF, and which. Nothing a file names is ever fetched.
"""

from odlinked.graphs.kinds import tell
from odlinked.graphs.reader import Graph, read

__all__ = ["Graph", "read", "tell"]
