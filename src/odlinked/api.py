"""The public Python API: `read`, `validate`, `map` and `open_catalogue`, which are names of `odlinked`, and `documents`.

They do what the commands of the command line do, which use them. Settings are those of `odlinked.toml`
(`odlinked.settings.load`); left out, every setting has its default. All errors of input are raised as an `OdlinkedError`, whose
text is one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.catalog.summaries.records import Record
from odlinked.documents import Document
from odlinked.errors import SettingsError
from odlinked.findings import Finding
from odlinked.intake.bindings import bind
from odlinked.mapping import forms, known_headings
from odlinked.mapping.refine import BATCH, Mapper, MappingContext
from odlinked.quality.report import Report
from odlinked.settings import Settings, is_source
from odlinked.sheets.tables import Table
from odlinked.validation import graphs, inventories

if TYPE_CHECKING:
    import rdflib
    from rdflib.query import Result


class Validation(NamedTuple):
    """The result of `validate`: the report, and a line for each table or column that no form knows."""

    report: Report
    notes: list[str]

    @property
    def conforms(self) -> bool:
        """Whether nothing is an error, and something of each file could be judged."""
        return self.report.conforms

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in the order of files, rows and cells."""
        return self.report.findings


def read(file: str | PathLike[str], settings: Settings | None = None) -> list[Table]:
    """Return the tables of a csv, tsv, xlsx, xls, ods, docx, odt or json file; raise `InputError` where it cannot be read."""
    settings = settings or Settings()
    return inventory.read(Path(file), settings.read, None, known_headings.knowledge(forms.load_all(Assets(settings.overlays))))


def validate(files: Sequence[str | PathLike[str]], *, form: str | None = None, profile: str | None = None,
             settings: Settings | None = None, progress: Callable[[str, int], None] | None = None) -> Validation:
    """Check tables, or catalogues in RDF, as `odlinked validate` does.

    `form` and `profile` are names as `odlinked list forms` and the settings give them. `progress` is called with the stage and
    how many rows more are done, and once with "rows" and how many there are, as far as known. Raise `InputError` or `FormError`
    where a file cannot be read or is on no known form. Rows are processed by as many processes as `publish.workers` says: a
    script with several of them must start below `__name__ == "__main__"`.
    """
    settings, paths, advance = settings or Settings(), [Path(file) for file in files], progress or (lambda _stage, _done: None)
    if graphs.all_graphs(paths):
        return Validation(*graphs.check(paths, profile, settings, advance))
    return Validation(*inventories.check(paths, form, profile, settings, advance))


def documents(file: str | PathLike[str], *, source: str = "local", form: str | None = None,
              settings: Settings | None = None) -> Iterator[Document]:
    """Yield the RDF documents that a file makes, in the order of its rows, each IRI once; persons are left out of them.

    Raise `SettingsError` for a source that cannot be one, `InputError` or `FormError` as `validate` does.
    """
    settings, path = settings or Settings(), Path(file)
    if not is_source(source):
        raise SettingsError(f"{source!r} cannot name a source", doing="mapping", on=path.name,
                            next_step="Use letters, digits, - and _ (like moenv-2026)")
    assets = Assets(settings.overlays)
    context = MappingContext(settings.catalog.base, source, settings.catalog.timezone, settings.publish.public_keys)
    known: set[str] = set()
    for table, binding in bind(path, path.name, form, settings, assets).tables:
        mapper, rows = Mapper(binding, assets, context), table.rows()
        while batch := list(islice(rows, BATCH)):
            for document in (one for mapped in mapper.map(batch) for one in mapped.documents):
                if document.iri not in known:
                    known.add(document.iri)
                    yield document


def map(file: str | PathLike[str], *, source: str = "local", form: str | None = None,
        settings: Settings | None = None) -> rdflib.Graph:
    """Return the RDF that a file contains as a graph; for its N-Triples join the `text` of its `documents`."""
    return _graph(b"".join(one.text for one in documents(file, source=source, form=form, settings=settings)))


def open_catalogue(workspace: str | PathLike[str] = "var", settings: Settings | None = None) -> Catalogue:
    """Open what is published in a workspace; raise `WorkspaceError` where nothing is."""
    return Catalogue(Releases(Workspace(Path(workspace)), Assets((settings or Settings()).overlays)).current())


@dataclass(frozen=True)
class Catalogue:
    """The release that was current when it was opened: it does not change while others are published."""

    release: Release

    def datasets(self) -> Iterator[Record]:
        """Yield the public datasets: `iri`, titles, publisher and dates of each."""
        return self.release.roster("dataset")

    def record(self, iri: str) -> rdflib.Graph | None:
        """Return the document of a record as a graph, None where there is none that is public."""
        document = self.release.whole(iri)
        return None if document is None else _graph(document.text)

    def query(self, sparql: str) -> Result:
        """Return the result of a SPARQL 1.1 query on the served store.

        For trusted queries: unlike the service, it contacts any host that a SERVICE in the query names.
        """
        return self.graph().query(sparql)

    def graph(self) -> rdflib.Graph:
        """Return everything that is public as one read-only graph over the served store (by oxrdflib)."""
        return self._served

    @cached_property
    def _served(self) -> rdflib.Graph:
        import pyoxigraph as ox
        import rdflib
        from oxrdflib import OxigraphStore
        from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

        store = OxigraphStore(store=ox.Store.read_only(str(self.release.store_path)))
        # Only under this name an oxrdflib graph is the default graph of its store.
        return rdflib.Graph(store=store, identifier=DATASET_DEFAULT_GRAPH_ID, bind_namespaces="none")


def _graph(ntriples: bytes) -> rdflib.Graph:
    import rdflib

    return rdflib.Graph(bind_namespaces="none").parse(data=ntriples.decode(), format="nt")
