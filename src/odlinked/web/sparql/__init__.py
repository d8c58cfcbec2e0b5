"""The SPARQL endpoint (SPARQL 1.1 Protocol): requests, result formats, streams and its faults in the reader's words."""
