"""Persons in texts: mail addresses, mobile and identity numbers and names, whatever they are written with.

One function for every room that tells or publishes a text: `recognition(assets).cleaned(text)`. The words it goes by stand in
`ontologies/persons/*.ttl`.
"""

from odlinked.persons.recognition import LEFT_OUT, Recognition, recognition

__all__ = ["LEFT_OUT", "Recognition", "recognition"]
