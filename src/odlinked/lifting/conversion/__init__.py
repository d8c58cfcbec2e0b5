"""RDF made of described rows (csv2rdf), on one machine or by Apache Spark, and the faults told on the way."""
