"""Where things that values can stand for come from beside the catalogue: RDF files with concepts, and SPARQL endpoints.

An endpoint is asked only where the person who runs the command names it.
"""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pyoxigraph as ox

from odlinked import queries
from odlinked.assets import Assets
from odlinked.errors import InputError
from odlinked.graphs import reader
from odlinked.rdf.ntriples import string, tagged
from odlinked.search.candidates import NameIndex
from odlinked.search.things import CODE, NAME, OTHER, KnownThing, described
from odlinked.settings import ReadSettings

LABELS: Final = "queries/lifting/labels.rq"
_PLACE: Final = "VALUES ?label { }"
_LANGUAGES: Final = ("", "zh-Hant", "zh-TW", "zh", "en")
"""Tags a label is looked for with: SPARQL compares labels with their tags."""

_BATCH: Final = 100
_SECONDS: Final = 60
_MOST_VALUES: Final = 5_000


def of_file(path: Path, caps: ReadSettings) -> dict[str, KnownThing]:
    """Return the concepts of an RDF file; what is in no scheme is of the kind that the file's name makes.

    Raise `InputError` for a file that cannot be read, or has no concept with a name.
    """
    graph = reader.read(path, caps)
    found = described(ox.parse(graph.ntriples, format=ox.RdfFormat.N_TRIPLES), otherwise=f"urn:file:{path.name}")
    if not found:
        raise InputError("it has no concept with a label", doing="reading concepts", on=path.name,
                         next_step="Give a SKOS file: skos:prefLabel, skos:altLabel and skos:notation are read")
    return found


class EndpointLabels:
    """The things of a SPARQL endpoint that values are called exactly as."""

    def __init__(self, url: str, assets: Assets) -> None:
        """Raise `InputError` for what is no http(s) address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise InputError("it is no http(s) address", doing="asking the endpoint", on=url)
        self._url, self._kind = url, f"{parts.scheme}://{parts.netloc}/"
        self._query = queries.load(assets, LABELS).text

    def __call__(self, values: Sequence[str]) -> NameIndex:
        """Return the index of what the values are called after; raise `InputError` where the endpoint does not answer."""
        found: dict[str, KnownThing] = {}
        for start in range(0, min(len(values), _MOST_VALUES), _BATCH):
            for row in self._asked(values[start:start + _BATCH]):
                iri, how = row["thing"]["value"], row["how"]["value"]
                thing = found.setdefault(iri, KnownThing(iri, row.get("kind", {}).get("value") or self._kind))
                label = row["label"]
                thing.call(label["value"], how if how in (NAME, OTHER, CODE) else OTHER, label.get("xml:lang", ""))
        return NameIndex(found.values())

    def _asked(self, values: Sequence[str]) -> Iterator[dict[str, Any]]:
        from SPARQLWrapper import JSON, POST, SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

        terms = " ".join(tagged(value, tag) if tag else string(value) for value in values for tag in _LANGUAGES)
        asked = SPARQLWrapper(self._url, returnFormat=JSON)
        asked.setMethod(POST)
        asked.setTimeout(_SECONDS)
        asked.setQuery(self._query.replace(_PLACE, f"VALUES ?label {{ {terms} }}"))
        try:
            answer: Any = asked.queryAndConvert()
            yield from answer["results"]["bindings"]
        except (SPARQLWrapperException, urllib.error.URLError, OSError, ValueError, KeyError, TypeError) as problem:
            why = str(getattr(problem, "reason", "") or problem).splitlines()
            raise InputError(f"it gave no answer that can be read ({(why or [''])[0][:200]})", doing="asking the endpoint",
                             on=self._url, next_step="Check the address; it has to speak the SPARQL 1.1 Protocol") from problem
