"""Erasing a leaked record from everything a workspace keeps: documents, outcomes of rows, dump parts, stores, and kept inputs on
request.

Everything its row made is erased with it, including organisations that no other row names, see `companions`.

Each release that held the record is rebuilt next to the old one and replaces it; the served one under a new number, so that a
running service notices the switch. Where the record was public, its address reports that it was erased.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from odlinked.assets import Assets
from odlinked.catalog.index import Entry, Index
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace, sync
from odlinked.catalog.log import changelog
from odlinked.catalog.served import void
from odlinked.documents import Document
from odlinked.errors import WorkspaceError
from odlinked.intake import own_documents
from odlinked.kinds import Kind
from odlinked.publishing import description, dump, forgetting, retention, terms
from odlinked.publishing.artifacts import store_built
from odlinked.publishing.companions import Companions
from odlinked.publishing.index_entries import show
from odlinked.publishing.row_tables import RowTables

_LINKING = (Kind.CATALOG, Kind.ORGANIZATION, Kind.ORGANIZATION_QUALITY)
"""Documents that link to records of other rows."""


@dataclass(frozen=True)
class Purged:
    """What a purge erased: records, the rebuilt releases, how many documents, and kept inputs by name.

    `release` is served now; `kept` are the inputs of the record's source that still hold its row.
    """

    records: tuple[str, ...]
    releases: tuple[str, ...]
    documents: int
    inputs: tuple[str, ...]
    kept: tuple[str, ...]
    release: str


def purge(workspace: Workspace, assets: Assets, iri: str, now: str, *, inputs: bool = False) -> Purged:
    """Erase record `iri` and what its row made with it (a service); `now` is an ISO time.

    Raise `WorkspaceError` where no release holds it. A purge that was stopped is completed by running it again: what is to be
    erased is noted in the workspace until all of it is gone.
    """
    with workspace.locked("purge"):
        current = workspace.current()
        names = [name for name in workspace.names() if workspace.is_readable(name)]
        archive = Archive(workspace.documents, write=True)
        found = {name: [e for e in entries if not _is_erased(assets, e)]
                 for name, entries in _going(workspace, names, Companions(iri, archive, assets)).items()}
        begun = _Begun.read(workspace, iri)
        records = tuple(sorted({entry.iri for entries in found.values() for entry in entries} | set(begun.records)))
        if not records or current is None:
            archive.close()
            raise WorkspaceError("no release holds it", doing="erasing", on=iri, next_step="Give the record's whole IRI")
        holding, inputs = _holding(workspace, found) | begun.holding, inputs or begun.inputs
        _Begun(records, holding, inputs).write(workspace)
        leaked = _leaked(archive, records)
        served = current
        changelog.forget(workspace, records if any(found.values()) else ())
        for name in (name for name in names if found[name]):
            going = tuple(sorted(entry.iri for entry in found[name]))
            again = _Again(workspace, assets, archive, name, going, now, sorted(holding) if inputs else [])
            made = again.make(workspace.next_name() if name == current else name)
            served = made if name == current else served
        archive.close()
        swept = retention.sweep(workspace, [])
        forgetting.forget(workspace, leaked)
        changelog.follow(workspace, served, datetime.fromisoformat(now))
        held = tuple(sorted(holding.values()))
        for digest in holding if inputs else ():
            (workspace.inputs / digest).unlink(missing_ok=True)
        _Begun.path(workspace).unlink()
        made_anew = tuple(name for name in names if found[name])
        return Purged(records, made_anew, swept.documents, held if inputs else (), () if inputs else held, served)


@dataclass(frozen=True)
class _Begun:
    """A purge in progress: the records, the kept inputs that hold their rows (SHA-256 -> name), whether those are erased, too."""

    records: tuple[str, ...] = ()
    holding: dict[str, str] = field(default_factory=dict)
    inputs: bool = False

    @staticmethod
    def path(workspace: Workspace) -> Path:
        """Return where it is noted."""
        return workspace.root / "purge.json"

    @classmethod
    def read(cls, workspace: Workspace, iri: str) -> _Begun:
        """Return the purge of a record that was stopped, an empty one where none was."""
        path = cls.path(workspace)
        if not path.is_file():
            return cls()
        noted = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(noted["records"]), noted["holding"], noted["inputs"]) if iri in noted["records"] else cls()

    def write(self, workspace: Workspace) -> None:
        """Note it, completely or not at all."""
        path = self.path(workspace)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        sync(partial)
        partial.replace(path)
        sync(workspace.root)


def _is_erased(assets: Assets, entry: Entry) -> bool:
    """True when an entry is the notice that a record was erased."""
    return entry.state == "gone" and entry.hash == own_documents.erased(assets, entry.iri, entry.changed).hash


def _going(workspace: Workspace, names: Sequence[str], companions: Companions) -> dict[str, list[Entry]]:
    """Return the entries of each release that go: of a dataset also those of its published rows."""
    entries = {name: _entries(workspace, name) for name in names}
    for one in entries.values():
        companions.note(one)
    found = {name: companions.of(one) for name, one in entries.items()}
    for name, going in found.items():
        rows = {table.iri for table in lifted.of_manifest(workspace.manifest(name))
                if table.dataset in {entry.iri for entry in going}}
        found[name] = [*going, *(entry for entry in entries[name] if entry.iri in rows)]
    return found


def _entries(workspace: Workspace, name: str) -> list[Entry]:
    with Index(workspace.releases / name / "catalog.sqlite", read_only=True) as index:
        return [entry for _, entry in index.entries().values()]


def _holding(workspace: Workspace, found: dict[str, list[Entry]]) -> dict[str, str]:
    """Return the kept inputs the records' rows stand in: SHA-256 -> name."""
    holding: dict[str, str] = {}
    for name, entries in found.items():
        numbers = {entry.input for entry in entries}
        if entries:
            holding |= {str(i["sha256"]): str(i["name"]) for i in _inputs(workspace, name) if i["id"] in numbers}
    return holding


def _inputs(workspace: Workspace, name: str) -> list[dict[str, object]]:
    with Index(workspace.releases / name / "catalog.sqlite", read_only=True) as index:
        return index.inputs()


def _leaked(archive: Archive, records: Sequence[str]) -> list[bytes]:
    """Return the lines of all documents about the records, in whichever release or in none."""
    starts = tuple(f"<{iri}{end}".encode() for iri in records for end in (">", "#"))
    lines: set[bytes] = set()
    for (body,) in archive.db.execute("SELECT body FROM document"):
        text = archive.codec.unpack(body)
        if any(start in text for start in starts):
            lines.update(line for line in text.split(b"\n") if line.startswith(starts))
    return sorted(lines)


@dataclass
class _Again:
    """A release rebuilt without some records."""

    workspace: Workspace
    assets: Assets
    archive: Archive
    name: str
    records: tuple[str, ...]
    now: str
    inputs: list[str]

    def make(self, name: str) -> str:
        """Build it, put it in the old one's place (under another name where that is the served one), and return its name."""
        old, folder = self.workspace.releases / self.name, self.workspace.releases / f"{name}.again"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copyfile(old / "catalog.sqlite", folder / "catalog.sqlite")
        entries = self._index(folder / "catalog.sqlite")
        public = {iri: entry.hash for iri, entry in entries.items() if entry.is_public}
        store_built(self.workspace.documents, folder / "store", list(public.values()))
        manifest = self.workspace.manifest(self.name)
        tables = [one for one in lifted.of_manifest(manifest) if not {one.iri, one.dataset} & set(self.records)]
        RowTables(self.workspace, tuple(tables)).load(folder / "store", None)
        terms.write(folder, self.assets, void.text_of(self.archive, entries, str(manifest["base"])))
        manifest |= {"name": name, "content": self._dump(folder / "catalog.sqlite", public), "purged": self.now}
        manifest[lifted.TABLES] = [one.stated() for one in tables]
        manifest["inputs"] = [i for i in manifest["inputs"] if i["sha256"] not in self.inputs]
        path = folder / "manifest.partial"
        path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        for one in (path, folder / "catalog.sqlite", *(folder / "store").iterdir(), folder / "store", folder):
            sync(one)
        (folder / "lease").touch()
        path.rename(folder / "manifest.json")
        gone = self.workspace.releases / f"{self.name}.gone"
        if name == self.name:
            old.rename(gone)
        folder.rename(self.workspace.releases / name)
        if name != self.name:
            with changelog.turning(self.workspace, name, datetime.fromisoformat(self.now)):
                self.workspace.switch(name)
            old.rename(gone)
        (gone / "manifest.json").unlink()
        shutil.rmtree(gone, ignore_errors=True)
        return name

    def _index(self, path: Path) -> dict[str, Entry]:
        """Remove the records from an index; a public one leaves a notice that it was erased."""
        index = Index(path)
        numbered = index.entries()
        places = set()
        for iri in (iri for iri in self.records if iri in numbered):
            number, entry = numbered[iri]
            places.add((entry.input, entry.sheet, entry.row))
            if entry.is_public:
                index.respell(dict.fromkeys(show(str(self.archive.path), [(iri, entry.hash, None)])[0][0].spellings, -1))
            index.remove(number)
            if entry.is_public:
                document = own_documents.erased(self.assets, iri, self.now)
                self._insert(index, Entry(iri, entry.source, document.hash, "gone", self.now), document, number)
        self._unlink(index, numbered)
        self._describe(index)
        issues = [issue for issue in index.issues()
                  if issue[:3] not in places and issue.fault.node.split("#", 1)[0] not in self.records]
        index.replace_issues(issues)
        index.replace_inputs([{**i, "live": i["live"] if i["sha256"] not in self.inputs else 0} for i in index.inputs()])
        entries = {iri: entry for iri, (_, entry) in index.entries().items()}
        index.close()
        return entries

    def _unlink(self, index: Index, numbered: dict[str, tuple[int, Entry]]) -> None:
        """Remove the links to the records from the documents of the catalogue and of other organisations."""
        ends = tuple(f"> <{iri}> .".encode() for iri in self.records)
        for iri, (number, entry) in numbered.items():
            if iri not in self.records and Kind.of(iri) in _LINKING:
                text = self.archive.text(entry.hash) or b""
                document = Document.of(iri, [line for line in text.split(b"\n")[:-1] if not line.endswith(ends)])
                if document.hash != entry.hash:
                    index.remove(number)
                    self._insert(index, entry._replace(hash=document.hash), document, number)

    def _describe(self, index: Index) -> None:
        """Count what is left, and write the catalogue's description of itself anew."""
        base = str(self.workspace.manifest(self.name)["base"])
        entries = {iri: entry for iri, (_, entry) in index.entries().items()}
        described = description.Description(self.assets, self.archive, base, void.address(self.archive, entries, base))
        index.respell(described.write(index, described.count(entries), entries, self.now))

    def _insert(self, index: Index, entry: Entry, document: Document, number: int) -> None:
        self.archive.put(document)
        shown = show(str(self.archive.path), [(entry.iri, document.hash, None)])[0][0]
        index.insert(entry, shown, "", self.now, number)

    def _dump(self, path: Path, public: dict[str, bytes]) -> str:
        """Write the parts of the dump that are missing, list them in the index, and return the name of the content."""
        keyed = dump.keys(public.items())
        for part in keyed.values():
            dump.write(self.archive, self.workspace.dump, part)
        parts = [(number, part.key, (self.workspace.dump / f"{part.key}.gz").stat().st_size)
                 for number, part in sorted(keyed.items())]
        with Index(path) as index:
            index.replace_parts(parts)
            index.compact()
        return dump.content(key for _, key, _ in parts)
