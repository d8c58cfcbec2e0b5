"""Queries are files: a `.rq` with `#+` header lines that describe it and its parameters.

    #+ summary_zh: 各狀態的資料集
    #+ summary_en: Datasets by state
    #+ description_zh: 一列一個資料集。
    #+ description_en: A row for each dataset.
    #+ topic: catalogue
    #+ param: state code dataset-state = open
    #+ param_zh: state 資料集的狀態
    #+ param_en: state The state of the dataset
    #+ rows: 1000
    #+ example: state planned

A parameter has a name, a kind (`KINDS`), for `code` the code list to choose from (`ontologies/codes/<list>.ttl`), and either
`required`, a default after `=`, or neither: then it may be left out, and its variable stays unbound. Parameters are bound as RDF
terms, never pasted into the text: by the engine (`bindings`; each must occur in the SELECT or CONSTRUCT part) or by VALUES
(`spelled`). `odlinked.catalog.asking.questions` turns what people write into these values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from odlinked.assets import Assets
from odlinked.errors import AssetError, QueryError

if TYPE_CHECKING:
    import pyoxigraph as ox

    Substitutions = dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]

_HEADER = re.compile(r"^#\+\s*(\w+):\s*(.*?)\s*$", re.MULTILINE)
_PARAMETER = re.compile(r"(?P<name>[A-Za-z]\w*)\s+(?P<kind>\w+)(?:\s+(?P<codes>(?!required\b)[a-z][a-z0-9-]*))?"
                        r"(?:\s+(?P<required>required)|\s*=\s*(?P<default>\S.*))?")
_SLOT = re.compile(r"VALUES\s+\?(\w+)\s*\{\s*UNDEF\s*\}")
_TERMS = {"code": "iri", "organization": "iri", "date": "string"}
KINDS: Final = ("iri", "string", "zh", "en", "integer", "dateTime", *_TERMS)
"""What a parameter can be: an IRI, a plain text, a text in Chinese or English, a whole number, a moment; a concept of a code
list, an organisation (both bound as their IRIs), a day (bound as text, `2026-11-29`)."""

DEFAULT_ROWS: Final = 1_000
"""Default for how many rows a stored query returns at a time."""


class Parameter(NamedTuple):
    """What a question takes: name, kind, code list of a `code`, whether it must be given, what holds where it is not, and what it
    is, by language."""

    name: str
    kind: str
    codes: str = ""
    required: bool = False
    default: str | None = None
    texts: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Query:
    """A query: its asset name, text, summaries by language and parameters (name -> kind).

    `prologue` is put before the text when it is run: prefixes that the text may leave out (`odlinked.rdf.ask`). `narrowed` is
    parameter -> the text in place of this one where that is given, which asks the same of fewer
    (`odlinked.catalog.asking.narrowing`).
    """

    name: str
    text: str
    prologue: str = ""
    narrowed: Mapping[str, str] = field(default_factory=dict, hash=False)

    @cached_property
    def header(self) -> dict[str, str]:
        """The header lines: key -> text, the last one of a repeated key."""
        return dict(_HEADER.findall(self.text))

    @cached_property
    def summaries(self) -> dict[str, str]:
        """The summaries: {"zh-Hant": …, "en": …}."""
        return self._texts("summary")

    @cached_property
    def descriptions(self) -> dict[str, str]:
        """What the answer holds and how to read it: {"zh-Hant": …, "en": …}."""
        return self._texts("description")

    @cached_property
    def rows(self) -> int:
        """How many rows it gives at a time; raise `AssetError` for what is no number above 0."""
        stated = self.header.get("rows", str(DEFAULT_ROWS))
        if not stated.isascii() or not stated.isdigit() or not int(stated):
            raise AssetError(f"rows: {stated!r} is no whole number above 0", doing="reading", on=self.name)
        return int(stated)

    @cached_property
    def takes(self) -> dict[str, Parameter]:
        """Parameter name -> parameter, in the order of the header; raise `AssetError` for a line that is not understood."""
        lines = _HEADER.findall(self.text)
        texts: dict[str, dict[str, str]] = {}
        for key, value in lines:
            if key in ("param_zh", "param_en"):
                name, _, stated = value.partition(" ")
                texts.setdefault(name, {})["zh-Hant" if key == "param_zh" else "en"] = stated.strip()
        found: dict[str, Parameter] = {}
        for key, value in lines:
            if key == "param":
                one = self._parameter(value, texts)
                found[one.name] = one
        if lost := texts.keys() - found.keys():
            raise AssetError(f"it says what {sorted(lost)[0]!r} is, which is no parameter", doing="reading", on=self.name)
        return found

    @cached_property
    def examples(self) -> dict[str, str]:
        """Parameter name -> a value to show the query with; raise `AssetError` for a name that is no parameter."""
        pairs = [value.partition(" ") for key, value in _HEADER.findall(self.text) if key == "example"]
        if lost := {name for name, _, _ in pairs} - self.takes.keys():
            raise AssetError(f"it has an example of {sorted(lost)[0]!r}, which is no parameter", doing="reading", on=self.name)
        return {name: value.strip() for name, _, value in pairs}

    def _parameter(self, line: str, texts: Mapping[str, Mapping[str, str]]) -> Parameter:
        read = _PARAMETER.fullmatch(line)
        if read is None or read["kind"] not in KINDS:
            name = line.partition(" ")[0]
            raise AssetError(f"parameter {name!r} has no known kind", doing="reading", on=self.name,
                             next_step=f"Write: NAME KIND, and required or = DEFAULT; the kinds are {', '.join(KINDS)}")
        if (read["kind"] == "code") != bool(read["codes"]):
            raise AssetError(f"parameter {read['name']!r}: a code, and nothing else, names its code list", doing="reading",
                             on=self.name, next_step="Write: NAME code LIST, as in state code dataset-state")
        return Parameter(read["name"], read["kind"], read["codes"] or "", bool(read["required"]), read["default"],
                         MappingProxyType(dict(texts.get(read["name"], {}))))

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Parameter name -> kind of the term it is bound to; raise `AssetError` for an unknown kind."""
        return {name: _TERMS.get(one.kind, one.kind) for name, one in self.takes.items()}

    def _texts(self, key: str) -> dict[str, str]:
        return {"zh-Hant": self.header.get(f"{key}_zh", ""), "en": self.header.get(f"{key}_en", "")}

    def spelled(self, **values: str | int | None) -> str:
        """Return the text without its header, its parameters bound by VALUES, so that people can read and change them.

        A `VALUES ?name { UNDEF }` of the text, wherever it is, is filled in (or removed where the parameter is left out): a
        sub-SELECT does not see bindings from outside. A parameter without one is bound at the first `WHERE {`.
        """
        terms = {variable.value: str(term) for variable, term in self.bindings(**values).items()}
        placed: set[str] = set()

        def filled(slot: re.Match[str]) -> str:
            name = slot[1]
            if name not in self.parameters:
                return slot[0]
            placed.add(name)
            return f"VALUES ?{name} {{ {terms[name]} }}" if name in terms else ""

        written = next((text for name, text in self.narrowed.items() if values.get(name) is not None), self.text)
        text = _SLOT.sub(filled, re.sub(r"^#\+.*\n", "", written, flags=re.MULTILINE)).strip() + "\n"
        rest = {name: term for name, term in terms.items() if name not in placed}
        if not rest:
            return text
        head, mark, tail = text.partition("WHERE {")
        if not mark:
            raise QueryError("it has parameters and no WHERE { to bind them in", doing="asking", on=self.name)
        names, values_ = " ".join(f"?{name}" for name in rest), " ".join(rest.values())
        return f"{head}{mark}\n  VALUES ({names}) {{ ({values_}) }}{tail}"

    def bindings(self, **values: str | int | None) -> Substitutions:
        """Return the engine's substitutions for `values` (None leaves one unbound); raise `QueryError` for a missing, unknown or
        invalid one."""
        import pyoxigraph as ox

        if set(values) != set(self.parameters):
            raise QueryError(f"takes the parameters {sorted(self.parameters)}, not {sorted(values)}",
                             doing="asking", on=self.name)
        bound: Substitutions = {}
        for name, value in values.items():
            kind = self.parameters[name]
            if value is None:
                continue
            try:
                bound[ox.Variable(name)] = _term(kind, value)
            except ValueError as problem:
                raise QueryError(f"{name} is not a usable {kind}: {problem}", doing="asking", on=self.name) from problem
        return bound


def _term(kind: str, value: str | int) -> ox.Literal | ox.NamedNode:
    import pyoxigraph as ox

    from odlinked.namespaces import XSD

    if kind == "iri":
        return ox.NamedNode(str(value))
    if kind == "string":
        return ox.Literal(str(value))
    if kind in ("zh", "en"):
        return ox.Literal(str(value), language="zh-Hant" if kind == "zh" else "en")
    return ox.Literal(str(value), datatype=ox.NamedNode(XSD + kind))


def load(assets: Assets, name: str) -> Query:
    """Return query `name` (like `queries/documents/tombstone.rq`)."""
    return Query(name, assets.text(name))
