"""The vocabulary of the assets: the only reader of their Turtle (code lists, rules, metrics, prefixes), and its most frequent
look-ups.

A file is parsed once as long as it is unchanged; later calls, for any part of it, get the same statements.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.namespaces import SH, XSD

PREFIXES: Final = "ontologies/prefixes.ttl"
"""Where the prefixes of rules, mappings and questions are declared (`sh:declare`)."""

Statements = tuple[ox.Triple, ...]


def read(assets: Assets, name: str, doing: str = "reading") -> Statements:
    """Return the statements of asset `name` in the order of the file; blank nodes of two files are never the same.

    Raise `AssetError` for a missing file or one that is not Turtle; `doing` names in it what was being done.
    """
    return _statements(assets.find(name), name, doing)


def each(assets: Assets, *patterns: str, doing: str = "reading") -> Iterator[tuple[str, Statements]]:
    """Yield name and statements of all assets that match a pattern, in the order of patterns and names.

    Raise `AssetError` as `read` does.
    """
    for pattern in patterns:
        for name, path in assets.glob(pattern).items():
            yield name, _statements(path, name, doing)


def ntriples(assets: Assets, *names: str, doing: str = "reading") -> bytes:
    """Return the statements of assets as N-Triples; raise `AssetError` as `read` does."""
    found = (statement for name in names for statement in read(assets, name, doing))
    return ox.serialize(found, format=ox.RdfFormat.N_TRIPLES) or b""


def node(term: Any) -> Any:
    """Return a term of pyoxigraph as a term of rdflib, its spelling kept."""
    from rdflib.term import BNode, Literal, URIRef

    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    plain = term.datatype.value == XSD + "string"
    return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)


def prefixes(assets: Assets) -> dict[str, str]:
    """Return prefix -> namespace as `ontologies/prefixes.ttl` declares them, sorted; {} where there is no such file."""
    path = assets.get(PREFIXES)
    if path is None:
        return {}
    read(assets, PREFIXES)  # raises where it cannot be read
    status = path.stat()
    return dict(_prefixes(path, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=4)
def _prefixes(path: Path, changed: int, size: int) -> dict[str, str]:
    """Return the prefixes that a file declares, as `_parsed` reads it: they are asked for with every form and query."""
    entries: dict[str, dict[str, str]] = {}
    for statement in _parsed(path, changed, size):
        if isinstance(statement.object, ox.Literal):
            entries.setdefault(str(statement.subject), {})[statement.predicate.value] = statement.object.value
    pairs = ((entry.get(SH + "prefix", ""), entry.get(SH + "namespace", "")) for entry in entries.values())
    return {prefix: namespace for prefix, namespace in sorted(pairs) if prefix and namespace}


def _statements(path: Path, name: str, doing: str) -> Statements:
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size)
    except (SyntaxError, ValueError, OSError) as problem:
        raise AssetError(f"it cannot be read ({str(problem).splitlines()[0]})",
                         doing=doing, on=name, next_step="Mend the Turtle of the file") from problem


@lru_cache(maxsize=256)
def _parsed(path: Path, changed: int, size: int) -> Statements:
    """Parse a file; its modification time (nanoseconds) and size tell whether it is still the same."""
    quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    return tuple(quad.triple for quad in quads)
