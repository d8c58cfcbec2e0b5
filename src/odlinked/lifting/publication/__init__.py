"""What is published of lifted rows: RDF, Parquet, statistics, vocabulary, stars."""
