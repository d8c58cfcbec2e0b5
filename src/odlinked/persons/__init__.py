"""Persons in texts: mail addresses, mobile and identity numbers and names, in whatever form they are written.

One function for all code that reports or publishes a text: `recognition(assets).cleaned(text)`. Its word lists are in
`ontologies/persons/*.ttl`.
"""

from odlinked.persons.recognition import LEFT_OUT, Recognition, recognition

__all__ = ["LEFT_OUT", "Recognition", "recognition"]
