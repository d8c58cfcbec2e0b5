"""HTTP according to its specifications: negotiation, cross-origin requests, the cache of answers, the limit of long downloads."""
