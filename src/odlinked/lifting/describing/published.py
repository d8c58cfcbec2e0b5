"""What the catalogue says of the fields of a published dataset (主要欄位說明, resourceField)."""

from __future__ import annotations

from contextlib import closing

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.errors import InputError
from odlinked.rdf import ask
from odlinked.standards.model import FieldDescription


def fields(iri: str, workspace: Workspace, assets: Assets) -> list[FieldDescription]:
    """Return the fields of a dataset, those of its distributions first; raise `InputError` where no such record is published."""
    with closing(Releases(workspace, assets).current()) as release:
        return _fields(iri, release, assets)


def _fields(iri: str, release: Release, assets: Assets) -> list[FieldDescription]:
    document = release.document(iri)
    if document is None:
        raise InputError("no such record is published", doing="describing", on=iri, next_step="Give the IRI of a dataset")
    store = ox.Store()
    store.bulk_load(document.text, format=ox.RdfFormat.N_TRIPLES)
    found = list(ask.select(store, ask.load(assets, "queries/evidence/fields.rq"), dataset=iri))
    found.sort(key=lambda row: ("distribution" not in row, "standard" not in row))
    return [FieldDescription(row["name"], row.get("standard", ""), row.get("meaning", "")) for row in found]
