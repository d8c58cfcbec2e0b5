"""Measuring: quality as DQV measurements, computed by SPARQL assets from records and what was observed of them."""
