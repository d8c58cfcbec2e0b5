"""Measuring datasets and organisations: the metrics run over records and evidence, and the documents they make (DQV)."""
