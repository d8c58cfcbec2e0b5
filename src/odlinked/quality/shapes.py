"""Rules and profiles: named property shapes read from `shapes/`, and the dated set of them that a check applies."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, RDF, RDFS, SH, SKOS
from rdflib.term import BNode, Identifier, Literal, Node, URIRef

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.namespaces import ODL, RULE
from odlinked.rdf import vocabulary

RULES: Final = "shapes/**/*.ttl"
SCHEME = URIRef(ODL + "scheme")
KINDS: Final[dict[Node, str]] = {
    URIRef(ODL + "LiteralRule"): "literal", URIRef(ODL + "CollectionRule"): "collection", URIRef(ODL + "GraphRule"): "graph",
    URIRef(ODL + "FileRule"): "file", URIRef(ODL + "CellRule"): "cell",
}
HINT = URIRef(ODL + "hint")
TOKEN = URIRef("http://www.w3.org/ns/dx/prof/hasToken")
BUILDS_ON = URIRef("http://www.w3.org/ns/dx/prof/isProfileOf")
BACKGROUND = URIRef(ODL + "background")
LANGUAGES = ("zh-Hant", "en")
_TEXTS = (SH.name, SH.message, SH.description, SH.order, SH.group, DCTERMS.source, SKOS.example, SCHEME, HINT)
"""Properties of a rule for people: engines need none of them."""

_BACKGROUND: Final = "ontologies/**/*.ttl"

_BACKGROUND_PROPERTIES: Final = frozenset((str(SKOS.inScheme), str(RDFS.subClassOf), ODL + "structured"))
"""What a background has about its nodes: the list a code is in, the superclass of a class, whether a format is structured.

Not their types: a code that a record only mentions is then known to be in a list, and is not judged by what its file lacks.
"""

Carried = AbstractSet[tuple[str, str]]
"""The (class IRI, path IRI) pairs a form feeds."""


@dataclass(frozen=True)
class Rule:
    """A rule: a named property shape with its texts.

    `name` is the short name ("M03-publisher"), `target` the class it applies to ("" for checks of literals, cells and files),
    `path` the property it is about and `paths` all that satisfy it. `severity` is "Violation", "Warning" or "Info". `names`,
    `messages`, `examples` and `sources` map a language tag to text. `scheme` is the IRI of the code list behind "did you mean",
    or "", `hints` what to write instead, to be filled in from the cell. `kind` is "shape"; "literal" for the literal check;
    "cell" for one on cells as they are read; "file" for a rule on how an RDF file is written, which its reader judges; "graph"
    for a shape that goes beyond one record, and is run on whole catalogues only; "collection" for a rule that compares records
    with each other, which has a shape for its words but is judged by the publisher. `pattern` is what no text may match under a
    rule on cells (sh:not, sh:pattern); without one, it is the rule on invisible characters.
    """

    iri: str
    name: str
    target: str
    path: str
    paths: tuple[str, ...]
    severity: str
    names: dict[str, str] = field(hash=False)
    messages: dict[str, str] = field(hash=False)
    examples: dict[str, str] = field(hash=False)
    sources: dict[str, str] = field(hash=False)
    scheme: str = ""
    kind: str = "shape"
    hints: dict[str, str] = field(hash=False, default_factory=dict)
    pattern: str = ""

    @property
    def number(self) -> str:
        """The letter and number: "M03"."""
        return self.name.split("-", 1)[0]


@dataclass(frozen=True)
class Profile:
    """A dated set of rules. `graph` holds their shapes; `assets_digest` (hex) changes with any byte of all shapes.

    `behind` names the assets (patterns) of its background.
    """

    name: str
    iri: str
    issued: str
    titles: dict[str, str]
    rules: dict[str, Rule]
    graph: rdflib.Graph = field(repr=False, compare=False)
    assets: Assets = field(repr=False)
    assets_digest: str
    behind: tuple[str, ...] = ()

    @classmethod
    def load(cls, assets: Assets, name: str) -> Profile:
        """Read the profile whose token is `name` from all `shapes/` assets; raise `AssetError` for a faulty one.

        The rules of the profiles it is built on (prof:isProfileOf, PROF section 8.3) are its own, too. It is read once while the
        files are unchanged, and must not be modified.
        """
        return cls._load(assets, name, (assets.stamp(RULES), assets.stamp(_BACKGROUND)))

    @classmethod
    @lru_cache(maxsize=4)
    def _load(cls, assets: Assets, name: str, _stamp: object) -> Profile:
        held = _Held(assets)
        profile = held.profile(name)
        family = held.family(profile)
        graph = held.graph(family)
        parts = dict.fromkeys(part for one in family for part in graph.objects(one, DCTERMS.hasPart))
        rules = (_rule(graph, node) for node in parts)
        behind = tuple(sorted({str(pattern) for one in family for pattern in graph.objects(one, BACKGROUND)}))
        return cls(
            name, str(profile), _one(graph, profile, DCTERMS.issued), _texts(graph, profile, DCTERMS.title),
            {rule.iri: rule for rule in sorted(rules, key=_order)}, graph, assets, assets.digest(assets.glob(RULES)), behind,
        )

    @cached_property
    def background(self) -> bytes:
        """What rules can use in addition to a record, as N-Triples: which codes are in which list, which class is below which."""
        names = sorted({name for pattern in self.behind for name in self.assets.glob(pattern)})
        statements = (one for name in names for one in vocabulary.read(self.assets, name))
        kept = (one for one in statements if one.predicate.value in _BACKGROUND_PROPERTIES)
        return ox.serialize(kept, format=ox.RdfFormat.N_TRIPLES) or b""

    @cached_property
    def by_name(self) -> dict[str, Rule]:
        """The rules by short name."""
        return {rule.name: rule for rule in self.rules.values()}

    @property
    def literal_rule(self) -> Rule | None:
        """The rule that reports a literal that does not fit its datatype."""
        return next((rule for rule in self.rules.values() if rule.kind == "literal"), None)

    @cached_property
    def cell_rules(self) -> list[Rule]:
        """The rules on cells as they are read."""
        return [rule for rule in self.rules.values() if rule.kind == "cell"]

    def divide(self, carried: Carried | None) -> tuple[list[Rule], list[Rule]]:
        """Return the rules a form allows and the rest, both in order.

        A rule is allowed where the form carries its class and property; `None` allows all. Checks of literals and cells always
        run, a rule on whole catalogues with no form.
        """
        allowed: list[Rule] = []
        rest: list[Rule] = []
        for rule in self.rules.values():
            fits = rule.kind in ("literal", "cell") or (rule.kind != "graph" and (rule.target, rule.path) in (carried or ()))
            fits = fits or carried is None
            (allowed if fits else rest).append(rule)
        return allowed, rest

    def shapes(self, rules: Iterable[Rule]) -> rdflib.Graph:
        """Return only the constraints of `rules`, without their texts for people."""
        chosen = rdflib.Graph(bind_namespaces="none")
        for rule in rules:
            if rule.kind in ("shape", "graph"):
                _copy(self.graph, URIRef(rule.iri), chosen)
        return chosen


class _Held:
    """All shapes files, read once. Of their hundreds of shapes only those of a profile become an rdflib graph."""

    def __init__(self, assets: Assets) -> None:
        self._about: dict[str, list[Any]] = {}
        for _, statements in vocabulary.each(assets, RULES, doing="reading rules"):
            for statement in statements:
                self._about.setdefault(str(statement.subject), []).append(statement)

    def profile(self, name: str) -> URIRef:
        """Return the profile with a token; raise `AssetError` naming the existing ones."""
        tokens = {quad.object.value: quad.subject.value for quads in self._about.values() for quad in quads
                  if quad.predicate.value == str(TOKEN)}
        if name not in tokens:
            raise AssetError("there is no such profile", doing="looking for the rule set", on=name,
                             next_step=f"Known profiles: {', '.join(sorted(tokens))}")
        return URIRef(tokens[name])

    def family(self, profile: URIRef) -> list[URIRef]:
        """Return a profile and those it is built on, itself first; raise `AssetError` for one that no file holds."""
        found = [profile]
        for one in found:  # grows while it is iterated over
            bases = (quad.object.value for quad in self._about.get(f"<{one}>", ()) if quad.predicate.value == str(BUILDS_ON))
            for base in map(URIRef, bases):
                if f"<{base}>" not in self._about:
                    raise AssetError("it builds on a profile that no file holds", doing="reading rules", on=str(base))
                found += [] if base in found else [base]
        return found

    def graph(self, family: Iterable[URIRef]) -> rdflib.Graph:
        """Return the statements about profiles and their rules, blank nodes included."""
        graph = rdflib.Graph(bind_namespaces="none")
        waiting, done = [f"<{one}>" for one in family], set[str]()
        while waiting:
            name = waiting.pop()
            if name in done:
                continue
            done.add(name)
            for quad in self._about.get(name, ()):
                graph.add((vocabulary.node(quad.subject), URIRef(quad.predicate.value), vocabulary.node(quad.object)))
                if quad.predicate.value == str(DCTERMS.hasPart) or isinstance(quad.object, ox.BlankNode):
                    waiting.append(str(quad.object))
        return graph


def _order(rule: Rule) -> tuple[str, str]:
    """Rules in the order of their numbers, then names: M01, M02, …, U05."""
    return rule.number[1:], rule.name


def _rule(graph: rdflib.Graph, node: Node) -> Rule:
    """Read one rule; raise `AssetError` naming what is missing."""
    iri = str(node)
    name = iri.removeprefix(RULE).rsplit("/", 1)[-1]
    kind = next((KINDS[kind_iri] for kind_iri in graph.objects(node, RDF.type) if kind_iri in KINDS), "shape")
    literal = kind in ("literal", "cell", "file")
    if not isinstance(node, URIRef) or not (literal or (node, SH.path, None) in graph):
        raise AssetError("a profile names a rule that no file holds", doing="reading rules", on=iri)
    paths = () if literal else _paths(graph, graph.value(node, SH.path))
    target, severity = _one(graph, node, SH.targetClass), _one(graph, node, SH.severity).removeprefix(str(SH))
    banned = graph.value(node, SH["not"]) if kind == "cell" else None
    properties = (SH.name, SH.message, SKOS.example, DCTERMS.source)
    names, messages, examples, sources = (_texts(graph, node, about) for about in properties)
    needed = {
        "sh:severity": severity, "sh:targetClass": target or literal, "a path of properties": paths or literal,
        **{f"sh:name in {tag}": names.get(tag) for tag in LANGUAGES},
        **{f"sh:message in {tag}": messages.get(tag) for tag in LANGUAGES},
    }
    for what, there in needed.items():
        if not there:
            raise AssetError(f"the rule lacks {what}", doing="reading rules", on=name)
    return Rule(iri, name, target, paths[0] if paths else "", paths, severity, names, messages, examples, sources,
                _one(graph, node, SCHEME), kind, _texts(graph, node, HINT),
                _one(graph, banned, SH.pattern) if banned is not None else "")


def _one(graph: rdflib.Graph, node: Node, about: URIRef) -> str:
    """Return the value of a property as text, "" for none."""
    value = graph.value(node, about)
    return "" if value is None else str(value)


def _paths(graph: rdflib.Graph, path: Any) -> tuple[str, ...]:
    """Return the properties of a path: itself, the inverse one, those of an alternative's parts, a sequence's first."""
    if isinstance(path, URIRef):
        return (str(path),)
    first = graph.value(path, RDF.first)
    if first is not None:
        return _paths(graph, first)
    backwards, parts = graph.value(path, SH.inversePath), graph.value(path, SH.alternativePath)
    if isinstance(backwards, URIRef):
        return (str(backwards),)
    return tuple(name for part in Collection(graph, parts) for name in _paths(graph, part)) if parts is not None else ()


def _texts(graph: rdflib.Graph, node: Node, about: URIRef) -> dict[str, str]:
    """Return the texts of a property by language tag (in BCP 47 case, as our files write it)."""
    found: dict[str, str] = {}
    for text in graph.objects(node, about):
        if isinstance(text, Literal):
            tag = (text.language or "").lower()
            found[next((known for known in LANGUAGES if known.lower() == tag), tag)] = str(text)
    return found


def _copy(source: rdflib.Graph, node: Identifier, target: rdflib.Graph) -> None:
    """Copy a node's triples and those of the blank nodes below it, without the texts."""
    for predicate, value in source.predicate_objects(node):
        if predicate in _TEXTS or (node, predicate, value) in target:
            continue
        target.add((node, predicate, value))
        if isinstance(value, BNode):
            _copy(source, value, target)
