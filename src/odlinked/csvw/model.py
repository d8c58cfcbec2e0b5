"""The descriptions a metadata document holds: groups, tables, schemas, columns, keys and dialects.

After `metadata.load` inherited properties are already where they apply (a `Column` has its datatype even if the table group
states it), links are absolute and every column has a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from odlinked.csvw.datatypes import STRING, Datatype
from odlinked.csvw.problems import ValidationProblem


class Value(NamedTuple):
    """One value of a cell: its lexical form, its datatype's IRI and, for a string, its language ("" if undetermined)."""

    lexical: str
    datatype: str
    language: str


class Cell(NamedTuple):
    """A parsed cell: no values if it is null or empty, several if its column has a separator. Errors are sentences."""

    values: tuple[Value, ...]
    errors: tuple[str, ...]


class Common(NamedTuple):
    """A common property as written, the IRI it stands for, its value as written and its value normalised (section 6.1)."""

    name: str
    iri: str
    raw: Any
    normal: Any


@dataclass(frozen=True)
class Inherited:
    """The inherited properties (Metadata Vocabulary, section 5.7), None where nothing was stated here."""

    about_url: str | None = None
    property_url: str | None = None
    value_url: str | None = None
    datatype: Datatype | None = None
    default: str | None = None
    lang: str | None = None
    null: tuple[str, ...] | None = None
    ordered: bool | None = None
    required: bool | None = None
    separator: str | None = None
    text_direction: str | None = None

    def over(self, above: Inherited) -> Inherited:
        """Return these properties with those of the description above where nothing was stated here."""
        return Inherited(**{name: value if (value := getattr(self, name)) is not None else getattr(above, name)
                            for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class DescriptionObject:
    """What every description may have: an identifier and common properties."""

    id: str = ""
    common: tuple[Common, ...] = ()

    @cached_property
    def annotations(self) -> Mapping[str, Any]:
        """The common properties by expanded IRI, with their values as written in the document."""
        return {item.iri: item.raw for item in self.common}


@dataclass(frozen=True)
class Column(DescriptionObject):
    """A column: how its cells are read and what they mean. `number` is its 1-based place; `titles` by language tag."""

    name: str = ""
    number: int = 0
    titles: Mapping[str, list[str]] = field(default_factory=dict)
    named: bool = True
    virtual: bool = False
    suppress_output: bool = False
    datatype: Datatype = STRING
    separator: str | None = None
    ordered: bool = False
    null: tuple[str, ...] = ("",)
    default: str = ""
    lang: str = "und"
    required: bool = False
    text_direction: str = "inherit"
    about_url: str | None = None
    property_url: str | None = None
    value_url: str | None = None


@dataclass(frozen=True)
class Reference:
    """What a foreign key points to: a table by URL or by its schema's identifier, and the columns there."""

    resource: str
    schema: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ForeignKey:
    """Columns here whose values together must be found in the columns of one row elsewhere."""

    columns: tuple[str, ...]
    reference: Reference


@dataclass(frozen=True)
class Schema(DescriptionObject):
    """A table's columns and keys.

    `row_titles` names the columns whose values title a row; `inherited` is what an undescribed column inherits; `given` is false
    where the document has nothing about columns, so that the file's own header describes them.
    """

    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    row_titles: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    inherited: Inherited = Inherited()
    given: bool = False


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written (Metadata Vocabulary, section 5.9). `trim`: "true", "false", "start" or "end"."""

    comment_prefix: str | None = "#"
    delimiter: str = ","
    double_quote: bool = True
    encoding: str = "utf-8"
    header_row_count: int = 1
    line_terminators: tuple[str, ...] = ("\r\n", "\n")
    quote_char: str | None = '"'
    skip_blank_rows: bool = False
    skip_columns: int = 0
    skip_rows: int = 0
    trim: str = "false"


@dataclass(frozen=True)
class Transformation(DescriptionObject):
    """A template that turns a table into another format; recorded, never run."""

    url: str = ""
    script_format: str = ""
    target_format: str = ""
    source: str = ""
    titles: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TableDescription(DescriptionObject):
    """A table: where it is and what is in it. `notes` are normalised as common properties are."""

    url: str = ""
    schema: Schema = Schema()
    dialect: Dialect | None = None
    notes: tuple[Any, ...] = ()
    suppress_output: bool = False
    table_direction: str = "auto"
    transformations: tuple[Transformation, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The schema's columns, virtual ones last."""
        return self.schema.columns


@dataclass(frozen=True)
class TableGroup(DescriptionObject):
    """A metadata document: its tables in order, and what was wrong with it.

    `language` is the document's default language, `base` the URL its links were resolved against.
    """

    tables: tuple[TableDescription, ...] = ()
    notes: tuple[Any, ...] = ()
    table_direction: str = "auto"
    language: str = "und"
    base: str = ""
    problems: tuple[ValidationProblem, ...] = ()

    @property
    def table(self) -> TableDescription:
        """The only table, or the first."""
        return self.tables[0]
