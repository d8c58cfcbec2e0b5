"""The texts of the pages, in every language, from one data file (`words.toml`); the words of severities are those of reports."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.findings import SEVERITIES
from odlinked.quality.reports import words
from odlinked.web.http.negotiation import LANGUAGES

FILE = Path(__file__).with_name("words.toml")

Say = Callable[..., str]


class PageTexts:
    """Key -> language -> text; `{name}` in a text is filled by keyword."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self.texts = texts

    def say(self, key: str, language: str, **facts: object) -> str:
        """Return a text; an unknown key is an `AssetError`, so that a page with a gap cannot be published."""
        entry = self.texts.get(key)
        if entry is None:
            raise AssetError("there are no such words", doing="writing a page", on=key, next_step="Add them to words.toml")
        text = entry[language]
        return text.format(**facts) if facts else text

    def into(self, language: str) -> Say:
        """Return a function that returns texts by key in one language."""
        return lambda key, **facts: self.say(key, language, **facts)


def load(path: Path = FILE) -> PageTexts:
    """Read the texts, once in a process while the file is the same; raise `AssetError` for a key that lacks a language."""
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int, _size: int) -> PageTexts:
    texts: dict[str, Mapping[str, str]] = {}
    for key, entry in _leaves("", tomllib.loads(path.read_text(encoding="utf-8"))):
        if len(entry) != len(LANGUAGES) or not all(isinstance(text, str) and text for text in entry):
            raise AssetError(f"needs one text for each of {', '.join(LANGUAGES)}", doing="reading words", on=key)
        texts[key] = dict(zip(LANGUAGES, entry, strict=True))
    reports = words.load(Assets())
    for severity in SEVERITIES:
        # Within a line reports write them small; on pages they stand alone.
        texts[f"severity.{severity}"] = {language: reports[language][severity].capitalize() for language in LANGUAGES}
    return PageTexts(texts)


def _leaves(prefix: str, table: Mapping[str, object]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _leaves(f"{prefix}{key}.", value)
        elif isinstance(value, list):
            found.append((prefix + key, value))
    return found
