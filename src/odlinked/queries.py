"""Queries are files: a `.rq` with `#+` header lines that describe it and its parameters.

    #+ summary_zh: 一個資料集的標籤
    #+ summary_en: The labels of a dataset
    #+ param: dataset iri

Parameters are bound as RDF terms by the engine (`substitutions`), never pasted into the text; each must occur in the SELECT or
CONSTRUCT part. Kinds: iri, string, zh and en (text in that language), integer, dateTime.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from odlinked.assets import Assets
from odlinked.errors import AssetError, QueryError

if TYPE_CHECKING:
    import pyoxigraph as ox

    Substitutions = dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple]

_HEADER = re.compile(r"^#\+\s*(\w+):\s*(.*?)\s*$", re.MULTILINE)
_KINDS = ("iri", "string", "zh", "en", "integer", "dateTime")


@dataclass(frozen=True)
class Query:
    """A query: its asset name, text, summaries by language and parameters (name -> kind).

    `prologue` is put before the text when it is run: prefixes that the text may leave out (`odlinked.rdf.ask`).
    """

    name: str
    text: str
    prologue: str = ""

    @cached_property
    def summaries(self) -> dict[str, str]:
        """The summaries: {"zh-Hant": …, "en": …}."""
        found = dict(_HEADER.findall(self.text))
        return {"zh-Hant": found.get("summary_zh", ""), "en": found.get("summary_en", "")}

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Parameter name -> kind; raise `AssetError` for an unknown kind."""
        found: dict[str, str] = {}
        for key, value in _HEADER.findall(self.text):
            if key == "param":
                name, _, kind = value.partition(" ")
                if kind not in _KINDS:
                    raise AssetError(f"parameter {name!r} has no known kind", doing="reading", on=self.name,
                                     next_step=f"Use one of {', '.join(_KINDS)}")
                found[name] = kind
        return found

    def spelled(self, **values: str | int | None) -> str:
        """Return the text without its header, its parameters bound by VALUES, so that people can read and change them."""
        bound = self.bindings(**values)
        text = re.sub(r"^#\+.*\n", "", self.text, flags=re.MULTILINE).strip() + "\n"
        if not bound:
            return text
        names, terms = " ".join(map(str, bound)), " ".join(map(str, bound.values()))
        head, mark, tail = text.partition("WHERE {")
        if not mark:
            raise QueryError("it has parameters and no WHERE { to bind them in", doing="asking", on=self.name)
        return f"{head}{mark}\n  VALUES ({names}) {{ ({terms}) }}{tail}"

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
    """Return query `name` (like `queries/stored/tombstone.rq`)."""
    return Query(name, assets.text(name))
