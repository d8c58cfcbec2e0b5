"""The pages and the representations of records, lists, quality, vocabulary and feeds, one module a kind of page."""
