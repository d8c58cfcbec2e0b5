"""Rows as Apache Parquet: typed columns with their titles, IRIs and units in the file's metadata. Needs pyarrow, an extra."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from odlinked import columnar
from odlinked.csvw.model import TableDescription
from odlinked.errors import InputError
from odlinked.lifting.publication import typed

_ROWS: Final = 50_000
"""Rows of a row group: what is in memory at once."""

_LEVEL: Final = 9


def engine() -> Any:
    """Return pyarrow; raise `InputError` that says what to install where it is missing."""
    found = columnar.engine()
    if found is None:
        raise InputError("pyarrow is not installed", doing="writing Parquet", next_step="Run `pip install 'odlinked[rows]'`")
    return found


class ParquetRows:
    """Takes the records of a table and writes them to a Parquet file, some thousand rows at a time."""

    def __init__(self, path: Path, table: TableDescription) -> None:
        self.path, self.pa = path, engine()
        self.columns = typed.columns(table)
        self.misfits = [0] * len(self.columns)
        self.rows, self.schema = 0, self._schema(every=True)
        self._memories = [typed.TypedMemory(column.read) for column in self.columns]
        self._waiting: list[Sequence[str]] = []
        self._draft = path.with_suffix(".draft")
        self._writer = self.pa.parquet.ParquetWriter(self._draft, self.schema, compression="zstd", compression_level=1)

    def take(self, cells: Sequence[str]) -> None:
        """Take the cells of a record."""
        self._waiting.append(cells)
        if len(self._waiting) >= _ROWS:
            self._write()

    def close(self, about: Mapping[str, str]) -> None:
        """Write the file, with what is said `about` the table in its metadata."""
        self._write()
        self._writer.close()
        self.schema = self._schema(every=False)
        schema = self.schema.with_metadata({key.encode(): text.encode() for key, text in about.items()})
        names = schema.names
        with self.pa.parquet.ParquetFile(self._draft) as draft, \
                self.pa.parquet.ParquetWriter(self.path, schema, compression="zstd", compression_level=_LEVEL) as writer:
            for number in range(draft.num_row_groups):
                writer.write_table(draft.read_row_group(number, columns=names).select(names).cast(schema))
        self._draft.unlink()

    def _write(self) -> None:
        records, self._waiting = self._waiting, []
        if not records:
            return
        self.rows += len(records)
        arrays, schema = [], self._schema(every=True)
        for place, (values, texts) in enumerate(typed.transposed(records, self.columns, self._memories)):
            self.misfits[place] += len(texts) - texts.count(None)
            arrays += [self.pa.array(values, schema.field(2 * place).type), self.pa.array(texts, self.pa.string())]
        self._writer.write_table(self.pa.Table.from_arrays(arrays, schema=schema))

    def _schema(self, *, every: bool) -> Any:
        """Return the schema: with `every` column for cells that do not fit, else only those that are needed."""
        fields = []
        for column, misfits in zip(self.columns, self.misfits, strict=True):
            described = about_column(column)
            fields.append(self.pa.field(column.name, self._type(column), metadata=described))
            if every or misfits:
                fields.append(self.pa.field(column.misfits, self.pa.string(),
                                            metadata={"comment": f"cells of {column.name} that do not fit its datatype"}))
        return self.pa.schema(fields)

    def _type(self, column: typed.TypedColumn) -> Any:
        zone = getattr(column.column.datatype.date, "zone", "") or "UTC"
        pa = self.pa
        return {"integer": pa.int64(), "number": pa.float64(), "truth": pa.bool_(), "day": pa.date32(), "text": pa.string(),
                "time": pa.timestamp("us", tz="UTC" if zone == "Z" else zone), "local": pa.timestamp("us")}[column.type]


def about_column(column: typed.TypedColumn) -> dict[str, str]:
    """Return what a column's metadata says: a comment for people (title, unit), IRIs of property, datatype and unit."""
    described = column.column
    title = next((texts[0] for texts in described.titles.values() if texts), column.name)
    unit = unit_of(column)
    found = {"comment": f"{title} ({unit.rpartition('/')[2]})" if unit else title, "title": title,
             "propertyUrl": described.property_url or "", "datatype": described.datatype.iri, "unit": unit,
             "valueUrl": described.value_url or ""}
    return {key: text for key, text in found.items() if text}


def unit_of(column: typed.TypedColumn) -> str:
    """Return the IRI of a column's unit, "" where none is stated."""
    return named(column.column.annotations.get("https://w3id.org/odlinked/ns#unit"))


def named(value: object) -> str:
    """Return the IRI of a common property's value, which is an object with `@id` or the text itself."""
    found = value.get("@id", "") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def batches(path: Path, name: str) -> Iterator[Any]:
    """Yield one column of a Parquet file, an array for each row group."""
    with engine().parquet.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, columns=[name]).column(0).combine_chunks()
