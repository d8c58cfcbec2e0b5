"""What properties and classes of other vocabularies are called for people, in which order pages show them, and the groups of our
own terms."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from odlinked.assets import Assets
from odlinked.rdf.vocabulary import prefixes
from odlinked.web.http.negotiation import LANGUAGES

FILE: Final = "ontologies/words/properties.toml"


@dataclass(frozen=True)
class PropertyWords:
    """Names by IRI, in the order of the file; `hidden` are the properties that pages for people do not show; `groups` has what
    each group of our own terms is about, by the IRI of its first."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, assets: Assets) -> PropertyWords:
        """Read the words; raise `AssetError` where there is no such file."""
        known, read = prefixes(assets), tomllib.loads(assets.text(FILE))

        def whole(name: str) -> str:
            prefix, _, local = name.partition(":")
            return known[prefix] + local

        names = {whole(name): tuple(texts) for part in ("properties", "classes") for name, texts in read[part].items()}
        groups = {whole(name): tuple(texts) for name, texts in read["groups"].items()}
        return cls(names, frozenset(map(whole, read["hidden"])), groups)

    def name(self, iri: str, language: str) -> str:
        """Return what a property or class is called, "" where no words are known."""
        texts = self.names.get(iri)
        return texts[LANGUAGES.index(language)] if texts else ""

    def group(self, iri: str, language: str) -> str:
        """Return what the group is about that begins with a term of our own."""
        return self.groups[iri][LANGUAGES.index(language)]

    def place(self, iri: str) -> tuple[int, str]:
        """Return where a property stands on a page: those with words first, in their order."""
        names = list(self.names)
        return (names.index(iri) if iri in self.names else len(names)), iri
