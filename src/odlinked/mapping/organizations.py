"""Which organisation a name in a cell means: the organisations a catalogue has published, beside the listed ones.

The registry is plain data, given by whoever maps: folded name -> the last parts of the addresses of all organisations known
by it (`{base}/id/organization/LAST`). None or empty: there is no registry, and only the code list is looked into.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from odlinked.csvw.model import Column
from odlinked.folding import fold
from odlinked.mapping.forms import annotation
from odlinked.namespaces import CODE

SCHEME = CODE + "organization"
"""A column whose code list this is holds names of organisations."""

Registry = Mapping[str, tuple[str, ...]]


def is_named(column: Column) -> bool:
    """Tell whether a column holds names of organisations, bare or after their OID."""
    return SCHEME in (annotation(column, "codeList") or ()) or bool(annotation(column, "oidBefore"))


def found(text: str, column: Column, registry: Registry | None, listed: Container[str]) -> tuple[str, ...] | None:
    """Return what the registry says of a name: the one organisation, several (ambiguous), or none (unknown).

    None where it has nothing to say: without a registry, or where it knows no single one and the code list does.
    In a column whose units belong to one body (`odl:within`) a name is looked up as that body's only: the registry has
    many units of the same name. A name after its OID (`odl:oidBefore`) is known by that and not looked up.
    """
    mark = str(annotation(column, "oidBefore") or "")
    if not registry or (mark and mark in text):
        return None
    within = str(annotation(column, "within") or "")
    keys = [fold(within + text), fold(text)] if within else [fold(text)]
    known = registry.get(keys[0], ())
    if len(known) == 1:
        return known
    return None if any(key in listed for key in keys) else known


def answers(cells: Sequence[tuple[str, Column]], registry: Registry | None, listed: Container[str]) -> str:
    """Return all that the registry says of a row's names, as text for a reuse key; "" where it says nothing."""
    told = [found(text.strip(), column, registry, listed) for text, column in cells if text.strip()]
    return repr(told) if any(answer is not None for answer in told) else ""
