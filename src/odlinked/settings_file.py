"""Reading `odlinked.toml`.

An unknown key is an error that names the nearest one, a wrong type names what was expected, and what cannot work is refused.
"""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, get_type_hints

from odlinked.errors import SettingsError, said_by_system
from odlinked.settings import HARVESTED, MirrorSettings, Settings, SourceSettings, is_address, is_network, is_source

_LONGEST: Final = 1_000_000
"""Most bytes of a settings file."""

_ZONE: Final = re.compile(r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00")
_SERVED: Final = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?")
_MANY: Final = 2**50
_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "publish.keep": (1, 1_000_000), "publish.most_removals": (0, 1), "publish.workers": (0, 1_024),
    "check.per_host": (1, 1_000), "check.delay_seconds": (0, 86_400), "check.timeout_seconds": (0.001, 86_400),
    "check.visit_seconds": (0.001, 86_400), "check.max_bytes": (1, _MANY), "check.workers": (1, 1_000),
    "measure.grace": (0, 1_000),
    "read.max_bytes": (1, _MANY), "read.max_rows": (1, _MANY), "read.max_columns": (1, _MANY), "read.max_ratio": (1, _MANY),
    "mirror.timeout_seconds": (1, 86_400), "mirror.command_seconds": (1, 10_000_000),
    "serve.port": (0, 65_535), "serve.body_seconds": (1, 3_600), "serve.reader_seconds": (1, 3_600),
    "serve.query_seconds": (1, 86_400), "serve.query_memory_mb": (16, 10_000_000),
    "serve.query_result_mb": (1, 1_000_000), "serve.light_workers": (1, 256), "serve.heavy_workers": (1, 256),
    "serve.upload_mb": (1, 1_000), "serve.upload_seconds": (1, 3_600), "serve.upload_memory_mb": (256, 10_000_000),
    "serve.upload_workers": (0, 256),
    "sources.shrink": (0, 1), "sources.hours": (0, 87_600),
}
"""Numbers and their bounds; every number has some (a test looks)."""


def load(path: Path | None) -> Settings:
    """Read settings from `path`; None gives the defaults. Raise `SettingsError` for anything invalid in it."""
    if path is None:
        return Settings()
    raw = _raw(path)
    settings: Settings = _fill(Settings(folder=path.resolve().parent), raw, str(path), "")
    _check(settings, str(path))
    return settings


def _raw(path: Path) -> dict[str, Any]:
    """Return the content of a settings file; raise `SettingsError` where it is not a file, too long, or not TOML in UTF-8."""

    def wrong(why: str, next_step: str = "") -> SettingsError:
        return SettingsError(why, doing="reading settings", on=str(path), next_step=next_step)

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise wrong("it is a folder" if path.is_dir() else "it is no file", "Name a file such as odlinked.toml")
        with path.open("rb") as file:
            data = file.read(_LONGEST + 1)
    except FileNotFoundError as problem:
        raise wrong("the file does not exist") from problem
    except OSError as problem:
        raise wrong(said_by_system(problem)) from problem
    except ValueError as problem:
        raise wrong(f"it cannot be opened ({problem})") from problem
    if len(data) > _LONGEST:
        raise wrong(f"it is longer than {_LONGEST:,} bytes")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise wrong(f"it is not encoded in UTF-8 (byte {problem.start})", "Save it as UTF-8") from problem
    except RecursionError as problem:
        raise wrong("it is nested too deep") from problem
    except ValueError as problem:
        raise wrong(f"it is no TOML: {problem}") from problem


def _fill(target: Any, raw: dict[str, Any], file: str, prefix: str) -> Any:
    """Return dataclass `target` with the values of `raw` in it, section by section."""
    hints = get_type_hints(type(target))
    known = [f.name for f in fields(target) if f.name != "folder"]
    changes: dict[str, Any] = {}
    for key, value in raw.items():
        name = f"{prefix}{key}"
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            raise SettingsError(f"unknown key {name!r}", doing="reading settings", on=file,
                                next_step=f"The nearest known key is {prefix + near[0]!r}" if near else "")
        current = getattr(target, key)
        if is_dataclass(current):
            if not isinstance(value, dict):
                raise _wrong(name, "a table", value, file)
            changes[key] = _fill(current, value, file, f"{name}.")
        elif isinstance(current, dict):
            if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
                raise _wrong(name, f"tables [{name}.NAME]", value, file)
            changes[key] = {one: _fill(SourceSettings(), item, file, f"{name}.{one}.") for one, item in value.items()}
        elif isinstance(current, tuple):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise _wrong(name, "a list of strings", value, file)
            changes[key] = tuple(value)
        elif type(value) is not hints[key] and not (hints[key] is float and type(value) is int):
            expected = {str: "a string", bool: "true or false", float: "a number"}.get(hints[key], "a whole number")
            raise _wrong(name, expected, value, file)
        else:
            changes[key] = value
    return replace(target, **changes)


def _wrong(name: str, expected: str, value: object, file: str, next_step: str = "") -> SettingsError:
    shown = repr(value)
    return SettingsError(f"{name!r} must be {expected}, not {shown if len(shown) <= 80 else shown[:79] + '…'}",
                         doing="reading settings", on=file, next_step=next_step)


def _check(settings: Settings, file: str) -> None:
    """Raise `SettingsError` for values of the right type that cannot work."""
    for section in (one for one in fields(settings) if is_dataclass(getattr(settings, one.name))):
        values = getattr(settings, section.name)
        for one in fields(values):
            _check_value(f"{section.name}.{one.name}", getattr(values, one.name), file)
    for base in (settings.catalog.base, *settings.catalog.former_bases):
        if not is_address(base) or base.endswith("/"):
            raise SettingsError(f"{base!r} cannot be a base", doing="reading settings", on=file,
                                next_step="Give an http(s) address without a slash at the end, like https://data.example.tw")
    if settings.serve.public_url and not is_address(settings.serve.public_url):
        raise _wrong("serve.public_url", "an http(s) address", settings.serve.public_url, file,
                     "Write the address people use, like https://data.example.tw/catalogue")
    for host in settings.serve.hosts:
        if not _SERVED.fullmatch(host):
            raise _wrong("serve.hosts", "names of hosts, with a port if it is none of 80 and 443", host, file,
                         "Write them like data.example.tw or localhost:8080, without http://")
    for name, networks in (("serve.proxies", settings.serve.proxies), ("serve.metrics", settings.serve.metrics)):
        for network in networks:
            if not is_network(network):
                raise _wrong(name, "addresses or networks", network, file, "Write them like 127.0.0.1 or 10.1.0.0/16")
    if not _ZONE.fullmatch(settings.catalog.timezone):
        raise _wrong("catalog.timezone", "hours and minutes from UTC", settings.catalog.timezone, file,
                     'Write them with their sign: "+08:00" is the zone of Asia/Taipei; zones by name are not read')
    if settings.publish.violations not in ("mark", "hold"):
        raise _wrong("publish.violations", '"mark" or "hold"', settings.publish.violations, file)
    _check_mirror(settings.mirror, file)
    for overlay in settings.overlays:
        if not overlay.is_dir():
            raise SettingsError(f"the overlay folder {overlay} does not exist", doing="reading settings", on=file)
    for name in settings.sources:
        if not is_source(name):
            raise SettingsError(f"{name!r} cannot name a source", doing="reading settings", on=file,
                                next_step="Use letters, digits, - and _ (like moenv-2026)")
    for name, source in settings.sources.items():
        _check_source(name, source, file)


def _check_source(name: str, source: SourceSettings, file: str) -> None:
    """Raise `SettingsError` for values of a source that cannot work."""
    for one in fields(source):
        value = getattr(source, one.name)
        _check_value(f"sources.{one.name}", value, file)
        if one.name in ("address", "licence") and value and not is_address(value.partition("?")[0]):
            raise _wrong(f"sources.{name}.{one.name}", "an http(s) address without user and password", value, file)
    for key, place in (("changes", "{date}"), ("record", "{id}")):
        text = str(getattr(source, key))
        if text and not (is_address(text.partition("?")[0].replace(place, "1")) and place in text):
            raise _wrong(f"sources.{name}.{key}", f"an http(s) address with {place} in it", text, file)
    if source.kind not in HARVESTED:
        raise _wrong(f"sources.{name}.kind", f"one of {', '.join(HARVESTED)}", source.kind, file)


def _check_mirror(mirror: MirrorSettings, file: str) -> None:
    """Raise `SettingsError` where the settings of the mirror do not go together."""
    if mirror.mode not in ("", "incremental", "snapshot"):
        raise _wrong("mirror.mode", '"incremental" or "snapshot"', mirror.mode, file)
    if mirror.authentication not in ("basic", "digest"):
        raise _wrong("mirror.authentication", '"basic" or "digest"', mirror.authentication, file)
    needed = {"incremental": ("graph_store", "query"), "snapshot": ("query",)}.get(mirror.mode, ())
    for name in ("graph_store", "query"):
        address = getattr(mirror, name)
        if (address or name in needed) and not is_address(address):
            raise _wrong(f"mirror.{name}", "an http(s) address without user and password", address, file,
                         "Write it like http://localhost:7878/store; credentials belong in the environment")
    if mirror.mode == "snapshot" and mirror.graph_store:
        raise _wrong("mirror.graph_store", "left out where mirror.mode is \"snapshot\"", mirror.graph_store, file)
    if mirror.mode != "snapshot" and (mirror.command or mirror.switch):
        raise _wrong("mirror.command", "left out unless mirror.mode is \"snapshot\"", [*mirror.command, *mirror.switch], file)
    if (mirror.answers or mirror.at_publish) and not mirror.mode:
        raise _wrong("mirror.mode", '"incremental" or "snapshot"', mirror.mode, file)


def _check_value(name: str, value: object, file: str) -> None:
    """Raise `SettingsError` for a number out of its bounds, or a text with control characters."""
    if isinstance(value, (int, float)) and name in _BOUNDS:
        least, most = _BOUNDS[name]
        if not least <= value <= most:  # "nan", not a number, is within no bounds either
            raise _wrong(name, f"{least:,} to {most:,}", value, file)
    for text in value if isinstance(value, tuple) else (value,):
        if isinstance(text, str) and re.search(r"[\x00-\x1f\x7f-\x9f]", text):
            raise _wrong(name, "text on one line, without control characters", text, file)
