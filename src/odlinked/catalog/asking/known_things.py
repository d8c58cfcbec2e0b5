"""All that values of data can stand for in a catalogue: the codes of its lists and its organisations, by all their names."""

from __future__ import annotations

from odlinked.assets import Assets
from odlinked.catalog.served.release import Release
from odlinked.namespaces import CODE, ORG
from odlinked.rdf import vocabulary
from odlinked.search.candidates import NameIndex
from odlinked.search.things import KnownThing, described, in_schemes

ORGANIZATION = ORG + "Organization"
"""The kind of the organisations of a release."""

REGISTERED = CODE + "organization"
"""The code list of organisations: what a release has of it is the release's own organisation."""

LABELS = "queries/collection/organization-labels.rq"

_LISTS = ("ontologies/codes/*.ttl", "ontologies/standards/*.ttl")
_CHANGES = CODE + "organization-change"


def index(release: Release) -> NameIndex:
    """Return the index of the codes and organisations of a release."""
    published = organizations(release)
    known = {one.code for one in published.values()} | {one.name() for one in published.values()}
    codes = [one for one in listed(release.assets).values()
             if one.kind != REGISTERED or (one.code not in known and one.name() not in known)]
    return NameIndex([*codes, *published.values()])


def listed(assets: Assets) -> dict[str, KnownThing]:
    """Return the codes of all lists of the assets by IRI."""
    found = described(one for _, statements in vocabulary.each(assets, *_LISTS, doing="reading the code list")
                      for one in statements)
    return {iri: one for iri, one in in_schemes(found).items() if one.kind != _CHANGES}


def organizations(release: Release) -> dict[str, KnownThing]:
    """Return the living organisations of a release by IRI."""
    living = {iri for _, iri, _, _ in release.titles("organization")}
    found: dict[str, KnownThing] = {}
    for iri, how, value, language in release.ask(LABELS):
        if iri not in living:
            continue
        thing = found.setdefault(iri, KnownThing(iri, ORGANIZATION))
        if how == "above":
            thing.above.append(value)
        else:
            thing.call(value, how, {"zh-hant": "zh-Hant"}.get(language, language))
    return found
