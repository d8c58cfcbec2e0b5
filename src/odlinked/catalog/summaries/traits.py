"""What a dataset may have in common with others: the names of its fields, and the standards and code lists that these follow.

A trait is kept as a number, a hash of what it says: the index compares numbers, and whoever shows one has the document it is of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from odlinked.documents import Document
from odlinked.folding import fold
from odlinked.namespaces import DCTERMS, ODL
from odlinked.rdf.ntriples import term

FIELD: Final = "field"
STANDARD: Final = "standard"
ASPECTS: Final = (FIELD, STANDARD)
MOST: Final = 400
"""Most traits of one dataset that are compared."""

_FIELD, _CONFORMS = f"> <{ODL}fieldName> ".encode(), f"> <{DCTERMS}conformsTo> ".encode()


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
    """Return the traits of a dataset by number, at most `MOST`. Its text is searched, not parsed: every dataset is asked."""
    found: dict[int, Trait] = {}
    own = f"<{document.iri}".encode()
    for marker in (_FIELD, _CONFORMS):
        for subject, written in _stated(document.text, marker):
            if (subject != own) if marker is _FIELD else written.startswith(own + b"#"):
                continue
            number, trait = _trait(marker is _FIELD, written)
            if trait is not None and len(found) < MOST:
                found.setdefault(number, trait)
    return found


def _stated(text: bytes, marker: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (subject without its last sign, object) of the lines with a predicate; a literal may hold what looks like one."""
    at = text.find(marker)
    while at >= 0:
        subject = text[text.rfind(b"\n", 0, at) + 1 : at]
        if b" " not in subject:
            yield subject, text[at + len(marker) : text.find(b" .\n", at)]
        at = text.find(marker, at + 1)


@lru_cache(maxsize=16_384)
def _trait(is_field: bool, written: bytes) -> tuple[int, Trait | None]:
    """Return a trait by the term that states it, with its number; None for one that is none. The names of fields recur."""
    told = term(written.decode())
    if (told.is_iri or not fold(told.value)) if is_field else not told.is_iri:
        return 0, None
    trait = Trait(FIELD if is_field else STANDARD, told.value)
    return trait.number, trait
