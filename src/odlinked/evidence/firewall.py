"""How refusals by a web application firewall look: marks in headers and pages, kept as an asset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.namespaces import ODL
from odlinked.rdf import vocabulary

NAME = "ontologies/evidence/firewall.ttl"
LOOK = 65_536
"""How many bytes of an answer are examined; a longer page is not a refusal."""


@dataclass(frozen=True)
class Marks:
    """The signs of a refusal: `pages` are byte strings in lower case, `headers` pairs of name and a part of the value."""

    pages: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def load(cls, assets: Assets) -> Marks:
        """Read the marks; raise `AssetError` where the file is wrong."""
        marks = [(one.predicate.value, one.object.value.lower()) for one in vocabulary.read(assets, NAME)
                 if isinstance(one.object, ox.Literal)]
        headers = [value.partition(":") for predicate, value in marks if predicate == ODL + "headerMark"]
        return cls(tuple(sorted(value.encode() for predicate, value in marks if predicate == ODL + "pageMark")),
                   tuple(sorted((name.strip(), part.strip()) for name, _, part in headers)))

    def fit(self, header: Callable[[str], str], start: bytes) -> bool:
        """True when an answer with these headers and this beginning is a firewall's refusal."""
        for name, part in self.headers:
            value = header(name).lower()
            if value and part in value:
                return True
        if not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return False
        page = start.lower()
        return any(mark in page for mark in self.pages)
