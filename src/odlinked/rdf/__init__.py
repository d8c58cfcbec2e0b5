"""RDF itself, once for the whole house: terms and N-Triples, the writers of every format, the words of the assets, questions.

`ntriples` reads and writes terms and lines, `tags` has the case of language tags, `serialise` writes a document in every served
format, `streams` what the engine constructs, `vocabulary` reads the Turtle of the assets, `ask` runs our queries.
"""
