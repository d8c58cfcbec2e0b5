"""The pages and the representations of records, lists, quality, vocabulary and feeds, one module for each kind of page."""
