"""The files of a published table: its rows as N-Quads, Turtle and Parquet, its description, and what was found in its columns.

They are written in one pass over the rows, which are those that `lift` writes: columns of personal data that nobody decided on
are in none of them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from odlinked.assets import Assets
from odlinked.catalog.keeping import lifted
from odlinked.csvw.metadata_files import LocatedGroup
from odlinked.csvw.model import TableDescription
from odlinked.csvw.terms import expand
from odlinked.errors import InputError
from odlinked.lifting.conversion import serialised
from odlinked.lifting.conversion.lift import Advance, Lifting
from odlinked.lifting.describing.documents import DescriptionDocument, dumped
from odlinked.lifting.describing.editions import EditionChange
from odlinked.lifting.publication import areas, course, statistics, typed, vocabulary
from odlinked.lifting.publication.parquet import ParquetRows, engine
from odlinked.lifting.publication.stars import StarGauge

EDITION: Final = 3
"""The number of the way these files are made: another one makes another key."""

_LEVEL: Final = 3
_GEO: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#"
_MOST_POINTS: Final = 1_000
_PRIVATE: Final = ("odl:proposed", "odl:doubtful", "odl:rows")
_SAID_OF_LEFT_OUT: Final = ("name", "titles", "suppressOutput", "odl:personal")


@dataclass
class PublishedFiles:
    """Writes the files of a table into `folder`; `graph` is where its rows are, `source` the address of the data file, if known.

    `document` is the description as a person left it; `gauge` counts what the stars are measured by, and `known` has the scheme
    or class of the things that the catalogue knows. `earlier` is the folder of the edition published before, if any, `compared`
    returns what changed since, by the number of rows there are now.
    """

    lifting: Lifting
    document: DescriptionDocument
    graph: str
    folder: Path
    source: str
    assets: Assets
    gauge: StarGauge
    known: Mapping[str, str]
    earlier: Path | None = None
    compared: Callable[[int], Sequence[EditionChange]] = lambda rows: ()

    def write(self, located: LocatedGroup, advance: Advance = lambda stage, done: None) -> str:
        """Write them and return the key of the content; raise `InputError` for what cannot be published."""
        engine()
        if len(located.group.tables) != 1:
            raise InputError(f"its description has {len(located.group.tables)} tables", doing="publishing rows",
                             on=self._name, next_step="Describe one table a file")
        taker = _Taker(self.folder / lifted.PARQUET)
        self.lifting.taker = taker
        end, size = lifted.quad_end(self.graph), 0
        with (self.folder / lifted.QUADS).open("wb") as file, _packed(file) as out:
            for piece in self._pieces(located, taker, advance):
                size += len(piece)
                out.write(piece.replace(b" .\n", end))
        self._write_turtle()
        facts = self._facts(taker, size)
        (self.folder / lifted.METADATA).write_bytes(dumped(self._described(taker.table)))
        (self.folder / lifted.FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return self._key()

    @property
    def _name(self) -> str:
        return self.lifting.site.start.path.name

    def _pieces(self, located: LocatedGroup, taker: _Taker, advance: Advance) -> Iterator[bytes]:
        """Yield the rows, and then what the description says of their properties and codes."""
        for piece in self.gauge.through(self.lifting.lines(located, advance)):
            if piece.startswith(b"_:") or b"\n_:" in piece:
                raise InputError("its rows have no addresses", doing="publishing rows", on=self._name,
                                 next_step="State aboutUrl in the description (odlinked lift --describe proposes one)")
            yield piece
        if self.lifting.log.counts and any(kind == "metadata" for kind, _, _ in self.lifting.log.counts):
            raise InputError("its description is wrong, or is not that of the file", doing="publishing rows", on=self._name,
                             next_step="Run `odlinked lift --describe` again, or correct the description")
        said = b"".join(vocabulary.lines(self._described(taker.table)))
        self.lifting.counts.triples += said.count(b"\n")
        yield said

    def _write_turtle(self) -> None:
        end = lifted.quad_end(self.graph)
        pieces = (piece.replace(end, b" .\n") for piece in lifted.whole_lines(self.folder / lifted.QUADS))
        with (self.folder / lifted.TURTLE).open("wb") as file, _packed(file) as out:
            serialised.put(pieces, "ttl", cast(BinaryIO, out), self.assets)

    def _described(self, table: TableDescription) -> DescriptionDocument:
        """Return the description as it is served: without notes to the person who wrote it and values of columns left out."""
        left_out = {column.name for column in table.columns if column.suppress_output}
        schema = self.document["tableSchema"]
        columns = [{key: value for key, value in column.items() if key in _SAID_OF_LEFT_OUT} | {"suppressOutput": True}
                   if column.get("name") in left_out else self._cleaned(column) for column in schema["columns"]]
        served = _without(self.document) | {"tableSchema": {**_without(schema), "columns": columns}}
        titles = [name for name in schema.get("rowTitles", []) if name not in left_out]
        served["tableSchema"] = {key: value for key, value in served["tableSchema"].items() if key != "rowTitles"} \
            | ({"rowTitles": titles} if titles else {})
        return served | ({"url": self.source} if self.source else {})

    def _cleaned(self, column: Mapping[str, Any]) -> dict[str, Any]:
        """Return the description of a column; of its list of values nothing is told that names a person."""
        served = _without(column)
        if isinstance(served.get("odl:values"), list):
            served["odl:values"] = [self.lifting.log.clean(str(value)) for value in served["odl:values"]]
        return served

    def _facts(self, taker: _Taker, size: int) -> dict[str, Any]:
        """Return what is kept of the table beside its files."""
        path, rows = self.folder / lifted.PARQUET, taker.written(self._about(taker.table))
        codes = self._codes(taker.table)
        columns = [statistics.of_column(path, column, misfits, codes.get(column.column.name))
                   for column, misfits in zip(rows.columns, rows.misfits, strict=True)]
        counts = self.lifting.counts
        titles = [one.name for one in rows.columns if one.column.name in taker.table.schema.row_titles]
        return {
            "edition": EDITION, "file": self._name, "rows": counts.rows, "triples": counts.triples,
            "bytes": {"file": self.lifting.site.start.path.stat().st_size, "nt": size, "parquet": path.stat().st_size},
            "subjects": self.gauge.sample(),
            "links": [list(astuple(one)) for one in self.gauge.vocabularies(self.known)],
            "sha256": {"parquet": _digest(path)},
            "about": next((column.about_url for column in taker.table.columns if column.about_url), ""),
            "title": titles[0] if titles else "",
            "left_out": [title_of(column.titles, column.name) for column in taker.table.columns
                         if column.suppress_output and not column.virtual],
            "faults": [[kind, column, count] for (kind, _, column), count in sorted(self.lifting.log.counts.items())],
            "columns": columns, "heads": [one.name for one in rows.schema], "preview": statistics.preview(path),
            "points": self._points(path, rows.columns, titles),
            "counties": areas.counties(path, columns, self.assets),
            "chart": course.chart(path, columns, titles), **self._since(counts.rows)}

    def _since(self, rows: int) -> dict[str, Any]:
        """Return what changed since the edition before; the same rows published again say what they said."""
        if self.earlier is None:
            return {}
        before = json.loads((self.earlier / lifted.FACTS).read_text(encoding="utf-8"))
        if _digest(self.earlier / lifted.QUADS) == _digest(self.folder / lifted.QUADS):
            return {"since": before["since"]} if "since" in before else {}
        return {"since": {"file": before["file"], "rows": before["rows"], "changes": [list(one) for one in self.compared(rows)]}}

    def _codes(self, table: TableDescription) -> dict[str, Callable[[str], str]]:
        """Return for each column of codes, by its name, what gives the address of a value: in a code list, or of the dataset."""
        listed = [column for column in self.document["tableSchema"]["columns"] if "odl:values" in column]
        own = {str(column["name"]): str(column.get("valueUrl", "")).partition("{")[0] for column in listed}
        made = {name: partial(vocabulary.concept_at, start) for name, start in own.items() if start.startswith("http")}
        return made | dict(self.lifting.concepts(table))

    @staticmethod
    def _points(path: Path, columns: Sequence[typed.TypedColumn], titles: Sequence[str]) -> list[tuple[float, float, str]]:
        """Return the places on the map, where there are coordinates."""
        found = {_property(one.column.property_url): one.name for one in columns if one.type in statistics.NUMBERS}
        if not {_GEO + "lat", _GEO + "long"} <= found.keys():
            return []
        return list(statistics.points(path, found[_GEO + "lat"], found[_GEO + "long"], titles[0] if titles else "", _MOST_POINTS))

    def _about(self, table: TableDescription) -> Mapping[str, str]:
        about = next((column.about_url for column in table.columns if column.about_url), "")
        return {"graph": self.graph, "source": self.source or self._name, "aboutUrl": about or "",
                "csvw": dumped(self._described(table)).decode()}

    def _key(self) -> str:
        total = hashlib.sha256(f"{EDITION} {self.graph}\n".encode())
        for name in (lifted.QUADS, lifted.PARQUET, lifted.METADATA, lifted.FACTS):
            total.update(bytes.fromhex(_digest(self.folder / name)))
        return total.hexdigest()


class _Taker:
    """Takes the records that pass as they are lifted, and writes them to the Parquet file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: ParquetRows | None = None
        self.table = TableDescription()

    def begin(self, table: TableDescription) -> Callable[[Sequence[str]], None]:
        """Begin with a table; return what takes the cells of a record."""
        self.table, self._rows = table, ParquetRows(self._path, table)
        return self._rows.take

    def written(self, about: Mapping[str, str]) -> ParquetRows:
        """Return the rows, all of them written."""
        assert self._rows is not None  # noqa: S101 - a group has a table
        self._rows.close(about)
        return self._rows


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def title_of(titles: Mapping[str, Sequence[str]], name: str) -> str:
    """Return what a column is headed by."""
    return next((texts[0] for texts in titles.values() if texts), name)


def _property(url: str | None) -> str:
    return (expand(url) or url) if url else ""


def _without(described: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in described.items() if key not in _PRIVATE}


def _packed(file: BinaryIO) -> gzip.GzipFile:
    """Return what packs into a file; the same content gives the same bytes."""
    return gzip.GzipFile("", "wb", _LEVEL, file, mtime=0)
