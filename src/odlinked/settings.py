"""One `odlinked.toml`: what a catalogue's owner may set, with its defaults.

`settings_file` reads them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True)
class CatalogSettings:
    """`[catalog]`: what the catalogue states about itself. `base` is fixed at the first publish of a workspace."""

    base: str = "http://localhost:8000"
    title_zh: str = "開放資料鏈結目錄"
    title_en: str = "Linked open data catalogue"
    description_zh: str = "以 DCAT 3 描述的政府開放資料集目錄。"
    description_en: str = "A catalogue of government open data described in DCAT 3."
    publisher: str = ""
    timezone: str = "+08:00"
    former_bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class AssetSettings:
    """`[assets]`: folders laid over the bundled rules, mappings and questions, relative to the settings file."""

    overlays: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishSettings:
    """`[publish]`: `violations` = "mark" publishes faulty records and marks them, "hold" keeps them back.

    `keep` releases stay when older ones are pruned; `profile` is the rule set; `workers` processes (0 = one a core).
    Addresses at the hosts of `public_keys` keep their keys: the agency gives those out on purpose. A publish that would take
    down more than the share `most_removals` (0 to 1) of what a source has published stops. `same` is a CSV file of records that
    people found to be one dataset, or not.
    """

    violations: str = "mark"
    keep: int = 5
    profile: str = "tw-open"
    workers: int = 0
    public_keys: tuple[str, ...] = ()
    most_removals: float = 0.2
    same: str = ""


@dataclass(frozen=True)
class CheckSettings:
    """`[check]`: how links are visited. `contact` is the address or mail in the agent's name; the base where it is left out.

    A host gets at most `per_host` requests at a time, `delay_seconds` apart. A visit waits `timeout_seconds` for a byte and
    lasts `visit_seconds` in all; of a file at most `max_bytes` are read. `test_hosts` ("localhost:8080") may be private.
    `ca_file` holds certificate authorities to trust besides the known ones.
    """

    contact: str = ""
    per_host: int = 2
    delay_seconds: float = 1.0
    timeout_seconds: float = 20.0
    visit_seconds: float = 120.0
    max_bytes: int = 50_000_000
    workers: int = 32
    robots: bool = True
    any_port: bool = True
    test_hosts: tuple[str, ...] = ()
    ca_file: str = ""


@dataclass(frozen=True)
class MeasureSettings:
    """`[measure]`: what quality is measured by, at each publish with `at_publish`, else by `odlinked measure` alone.

    `profile` is the rule set whose conformance counts, "" for none.
    `grace`: how many intervals may pass before data is late (0 leaves what the rule set says). `exempt`: identifiers of
    datasets on the white list, which get no badge. `winners`: those of datasets that won the popularity award before.
    """

    at_publish: bool = True
    profile: str = "dcat-ap-3"
    grace: float = 0.0
    exempt: tuple[str, ...] = ()
    winners: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportSettings:
    """`[report]`: `deadlines` of every year, each the name of a ministry's calendar, or a month and day, "3/15", and, where no
    calendar knows it, what is due; `units` names units in the order they stand in reports, none for the order of the ministries'
    papers."""

    deadlines: tuple[str, ...] = ("moea", "moenv")
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadSettings:
    """`[read]`: limits on input: bytes of a file, rows of a table, columns, unpacked size over packed size."""

    max_bytes: int = 1_000_000_000
    max_rows: int = 2_000_000
    max_columns: int = 16_384
    max_ratio: int = 200


@dataclass(frozen=True)
class ServeSettings:
    """`[serve]`: the public face. `public_url` is used behind a reverse proxy; queries live within the given caps.

    `hosts` are the names (or `name:port`) under which absolute links may be written, beside loopback and the catalogue's own;
    `proxies` the addresses or networks of reverse proxies whose `X-Forwarded-*` headers are believed; `metrics` those that may
    read `/metrics`.
    A request's body has `body_seconds` to come in; the reader of a long answer `reader_seconds` for each 64 KB.
    A file to check at `/validate` may have `upload_mb`, its check `upload_seconds` and `upload_memory_mb`; `upload_workers` are
    checked at a time (0: none, there is no such page).
    """

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    query_seconds: int = 20
    query_memory_mb: int = 1_024
    query_result_mb: int = 64
    light_workers: int = 2
    heavy_workers: int = 1
    body_seconds: float = 10.0
    reader_seconds: float = 60.0
    upload_mb: int = 10
    upload_seconds: int = 30
    upload_memory_mb: int = 1_024
    upload_workers: int = 2


@dataclass(frozen=True)
class MirrorSettings:
    """`[mirror]`: a copy of the served release in another SPARQL engine; `mode` is "" for none, "incremental" or "snapshot".

    `graph_store` is the engine's Graph Store Protocol address, `query` its SPARQL address. `authentication` is "basic" or
    "digest"; the credentials are in the environment. `command` and `switch` are argument lists. With `at_publish` the mirror
    follows each publish; with `answers` it answers `/sparql`. Values of the datatypes `uncompared` (IRIs) are not compared. An
    answer of the engine must begin within `timeout_seconds`.
    """

    mode: str = ""
    graph_store: str = ""
    query: str = ""
    authentication: str = "basic"
    ca_file: str = ""
    at_publish: bool = False
    answers: bool = False
    command: tuple[str, ...] = ()
    switch: tuple[str, ...] = ()
    uncompared: tuple[str, ...] = ()
    timeout_seconds: float = 60.0
    command_seconds: float = 86_400.0


HARVESTED: Final = ("dcat", "odlinked", "ckan", "ldes", "sparql", "national")
"""The kinds of sources that can be harvested."""


@dataclass(frozen=True)
class SourceSettings:
    """`[sources.NAME]`: a source. `public` publishes its withheld and unapproved records and those of internal forms, which are
    private otherwise.

    A source with an `address` is harvested, every `hours` at most; `kind` says what is there: "dcat" is RDF, with pages or
    without, "odlinked" the same from another odlinked, which may use our own vocabulary, "ckan" a CKAN site, "ldes" an event
    stream, "sparql" an endpoint that is asked in pages, "national" the platform's list; `changes` is then where a day's changes
    are ({date} in it), and `record` where its API gives a single record ({id}). `title_zh` and `title_en` are what it is
    called, `licence` is the address of the terms its descriptions are given under. A harvest that would take down more than the
    share `shrink` (0 to 1) of its records stops. Where two sources that are `believed` give a dataset the same address, number at
    the platform or code, it is one dataset.
    """

    public: bool = False
    address: str = ""
    kind: str = "dcat"
    changes: str = ""
    record: str = ""
    title_zh: str = ""
    title_en: str = ""
    licence: str = ""
    shrink: float = 0.2
    hours: float = 24.0
    believed: bool = False


@dataclass(frozen=True)
class Settings:
    """All settings of a run. `folder` is where relative paths start: that of the file, else the current folder."""

    catalog: CatalogSettings = field(default_factory=CatalogSettings)
    assets: AssetSettings = field(default_factory=AssetSettings)
    publish: PublishSettings = field(default_factory=PublishSettings)
    check: CheckSettings = field(default_factory=CheckSettings)
    measure: MeasureSettings = field(default_factory=MeasureSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    read: ReadSettings = field(default_factory=ReadSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    mirror: MirrorSettings = field(default_factory=MirrorSettings)
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    folder: Path = Path(".")

    @property
    def overlays(self) -> tuple[Path, ...]:
        """The overlay folders as paths."""
        return tuple(self.folder / overlay for overlay in self.assets.overlays)


_NO_IRI: Final = re.compile(r"""[\x00-\x20<>"{}|\\^`?#\x7f-\xa0\ufffe\uffff]""")


def is_address(text: str) -> bool:
    """True for an http(s) address that other addresses can start with: an IRI without user, query and fragment."""
    try:
        parts = urlsplit(text)
        return (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
                and not _NO_IRI.search(text))
    except ValueError:
        return False


def is_network(text: str) -> bool:
    """Tell whether a text is an IP address or a network (CIDR)."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def is_source(name: str) -> bool:
    """True for a text that can name a source: ASCII letters, digits, - and _."""
    return re.fullmatch(r"[A-Za-z0-9_-]+", name) is not None
