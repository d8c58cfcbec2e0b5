"""Every question and mapping query is a file that any SPARQL tool can run as it stands."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

from odlinked.assets import Assets
from odlinked.rdf.vocabulary import prefixes

ASSETS = Assets()
FILES = {**ASSETS.glob("queries/**/*.rq"), **ASSETS.glob("mappings/**/*.rq")}
_DECLARED = re.compile(r"^PREFIX ([\w-]+): <([^>]*)>$", re.MULTILINE)
_OWN = {"tally": "urn:odlinked:tally:", "badge": "https://w3id.org/odlinked/code/quality-badge/"}


@pytest.mark.parametrize("name", FILES)
def test_a_query_runs_as_it_stands(name: str) -> None:
    text = ASSETS.text(name)
    ox.Store().query(text)  # raises for a prefix that is not declared
    declared = _DECLARED.findall(text)
    assert len(declared) == len(dict(declared)) == text.count("PREFIX ")
    known = {**prefixes(ASSETS), **_OWN}
    for prefix, namespace in declared:
        assert known.get(prefix, namespace) == namespace, f"{prefix}: is another namespace elsewhere"
        assert re.search(rf"(?<![\w?]){prefix}:", text.replace(f"PREFIX {prefix}:", "")), f"{prefix}: is declared and not used"


@pytest.mark.parametrize("name", FILES)
def test_no_class_is_used_as_a_property(name: str) -> None:
    text = re.sub(r"#[^\n]*$|\"[^\"\n]*\"|<[^>\s]*>", " ", ASSETS.text(name), flags=re.MULTILINE)
    assert not re.findall(r"(?:[?$]\w+|;)\s+[a-z]+:[A-Z]\w*(?=[|/*+]|\s+[?$\[]|\s+[a-z]+:)", text)


@pytest.mark.parametrize("name", FILES)
def test_the_variable_nothing_binds_is_explained(name: str) -> None:
    text = ASSETS.text(name)
    assert "?unbound" not in text or "(?unbound is a variable nothing binds: " in text
