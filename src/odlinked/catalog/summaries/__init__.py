"""What the index keeps of a record: its summary, and what lists, facets and counts are made of."""
