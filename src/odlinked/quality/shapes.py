"""Rules and profiles: named property shapes read from `shapes/`, and the dated set of them that a check applies."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.namespaces import DCTERMS, ODL, RDF, RDFS, RULE, SH, SKOS
from odlinked.rdf import vocabulary

if TYPE_CHECKING:
    import rdflib

RULES: Final = "shapes/**/*.ttl"
SCHEME: Final = ODL + "scheme"
KINDS: Final[dict[str, str]] = {
    ODL + "LiteralRule": "literal", ODL + "CollectionRule": "collection", ODL + "GraphRule": "graph",
    ODL + "FileRule": "file", ODL + "CellRule": "cell",
}
HINT: Final = ODL + "hint"
_PROF: Final = "http://www.w3.org/ns/dx/prof/"
TOKEN: Final = _PROF + "hasToken"
BUILDS_ON: Final = _PROF + "isProfileOf"
BACKGROUND: Final = ODL + "background"
LANGUAGES = ("zh-Hant", "en")
_TEXTS: Final = frozenset((*(SH + name for name in ("name", "message", "description", "order", "group")), DCTERMS + "source",
                           SKOS + "example", SCHEME, HINT))
"""Properties of a rule for people: engines need none of them."""

_BACKGROUND: Final = "ontologies/**/*.ttl"

_BACKGROUND_PROPERTIES: Final = frozenset((SKOS + "inScheme", RDFS + "subClassOf", ODL + "structured"))
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
    """A dated set of rules. `files` hold their shapes; `assets_digest` (hex) changes with any byte of all shapes.

    `behind` names the assets (patterns) of its background.
    """

    name: str
    iri: str
    issued: str
    titles: dict[str, str]
    rules: dict[str, Rule]
    files: ShapeFiles = field(repr=False, compare=False)
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
        files = ShapeFiles.read(assets, _stamp)
        profile = files.profile(name)
        family = files.family(profile)
        parts = dict.fromkeys(str(part) for one in family for part in files.values(one, DCTERMS + "hasPart"))
        rules = (_rule(files, node) for node in parts)
        behind = tuple(sorted({pattern.value for one in family for pattern in files.values(one, BACKGROUND)}))
        return cls(
            name, profile[1:-1], _one(files, profile, DCTERMS + "issued"), _texts(files, profile, DCTERMS + "title"),
            {rule.iri: rule for rule in sorted(rules, key=_order)}, files, assets, assets.digest(assets.glob(RULES)), behind,
        )

    @cached_property
    def graph(self) -> rdflib.Graph:
        """The statements about the profile, those it is built on and their rules, texts and blank nodes included."""
        return _graph(self.files.about(self.files.family(f"<{self.iri}>")))

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
        return _graph(self._constraints(rules))

    def constraints(self, rules: Iterable[Rule]) -> bytes:
        """Return the same as N-Triples."""
        return "".join(f"{subject} <{about}> {value} .\n" for subject, about, value in self._constraints(rules)).encode()

    def _constraints(self, rules: Iterable[Rule]) -> Iterator[tuple[str, str, Any]]:
        return self.files.about((f"<{rule.iri}>" for rule in rules if rule.kind in ("shape", "graph")), _TEXTS)


class ShapeFiles:
    """All shapes files as they are read, by node: an IRI in angle brackets, or a blank node's label.

    Only what an engine is given for many documents becomes an rdflib graph: of hundreds of shapes most are about something else.
    """

    def __init__(self, assets: Assets) -> None:
        self._about: dict[str, list[tuple[str, Any]]] = {}
        for _, statements in vocabulary.each(assets, RULES, doing="reading rules"):
            for subject, predicate, value in statements:
                self._about.setdefault(str(subject), []).append((predicate.value, value))

    @classmethod
    @lru_cache(maxsize=2)
    def read(cls, assets: Assets, _stamp: object) -> ShapeFiles:
        """Return the files, read once while they are unchanged."""
        return cls(assets)

    def values(self, node: str, about: str) -> list[Any]:
        """Return the values of a node's property, in the order of its file."""
        return [value for predicate, value in self._about.get(node, ()) if predicate == about]

    def profile(self, name: str) -> str:
        """Return the node of the profile with a token; raise `AssetError` naming the existing ones."""
        tokens = {value.value: node for node, about in self._about.items() for predicate, value in about if predicate == TOKEN}
        if name not in tokens:
            raise AssetError("there is no such profile", doing="looking for the rule set", on=name,
                             next_step=f"Known profiles: {', '.join(sorted(tokens))}")
        return tokens[name]

    def family(self, profile: str) -> list[str]:
        """Return a profile and those it is built on, itself first; raise `AssetError` for one that no file holds."""
        found = [profile]
        for one in found:  # grows while it is iterated over
            for base in map(str, self.values(one, BUILDS_ON)):
                if base not in self._about:
                    raise AssetError("it builds on a profile that no file holds", doing="reading rules", on=base[1:-1])
                found += [] if base in found else [base]
        return found

    def about(self, nodes: Iterable[str], left_out: Container[str] = ()) -> Iterator[tuple[str, str, Any]]:
        """Yield statements about nodes (node, property, value), and about the blank nodes below them, without the properties
        `left_out`; and of profiles the rules they have."""
        waiting, done, parts = list(nodes), set[str](), DCTERMS + "hasPart"
        while waiting:
            name = waiting.pop()
            if name in done:
                continue
            done.add(name)
            for predicate, value in self._about.get(name, ()):
                if predicate in left_out:
                    continue
                yield name, predicate, value
                if predicate == parts or isinstance(value, ox.BlankNode):
                    waiting.append(str(value))


def _graph(statements: Iterable[tuple[str, str, Any]]) -> rdflib.Graph:
    """Return statements as a graph, as some engines and reports take them."""
    import rdflib

    found = rdflib.Graph(bind_namespaces="none")
    for name, predicate, value in statements:
        subject = rdflib.URIRef(name[1:-1]) if name.startswith("<") else rdflib.BNode(name[2:])
        found.add((subject, rdflib.URIRef(predicate), vocabulary.node(value)))
    return found


def _order(rule: Rule) -> tuple[str, str]:
    """Rules in the order of their numbers, then names: M01, M02, …, U05."""
    return rule.number[1:], rule.name


def _rule(files: ShapeFiles, node: str) -> Rule:
    """Read one rule; raise `AssetError` naming what is missing."""
    iri = node[1:-1]
    name = iri.removeprefix(RULE).rsplit("/", 1)[-1]
    kinds = {kind.value for kind in files.values(node, RDF + "type")}
    kind = next((known for kind_iri, known in KINDS.items() if kind_iri in kinds), "shape")
    literal, path = kind in ("literal", "cell", "file"), files.values(node, SH + "path")
    if not node.startswith("<") or not (literal or path):
        raise AssetError("a profile names a rule that no file holds", doing="reading rules", on=iri)
    paths = () if literal else _paths(files, path[0])
    target, severity = _one(files, node, SH + "targetClass"), _one(files, node, SH + "severity").removeprefix(SH)
    banned = files.values(node, SH + "not") if kind == "cell" else []
    properties = (SH + "name", SH + "message", SKOS + "example", DCTERMS + "source")
    names, messages, examples, sources = (_texts(files, node, about) for about in properties)
    needed = {
        "sh:severity": severity, "sh:targetClass": target or literal, "a path of properties": paths or literal,
        **{f"sh:name in {tag}": names.get(tag) for tag in LANGUAGES},
        **{f"sh:message in {tag}": messages.get(tag) for tag in LANGUAGES},
    }
    for what, there in needed.items():
        if not there:
            raise AssetError(f"the rule lacks {what}", doing="reading rules", on=name)
    return Rule(iri, name, target, paths[0] if paths else "", paths, severity, names, messages, examples, sources,
                _one(files, node, SCHEME), kind, _texts(files, node, HINT),
                _one(files, str(banned[0]), SH + "pattern") if banned else "")


def _one(files: ShapeFiles, node: str, about: str) -> str:
    """Return the value of a property as text, "" for none."""
    return next((str(value.value) for value in files.values(node, about)), "")


def _paths(files: ShapeFiles, path: Any) -> tuple[str, ...]:
    """Return the properties of a path: itself, the inverse one, those of an alternative's parts, a sequence's first."""
    if isinstance(path, ox.NamedNode):
        return (path.value,)
    node = str(path)
    if first := files.values(node, RDF + "first"):
        return _paths(files, first[0])
    backwards, parts = files.values(node, SH + "inversePath"), files.values(node, SH + "alternativePath")
    if backwards and isinstance(backwards[0], ox.NamedNode):
        return (backwards[0].value,)
    return tuple(name for part in _members(files, parts) for name in _paths(files, part))


def _members(files: ShapeFiles, lists: Sequence[Any]) -> Iterator[Any]:
    """Yield the members of the first of some lists."""
    for rest in lists[:1]:
        yield from files.values(str(rest), RDF + "first")[:1]
        yield from _members(files, files.values(str(rest), RDF + "rest"))


def _texts(files: ShapeFiles, node: str, about: str) -> dict[str, str]:
    """Return the texts of a property by language tag (in BCP 47 case, as our files write it)."""
    found: dict[str, str] = {}
    for text in files.values(node, about):
        if isinstance(text, ox.Literal):
            tag = (text.language or "").lower()
            found[next((known for known in LANGUAGES if known.lower() == tag), tag)] = text.value
    return found
