"""What is declared of a distribution, what was observed of its content, and the observation of one visit.

Three answers everywhere: a member that is None was not established, which is neither yes nor no.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final

from odlinked.namespaces import CODE

ANSWER: Final = CODE + "answer/"
"""Concepts of the result of a visit: `ANSWER + "answered"`, see `ontologies/codes/answer.ttl`."""

DELIVERY: Final = CODE + "delivery/"
"""Concepts of what was delivered: direct, page, login, empty; see `ontologies/codes/delivery.ttl`."""


@dataclass(frozen=True)
class DescribedField:
    """A field as the catalogue describes it: its name, and the address of its standard and a description where given."""

    name: str
    uri: str = ""
    description: str = ""


@dataclass(frozen=True)
class Declared:
    """What the catalogue states about a distribution: the concept IRIs of its formats (EU file types, our own for other formats),
    its IANA media type ("text/csv"), the notation of its encoding ("utf-8", as in character-encoding.ttl), its described fields,
    its EU frequency IRI; of an API that it is one, and where its OpenAPI description is.
    """

    formats: tuple[str, ...] = ()
    media_type: str = ""
    encoding: str = ""
    fields: tuple[DescribedField, ...] = ()
    frequency: str = ""
    is_service: bool = False
    description_url: str = ""


@dataclass(frozen=True)
class Content:
    """Bytes to look at: a seekable stream at its beginning and what was stated about it.

    `size` bytes are available; `complete` is false where reading stopped at the limit, so that the end is missing. `content_type`
    is the whole header value ("text/csv; charset=big5"), `file_name` what the server or the address calls the file. Both may be
    empty. Content codings (gzip) are already undone.
    """

    stream: BinaryIO
    size: int
    complete: bool = True
    content_type: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class Written:
    """How many failing values of a column are written in a known way: the IRI of that way (ROC dates, a leading zero lost)."""

    writing: str
    count: int


@dataclass(frozen=True)
class PersonalColumn:
    """A column that holds personal data: its name ("" where that is itself a value), the IRI of the kind, how many of its filled
    values are of that kind. Values are never kept."""

    name: str
    kind: str
    found: int
    filled: int


@dataclass(frozen=True)
class StandardField:
    """A column recognised as a field of a data standard: how many of its values were checked, where it failed, and how.

    `recognised_by` is a concept IRI (by its name or by its address); a failure reads "row 17: value", without the value
    where the field holds personal data. `empty` values are not among those checked.
    """

    name: str
    standard: str
    recognised_by: str = ""
    checked: int = 0
    failed: int = 0
    failures: tuple[str, ...] = ()
    empty: int = 0
    written: tuple[Written, ...] = ()


@dataclass(frozen=True)
class ApiDescription:
    """What an OpenAPI description is: its version ("2.0", "3.0", "3.1"), whether it validates, its first few faults.

    `valid` is None where it was not established, for instance because only a part of the document was read.
    """

    version: str | None = None
    valid: bool | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContentObservation:
    """What inspecting content establishes; None is "not established", an empty tuple is "none".

    `delivery`, `format` and `encoding` are concept IRIs. `fields` are names as in header, keys or elements, without byte order
    mark; `missing_fields` are described but not found, `undescribed_fields` found but not described (folded). `byte_size`,
    `sha256` (hex) and `complete` are filled in by the reader of the bytes, not by the inspection. `packed_formats` are the
    concept IRIs of what an archive holds; `malformed` is where and why the content breaks its format, `undecodable_byte` (from 1)
    where the text breaks every encoding that is tried. `ragged_rows` have another number of cells than the header, `error_cells`
    show a spreadsheet's error (#REF!), `replacement_characters` (U+FFFD) mark lost characters. `personal_columns` are the columns
    that hold personal data; where the first row, in the place of the names, is itself a person's, no names are reported.
    `unread_tables` counts further non-blank worksheets or lists of records that are not read.
    """

    delivery: str | None = None
    format: str | None = None
    encoding: str | None = None
    byte_order_mark: bool | None = None
    fields: tuple[str, ...] | None = None
    missing_fields: tuple[str, ...] | None = None
    undescribed_fields: tuple[str, ...] | None = None
    record_count: int | None = None
    byte_size: int | None = None
    sha256: str | None = None
    complete: bool | None = None
    standard_fields: tuple[StandardField, ...] = ()
    api: ApiDescription | None = None
    packed_formats: tuple[str, ...] | None = None
    malformed: str | None = None
    undecodable_byte: int | None = None
    repeated_fields: tuple[str, ...] | None = None
    unnamed_fields: int | None = None
    ragged_rows: int | None = None
    first_ragged_rows: tuple[int, ...] = ()
    error_cells: int | None = None
    replacement_characters: int | None = None
    personal_columns: tuple[PersonalColumn, ...] | None = None
    unread_tables: int | None = None


@dataclass(frozen=True)
class Target:
    """What to visit: a distribution's IRI, the address to request (with its key where that is known), what is declared.

    `key_removed`: the address had a key which is not known, so that a visit would prove nothing.
    """

    distribution: str
    url: str
    declared: Declared = field(default_factory=Declared)
    key_removed: bool = False


@dataclass(frozen=True)
class Observation:
    """The result of one visit. `answer` is a concept IRI below `ANSWER`; times are aware.

    `final_url` is where redirects led, without keys. `etag` and `modified_header` are the server's own validators, for the next
    visit; `unchanged`: the server answered 304 and the facts of the visit before still hold. `since` is the first observation,
    `changed` when the checksum was first known or last found to differ; `content_sha256` is the last known checksum, from
    whichever visit. `description_answer` is the result of requesting the API's description. `basis` is a digest of address and
    declaration. `retry_after` holds the seconds that a server demands to wait; it is not stored.
    `state_since` is the first of the visits in a row that came to the same as this one: answer, status and delivery.
    """

    distribution: str
    answer: str
    ended: datetime
    content: ContentObservation = field(default_factory=ContentObservation, metadata={"name": "seen"})
    status: int | None = None
    final_url: str | None = None
    last_modified: datetime | None = None
    since: datetime | None = None
    changed: datetime | None = None
    unchanged: bool = False
    etag: str = ""
    modified_header: str = ""
    content_sha256: str = ""
    description_answer: str | None = None
    basis: str = ""
    retry_after: int | None = None
    state_since: datetime | None = None
