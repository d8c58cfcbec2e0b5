"""Which organisation a name in a cell means: among the organisations a catalogue has published and the listed ones.

The registry is plain data, passed in by the caller: folded name -> the last parts of the addresses of all organisations known by
it (`{base}/id/organization/LAST`). None or empty: there is no registry, and only the code list is used.

A name that neither knows may still imply its parent body: 經濟部統計處 is below 經濟部. How units are named is an asset.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from odlinked.assets import Assets, shaped
from odlinked.csvw.model import Column
from odlinked.folding import fold
from odlinked.mapping.forms import annotation
from odlinked.namespaces import CODE

SCHEME = CODE + "organization"
"""The code list of columns that hold names of organisations."""

UNITS = "ontologies/words/units.toml"
"""How the names of units end, and how they do not."""

SHORTEST = 3
"""A known name of fewer characters (台電) is not searched for at the beginning of others."""

Registry = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Units:
    """How units are named: `ends` of their names, ends that only look so (`never`), words that mark a chance match (`seams`)."""

    ends: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    seams: frozenset[str] = frozenset()

    @classmethod
    def load(cls, assets: Assets) -> Units:
        """Read the asset; raise `AssetError` where it is invalid."""
        with shaped("reading how units are named", UNITS):
            words = tomllib.loads(assets.text(UNITS))
            ends, never, seams = ([fold(word) for word in words[name]] for name in ("ends", "never", "seams"))
        return cls(tuple(ends), tuple(never), frozenset(seams))

    def goes_on(self, body: str, rest: str) -> bool:
        """True when `rest` after the name of a body is the name of a unit of it; both are folded."""
        name = rest.strip("()[]-,、")
        # An object identifier is not a name.
        return (len(name) > 1 and not body.isascii() and body[-1] + rest[0] not in self.seams and name.endswith(self.ends)
                and not name.endswith(self.never))


NO_UNITS = Units()
"""No name implies a parent body."""


def is_named(column: Column) -> bool:
    """True when a column holds names of organisations, bare or after their OID."""
    return SCHEME in (annotation(column, "codeList") or ()) or bool(annotation(column, "oidBefore"))


def found(text: str, column: Column, registry: Registry | None, listed: Container[str]) -> tuple[str, ...] | None:
    """Return the registry's result for a name: the one organisation, several (ambiguous), or none (unknown).

    None where it has no result: without a registry, or where it knows no single one and the code list does. In a column whose
    units belong to one body (`odl:within`) a name is only looked up as that body's: the registry has many units of the same name.
    A name after its OID (`odl:oidBefore`) is identified by that and not looked up.
    """
    mark = str(annotation(column, "oidBefore") or "")
    if not registry or (mark and mark in text):
        return None
    keys = _keys(text, column)
    known = registry.get(keys[0], ())
    if len(known) == 1:
        return known
    return None if any(key in listed for key in keys) else known


class Above(NamedTuple):
    """The parent body that a name implies: the last part of a published organisation's address, or a folded spelling of the code
    list; "" where it implies none. `before` is what the column's units belong to (`odl:within`) where only with it before the
    name the body is implied: the name is not full without it.
    """

    body: str = ""
    is_published: bool = False
    before: str = ""


def above(text: str, column: Column, registry: Registry | None, listed: Container[str], units: Units) -> Above:
    """Return the parent body that a name implies, none where it is itself known: the longest known name it begins with."""
    mark = str(annotation(column, "oidBefore") or "")
    name = text.partition(mark)[2] if mark and mark in text else text
    keys = _keys(name, column)
    if any(key in listed or len((registry or {}).get(key, ())) == 1 for key in keys):
        return Above()
    within = str(annotation(column, "within") or "")
    for key in reversed(keys):
        for length in range(len(key) - 1, SHORTEST - 1, -1):
            body = key[:length]
            published = (registry or {}).get(body, ())
            if (len(published) == 1 or body in listed) and units.goes_on(body, key[length:]):
                before = within if len(keys) > 1 and key == keys[0] else ""
                return Above(published[0], True, before) if len(published) == 1 else Above(body, False, before)
    return Above()


def answers(cells: Sequence[tuple[str, Column]], registry: Registry | None, listed: Container[str], units: Units) -> str:
    """Return all registry results for a row's names, as text for a reuse key; "" where there are none."""
    results: list[object] = []
    for text, column in ((text.strip(), column) for text, column in cells if text.strip()):
        body, is_published, _ = above(text, column, registry, listed, units) if registry else Above()
        who = found(text, column, registry, listed)
        results.append((who, body) if is_published else who)
    return repr(results) if any(answer is not None for answer in results) else ""


def _keys(text: str, column: Column) -> list[str]:
    """Return the folded names to look up: in a column of one body's units, first the name after that of the body."""
    within = str(annotation(column, "within") or "")
    return [fold(within + text), fold(text)] if within else [fold(text)]
