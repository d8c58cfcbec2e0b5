"""The cage: strangers' SPARQL queries run in processes that can be killed and that can reach nothing but one store."""
