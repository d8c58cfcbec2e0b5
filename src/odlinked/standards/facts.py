"""The statements of asset files by subject, read strictly: a missing or invalid one is an `AssetError`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.namespaces import RDF
from odlinked.rdf import vocabulary

LiteralParts = tuple[str, str]
"""Text and language tag ("" without one)."""


@dataclass
class Facts:
    """Subject IRI -> predicate IRI -> objects; and the asset in which a subject occurs first."""

    nodes: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    texts: dict[str, dict[str, list[LiteralParts]]] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, assets: Assets, pattern: str) -> Facts:
        """Read all assets that match `pattern`."""
        made = cls()
        for name, statements in vocabulary.each(assets, pattern, doing="reading data standards"):
            for statement in statements:
                made._take(name, statement)
        return made

    def _take(self, name: str, triple: ox.Triple) -> None:
        if not isinstance(triple.subject, ox.NamedNode):
            raise AssetError("a node without a name (a blank node) is not read here", doing="reading data standards", on=name)
        subject, predicate, found = triple.subject.value, triple.predicate.value, triple.object
        self.assets.setdefault(subject, name)
        if isinstance(found, ox.Literal):
            self.texts.setdefault(subject, {}).setdefault(predicate, []).append((found.value, (found.language or "").lower()))
        elif isinstance(found, ox.NamedNode):
            self.nodes.setdefault(subject, {}).setdefault(predicate, []).append(found.value)

    def of_type(self, kind: str) -> list[str]:
        """Return the subjects of a class, in the order of the files."""
        return [subject for subject, facts in self.nodes.items() if kind in facts.get(RDF + "type", ())]

    def all(self, subject: str, predicate: str) -> list[str]:
        """Return the IRIs that are objects of a predicate."""
        return self.nodes.get(subject, {}).get(predicate, [])

    def literals(self, subject: str, predicate: str) -> list[LiteralParts]:
        """Return the literals of a predicate."""
        return self.texts.get(subject, {}).get(predicate, [])

    def values(self, subject: str, predicates: Iterable[str]) -> tuple[str, ...]:
        """Return the texts of some predicates in any language."""
        return tuple(text for predicate in predicates for text, _ in self.literals(subject, predicate))

    def values_of(self, kind: str, predicate: str) -> tuple[str, ...]:
        """Return the texts of a predicate of all subjects of a class."""
        return tuple(text for subject in self.of_type(kind) for text in self.values(subject, (predicate,)))

    def one(self, subject: str, predicate: str) -> str:
        """Return the only literal of a predicate, "" for none; refuse several."""
        found = self.literals(subject, predicate)
        if len(found) > 1:
            raise self.wrong(subject, f"it has {len(found)} values of {_short(predicate)} where one is read")
        return found[0][0] if found else ""

    def number(self, subject: str, predicate: str, default: int | None = None) -> int:
        """Return the only literal of a predicate as a whole number; without `default` it must be there."""
        text = self.one(subject, predicate)
        if not text and default is not None:
            return default
        try:
            return int(text)
        except ValueError as problem:
            raise self.wrong(subject, f"{_short(predicate)} is not a whole number: {text!r}") from problem

    def flag(self, subject: str, predicate: str, default: bool) -> bool:
        """Return a boolean."""
        text = self.one(subject, predicate)
        if text not in ("", "true", "false"):
            raise self.wrong(subject, f"{_short(predicate)} is neither true nor false: {text!r}")
        return text == "true" if text else default

    def wrong(self, subject: str, why: str) -> AssetError:
        """Return the error that names an entry and its file."""
        return AssetError(why, doing="reading data standards", on=f"{self.assets.get(subject, '')} {subject}".strip(),
                          next_step="Correct the entry")


def _short(iri: str) -> str:
    return iri.replace("#", "/").rpartition("/")[2]
