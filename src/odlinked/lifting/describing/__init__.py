"""Descriptions (CSV on the Web) made of what is known of a file, and compared between editions."""
