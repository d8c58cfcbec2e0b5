"""The SPARQL endpoint (SPARQL 1.1 Protocol): requests, result formats, streams and its failures in the reader's language."""
