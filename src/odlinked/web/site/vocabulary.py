"""The project's own vocabulary, codes and rules, read from the assets so that their IRIs are served as pages and RDF."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from odlinked.assets import Assets
from odlinked.namespaces import CODE, DCTERMS, DQV, ODL, RDF, RDFS, RULE, SH, SKOS
from odlinked.rdf import vocabulary
from odlinked.rdf.ntriples import Term, spelled, triples
from odlinked.web.site import property_words
from odlinked.web.site.property_words import PropertyWords

Properties = dict[str, list[Term]]

_FILES: Final = ("ontologies/*.ttl", "ontologies/codes/*.ttl", "ontologies/metrics/*.ttl", "ontologies/standards/*.ttl",
                 "shapes/**/*.ttl")
_SCORED: Final = "https://piveau.eu/ns/voc#trueScore"
_SCHEME: Final = SKOS + "ConceptScheme"


@dataclass
class Vocabulary:
    """All subjects of `ontologies/odl.ttl`, `ontologies/codes/*.ttl`, `ontologies/standards/*.ttl` and `shapes/**/*.ttl`.

    `schemes` maps a scheme's short name (its file's) to its IRI, `concepts` a scheme's short name to notation -> IRI in the
    order of the file, `rules` a rule's short name to its IRI, `metrics` a metric's, `terms` are the IRIs of the odl:
    vocabulary.
    """

    subjects: dict[str, Properties]
    lines: dict[str, list[bytes]] = field(repr=False)
    schemes: dict[str, str]
    concepts: dict[str, dict[str, str]]
    rules: dict[str, str]
    terms: tuple[str, ...]
    digest: str
    metrics: dict[str, str] = field(default_factory=dict)
    words: PropertyWords = field(default_factory=PropertyWords)
    _homes: dict[str, str] = field(default_factory=dict, repr=False)
    _parts: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _texts: dict[tuple[str, str, str], str] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, assets: Assets) -> Vocabulary:
        """Read the vocabulary files of all layers, once while they stay; raise `AssetError` for one that is not Turtle."""
        return cls._load(assets, tuple(assets.stamp(pattern) for pattern in (*_FILES, property_words.FILE)))

    @classmethod
    @lru_cache(maxsize=1)
    def _load(cls, assets: Assets, _stamp: object) -> Vocabulary:
        made = cls({}, {}, {}, {}, {}, (), "")
        total = hashlib.sha256()
        for pattern in _FILES:
            for name, path in assets.glob(pattern).items():
                total.update(name.encode() + path.read_bytes())
                made._read(assets, name)
        made.words = PropertyWords.load(assets)
        total.update(assets.text(property_words.FILE).encode())
        made.terms = tuple(iri for iri in made.subjects if iri.startswith(ODL) and len(iri) > len(ODL))
        found = ((iri[len(RULE):], iri) for iri in made.subjects if iri.startswith(RULE) and made.is_rule(iri))
        made.rules = dict(sorted(found))
        made._measure()
        made._texts.clear()  # what was asked for while files were still being read
        made.digest = total.hexdigest()
        return made

    def _read(self, assets: Assets, name: str) -> None:
        own: list[str] = []
        lines = [spelled(line) for line in vocabulary.ntriples(assets, name).split(b"\n") if line]
        for line, (subject, predicate, term) in zip(lines, triples(b"\n".join(lines)), strict=True):
            if subject not in self.subjects:
                own.append(subject)
                whole, _, part = subject.partition("#")
                if part:
                    self._parts.setdefault(whole, []).append(subject)
            self.subjects.setdefault(subject, {}).setdefault(predicate, []).append(term)
            self.lines.setdefault(subject, []).append(line)
        if "/codes/" in name or "/standards/" in name:
            short = (iri[len(CODE):] for iri in own if iri.startswith(CODE) and "/" not in iri[len(CODE):])
            self._scheme(next(short, Path(name).stem), own)

    def _scheme(self, name: str, own: Iterable[str]) -> None:
        """Register the concepts of one file under its name; a notation given twice keeps its first concept."""
        for iri in own:
            kinds = {term.value for term in self.all(iri, RDF + "type")}
            if _SCHEME in kinds:
                self.schemes.setdefault(name, iri)
            elif SKOS + "Concept" in kinds:
                notation = self.text(iri, SKOS + "notation", "en") or iri.rpartition("/")[2]
                if self.concepts.setdefault(name, {}).setdefault(notation, iri) == iri:
                    self._homes.setdefault(iri, f"/code/{name}/{notation}")

    def _measure(self) -> None:
        """Register the metrics by notation, in the order of their files, those of other authorities too."""
        for iri in self.subjects:
            if DQV + "Metric" in {term.value for term in self.all(iri, RDF + "type")}:
                notation = self.text(iri, SKOS + "notation", "en") or iri.replace("#", "/").rpartition("/")[2]
                if self.metrics.setdefault(notation, iri) == iri:
                    self._homes.setdefault(iri, f"/metric/{notation}")

    def metrics_by_category(self) -> list[tuple[str, list[str]]]:
        """Return the metrics by category (else dimension, else their code list), in the order of their files.

        What is only counted of published rows has none, and is left out.
        """
        found: dict[str, list[str]] = {}
        for iri in self.metrics.values():
            dimension = next((term.value for term in self.all(iri, DQV + "inDimension")), "")
            scheme = next((term.value for term in self.all(iri, SKOS + "inScheme")), "")
            category = next((term.value for term in self.all(dimension, DQV + "inCategory")), dimension or scheme)
            if category:
                found.setdefault(category, []).append(iri)
        return list(found.items())

    def grouped(self, terms: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Return those of some terms of our own in their groups: a group's first term, and what it has; without empty ones."""
        wanted, first = set(terms), ""
        found: dict[str, list[str]] = {}
        for iri in self.terms:
            first = iri if iri in self.words.groups or not first else first
            if iri in wanted:
                found.setdefault(first, []).append(iri)
        return list(found.items())

    def holders(self, iri: str) -> list[str]:
        """Return the rule sets a metric is part of."""
        return [subject for subject, properties in self.subjects.items()
                if any(term.value == iri for term in properties.get(DCTERMS + "hasPart", ())) and self.label(subject, "en")]

    def is_rule(self, iri: str) -> bool:
        """True when a subject is a rule: it has a name for people."""
        return bool(self.all(iri, SH + "name"))

    def is_settled(self, iri: str) -> bool:
        """True unless a definition waits to be compared with what is published (odl:toVerify): then nothing is judged by it."""
        return all(term.value != "true" for term in self.all(iri, ODL + "toVerify"))

    def all(self, iri: str, predicate: str) -> list[Term]:
        """Return the objects of a predicate."""
        return self.subjects.get(iri, {}).get(predicate, [])

    def text(self, iri: str, predicate: str, language: str) -> str:
        """Return the literal in a language, else in any, else ""."""
        known = self._texts.get((iri, predicate, language))
        if known is None:
            if iri not in self.subjects:
                return ""
            known = self._texts[iri, predicate, language] = self._text(iri, predicate, language)
        return known

    def _text(self, iri: str, predicate: str, language: str) -> str:
        literals = [term for term in self.all(iri, predicate) if term.datatype]
        same = next((term.value for term in literals if term.language.split("-")[0] == language.split("-")[0]), None)
        return same if same is not None else (literals[0].value if literals else "")

    def label(self, iri: str, language: str) -> str:
        """Return the name of a code, rule or term, or "" where the assets do not have it."""
        for predicate in (SKOS + "prefLabel", SH + "name", RDFS + "label"):
            found = self.text(iri, predicate, language)
            if found:
                return found
        return ""

    def path(self, iri: str) -> str | None:
        """Return the path of a code's page, also for codes whose IRI is another authority's."""
        return self._homes.get(iri)

    @cached_property
    def judged(self) -> Mapping[str, frozenset[str]]:
        """Metric -> the classes of nodes that it is judged on, empty where it has no three answers."""
        found = {}
        for metric in self.metrics.values():
            parts = [] if self.all(metric, _SCORED) else self.all(metric, ODL + "part")
            found[metric] = frozenset(term.value for part in parts for term in self.all(part.value, ODL + "judgedOn"))
        return found

    def scheme_path(self, iri: str) -> str | None:
        """Return the path of a scheme's page by the scheme's IRI."""
        return next((f"/code/{name}" for name, scheme in self.schemes.items() if scheme == iri), None)

    def graph(self, iris: Iterable[str]) -> bytes:
        """Return the N-Triples of subjects with their parts (`#…`) and the blank nodes below, renamed by place: stable."""
        names: dict[str, bytes] = {}
        found: list[bytes] = []
        done: set[str] = set()
        waiting = list(iris)
        while waiting:
            subject = waiting.pop(0)
            if subject in done:
                continue
            done.add(subject)
            found += self.lines.get(subject, [])
            waiting += self._parts.get(subject, ())
            for terms in self.subjects.get(subject, {}).values():
                waiting += [term.value for term in terms if term.is_blank]
        text = b"".join(line + b"\n" for line in found)
        for blank in sorted((name for name in done if name.startswith("_:")), key=lambda name: text.find(name.encode())):
            names[blank] = f"_:n{len(names)}".encode()
        for blank, short in names.items():
            text = text.replace(blank.encode() + b" ", short + b" ")
        return text

    def scheme_name(self, iri: str) -> str:
        """Return the short name under which a scheme IRI is served, or ""."""
        if iri.startswith(CODE):
            return iri[len(CODE):].split("/")[0]
        return next((name for name, scheme in self.schemes.items() if scheme == iri), "")
