"""RDF terms parsed from N-Triples lines, blank nodes too, letter for letter.

`odlinked.documents.triples` reads records, which have no blank nodes; shapes and vocabularies have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from odlinked.documents import unescape
from odlinked.namespaces import XSD

_LINE = re.compile(
    r'(?:<(?P<s>[^>]*)>|(?P<sb>_:\S+)) <(?P<p>[^>]*)> (?:<(?P<o>[^>]*)>|(?P<ob>_:\S+)'
    r'|"(?P<v>(?:[^"\\]|\\.)*)"(?:\^\^<(?P<d>[^>]*)>|@(?P<l>[A-Za-z0-9-]+))?) \.'
)


class Node(NamedTuple):
    """A term: `kind` is "iri", "blank" or "literal"; a literal has its datatype IRI and language tag ("" if none)."""

    kind: str
    value: str
    datatype: str = ""
    language: str = ""


def parse(ntriples: bytes) -> Iterator[tuple[Node, str, Node]]:
    """Yield subject, predicate IRI and object of N-Triples text, in its order."""
    for line in ntriples.decode("utf-8").split("\n"):
        found = _LINE.match(line)
        if found is None:
            continue
        subject = Node("iri", unescape(found["s"])) if found["s"] is not None else Node("blank", found["sb"])
        if found["o"] is not None:
            term = Node("iri", unescape(found["o"]))
        elif found["ob"] is not None:
            term = Node("blank", found["ob"])
        else:
            term = Node("literal", unescape(found["v"]), found["d"] or XSD + "string", found["l"] or "")
        yield subject, unescape(found["p"]), term
