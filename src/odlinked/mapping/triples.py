"""What all columns of a mapping share, and how terms are written: the ends of triples, in N-Triples."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field

from odlinked.assets import Assets
from odlinked.mapping import organizations
from odlinked.mapping.codes import ROWS
from odlinked.mapping.conditions import Conditions
from odlinked.mapping.openings import Openings
from odlinked.namespaces import CODE, LEX, XSD
from odlinked.rdf import ntriples

Ends = tuple[bytes, ...]
"""Predicate, object and full stop of each triple a text gives: ` <…row#title> "空氣品質" .` with a line feed."""

CellTerms = Callable[[str], Ends]

ConceptIndex = Mapping[str, Mapping[str, str]]
"""Scheme IRI -> folded spelling -> concept IRI."""

PLACEHOLDERS = CODE + "placeholder"
"""The code list of placeholder words; `…-text` has those that are placeholders in texts only."""

TRUE = f'"true"^^<{LEX}boolean> .\n'.encode()


@dataclass(frozen=True)
class Reading:
    """What all columns of a lift share: code lists, the zone of times without one, hosts whose keys are public, and the names
    (`title`, `format_code`, …) that some query reads. Nothing else is written. `registry` are the published organisations, `base`
    is where their addresses begin, `units` is how names imply the parent body, `openings` how planned openings are written,
    `copied` what is copied without a store (`copies`), `assets` has the words by which mailboxes of units are known."""

    index: ConceptIndex
    timezone: str
    public_hosts: tuple[str, ...]
    wanted: Container[str]
    registry: organizations.Registry | None = None
    base: str = ""
    units: organizations.Units = organizations.NO_UNITS
    openings: Openings | None = None
    conditions: Conditions | None = None
    copied: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    assets: Assets = field(default_factory=Assets)

    @property
    def placeholders(self) -> frozenset[str]:
        """The placeholder words for any value, folded."""
        return frozenset(self.index.get(PLACEHOLDERS, ()))

    def start(self, name: str) -> bytes:
        """Return the predicate `row:NAME` between blanks, b"" where no query reads it. Where it is only copied to one property,
        that is the marked start of a copy."""
        starts = self.copied.get(name, ())
        if name in self.wanted or len(starts) > 1:
            return f" <{ROWS}{name}> ".encode()
        return starts[0] if starts else b""

    @property
    def copied_too(self) -> dict[bytes, tuple[bytes, ...]]:
        """The predicates that are in the row graph and copied, with what begins the copies."""
        return {start: starts for name, starts in self.copied.items() if (start := self.start(name)) not in starts}


def private_datatype(iri: str) -> str:
    """Return a datatype that Oxigraph leaves untouched: `xsd:date` becomes `lex:date`."""
    return LEX + iri[len(XSD):] if iri.startswith(XSD) else iri


def plain(text: str) -> bytes:
    """Return a plain literal."""
    return ntriples.string(text).encode("utf-8", "replace")


def end(start: bytes, term: bytes) -> Ends:
    """Return the end of one triple, or none where no query reads it (`start` is empty)."""
    return (start + term + b" .\n",) if start else ()
