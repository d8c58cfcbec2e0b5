"""HTTP as its specifications have it: negotiation, cross-origin requests, the cache of answers, the gate for long downloads."""
