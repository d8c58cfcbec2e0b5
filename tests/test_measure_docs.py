"""The guides say of every metric of datasets what the assets say, in both languages."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from odlinked.assets import bundled
from odlinked.namespaces import HOME, ODL, SKOS

_ROOT = Path(__file__).parents[1]
_FILES = ("badges", "guideline", "ladder", "moenv", "mqa", "review")


def metrics(language: str) -> list[tuple[str, str, str, str]]:
    """Return IRI, label, definition and what to do of every metric, in a language."""
    store = ox.Store()
    for name in _FILES:
        store.load(path=str(bundled() / "ontologies" / "metrics" / f"{name}.ttl"), format=ox.RdfFormat.TURTLE)

    def said(subject: object, predicate: str) -> str:
        return next(q.object.value for q in store.quads_for_pattern(subject, ox.NamedNode(predicate), None)  # type: ignore[arg-type,union-attr]
                    if q.object.language == language.lower())  # type: ignore[union-attr]
    found = [quad.subject for quad in store.quads_for_pattern(None, ox.NamedNode(ODL + "computedBy"), None)]
    return [(str(one.value), *(said(one, name) for name in (SKOS + "prefLabel", SKOS + "definition", ODL + "whenFailed")))
            for one in found]  # type: ignore[misc,union-attr]


@pytest.mark.parametrize(("page", "language"), [("docs/quality.md", "en"), ("docs/zh-Hant/quality.md", "zh-Hant")])
def test_the_guide_holds_every_metric(page: str, language: str) -> None:
    text = (_ROOT / page).read_text(encoding="utf-8")
    found = metrics(language)
    assert len(found) > 40
    for iri, *words in found:
        name = iri.replace("https://piveau.eu/ns/voc#", "pv:").removeprefix(HOME + "metric/")
        row = next((line for line in text.splitlines() if line.startswith("|") and f"`{name}`" in line), "")
        assert all(word in row for word in words), iri
