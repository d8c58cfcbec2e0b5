"""What a dataset may have in common with others: the names of its fields, and the standards and code lists that these follow.

A trait is kept as a number, a hash of what it says: the index compares numbers, and whoever shows one has the document it is of.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.namespaces import DCTERMS, ODL
from odlinked.rdf.ntriples import triples

FIELD: Final = "field"
STANDARD: Final = "standard"
ASPECTS: Final = (FIELD, STANDARD)
MOST: Final = 400
"""Most traits of one dataset that are compared."""

_WANTED: Final = {f"<{name}>".encode() for name in (ODL + "fieldName", DCTERMS + "conformsTo")}


class Trait(NamedTuple):
    """A field, by its name as it is written, or a standard, by its IRI."""

    aspect: str
    value: str

    @property
    def number(self) -> int:
        """The trait as the index keeps it: 64 bits with a sign. Spellings that fold alike are one field."""
        told = fold(self.value) if self.aspect == FIELD else self.value
        digest = hashlib.blake2b(f"{self.aspect}\n{told}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def traits(document: Document) -> dict[int, Trait]:
    """Return the traits of a dataset by number, at most `MOST`."""
    wanted = b"\n".join(line for line in document.lines if line.split(b" ", 2)[1] in _WANTED)
    found: dict[int, Trait] = {}
    for subject, predicate, term in triples(wanted):
        if predicate == ODL + "fieldName" and subject == document.iri and fold(term.value):
            trait = Trait(FIELD, term.value)
        elif predicate == DCTERMS + "conformsTo" and term.is_iri and not term.value.startswith(document.iri + "#"):
            trait = Trait(STANDARD, term.value)
        else:
            continue
        found.setdefault(trait.number, trait)
        if len(found) == MOST:
            break
    return found
