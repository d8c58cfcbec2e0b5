"""The cage: untrusted SPARQL queries run in sandboxed processes that can be killed and that can reach only one store."""
