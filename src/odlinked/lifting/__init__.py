"""The rows of a data file as linked data: its description (CSV on the Web), and the RDF that the two together give.

`describing` makes a description from what is known of a file, `conversion` reads a file by a description. Nothing is fetched.
"""
