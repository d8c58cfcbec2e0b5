"""RDF, in one place for the whole package: terms and N-Triples, the writers of every format, the vocabulary of the assets,
queries.

`ntriples` reads and writes terms and lines, `tags` has the case of language tags, `serialise` writes a document in every served
format, `streams` what the engine constructs, `vocabulary` reads the Turtle of the assets, `ask` runs the project's queries.
"""
