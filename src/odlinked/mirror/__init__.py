"""A copy of the served release in another SPARQL engine: each document a named graph, brought up to date and compared."""
