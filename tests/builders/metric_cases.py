"""The cases of metrics in `cases/metrics`: a dataset as an item to measure, and what is expected of it."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.measure.explain import Explainer
from odlinked.measure.measurer import Item, Parameters

CASES = Path(__file__).parents[1] / "cases" / "metrics"
FILES = sorted(CASES.rglob("*.ttl"))
DATASET = "http://example.org/id/dataset/x"
QUALITY = "http://example.org/id/quality/dataset/x"
EXPECTED = ox.NamedNode("urn:odlinked:expected")
_NT = ox.RdfFormat.N_TRIPLES
_NAMED = re.compile(rb"<http://example\.org/id/[^>#]+")


def read(path: Path) -> tuple[Item, list[ox.Triple]]:
    """Return a case as an item, and what it expects."""
    triples = [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]
    given = [t for t in triples if t.subject != EXPECTED]
    seen = [t for t in given if str(getattr(t.subject, "value", "")).startswith(QUALITY)]
    rest = [t for t in given if t not in seen]
    return Item(DATASET, QUALITY, ox.serialize(rest, format=_NT) or b"", ox.serialize(seen, format=_NT) or b""), triples


def numbered(item: Item, number: int) -> Item:
    """Return a case whose records have identifiers of their own: several are measured together."""
    record, observations = (_NAMED.sub(rb"\g<0>-case-%d" % number, part) for part in (item.record, item.observations))
    return Item(f"{item.dataset}-case-{number}", f"{item.quality}-case-{number}", record, observations)


@lru_cache(maxsize=1)
def explainer() -> Explainer:
    """Return an explainer as of the day the cases are written for."""
    return Explainer(Assets(), Parameters(), date(2026, 11, 22))
