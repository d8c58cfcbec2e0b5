"""What describing knows: words, ways of writing values, units and known columns, from `ontologies/lifting/*.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from odlinked.assets import Assets
from odlinked.csvw import formats
from odlinked.csvw.datatypes import STRING
from odlinked.csvw.problems import Notes
from odlinked.errors import AssetError
from odlinked.folding import fold, plain
from odlinked.lifting.reading.written_forms import WrittenForm, WrittenForms
from odlinked.persons import recognition

_ROOM: Final = "ontologies/lifting/"
UNITS: Final = "http://qudt.org/vocab/unit/"


@dataclass(frozen=True)
class KnownColumn:
    """A column known by its heading or field standard; see `ontologies/lifting/columns.toml`."""

    name: str
    headings: frozenset[str] = frozenset()
    standards: frozenset[str] = frozenset()
    endings: frozenset[str] = frozenset()
    property: str = ""
    value: str = ""
    list: str = ""
    unit: str = ""
    family: str = ""
    fellows: int = 0
    datatype: Mapping[str, Any] | None = None
    text: bool = False
    title: bool = False
    measure: bool = False


class TotalWords(NamedTuple):
    """Folded words that make a row a total: as a whole cell, and as the end of one (新北市小計)."""

    whole: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()


@dataclass(frozen=True)
class DescribingWords:
    """All of it, read once."""

    assets: Assets

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads(self.assets.text(_ROOM + name))
        except tomllib.TOMLDecodeError as problem:
            raise AssetError(f"it cannot be read ({problem})",
                             doing="reading", on=_ROOM + name, next_step="Correct the file") from problem

    @cached_property
    def forms(self) -> WrittenForms:
        """The ways values are written, the most particular first."""
        return WrittenForms([self._form(entry) for entry in self._read("datatypes.toml")["datatype"]])

    def _form(self, entry: Mapping[str, Any]) -> WrittenForm:
        notes = Notes()
        datatype = formats.datatype(entry["datatype"], "", notes)
        if notes.problems or datatype is None:
            raise AssetError(notes.problems[0].message if notes.problems else "it is no datatype", doing="reading",
                             on=_ROOM + "datatypes.toml", next_step="Correct the entry")
        only = re.compile(entry["only"], re.ASCII) if "only" in entry else None
        return WrittenForm(entry["datatype"], datatype or STRING, entry["kind"], entry.get("roc", False), only)

    @cached_property
    def columns(self) -> tuple[KnownColumn, ...]:
        """The known columns."""
        return tuple(_column(entry) for entry in self._read("columns.toml")["column"])

    @cached_property
    def _words(self) -> dict[str, Any]:
        return self._read("words.toml")

    @cached_property
    def totals(self) -> TotalWords:
        """Folded words that make a row a total."""
        return TotalWords(frozenset(map(fold, self._words["totals"])), tuple(map(fold, self._words["total_endings"])))

    @cached_property
    def gaps(self) -> frozenset[str]:
        """Values that stand for a gap."""
        return frozenset(self._words["gaps"])

    @cached_property
    def below(self) -> re.Pattern[str]:
        """Matches a value below a limit."""
        return re.compile("|".join(self._words["below"]))

    @cached_property
    def number_like(self) -> re.Pattern[str]:
        """Matches what a person reads as a number, in whatever writing."""
        return re.compile(self._words["number_like"])

    def is_identifying(self, heading: str) -> bool:
        """True for the heading of a column whose digits are no quantity."""
        return self._ends("identifying", heading)

    def is_running(self, heading: str) -> bool:
        """True for the heading of a column that numbers the rows."""
        return fold(heading) in set(map(fold, self._words["running"]))

    def is_measured_at(self, heading: str) -> bool:
        """True for the heading of the time of a measurement."""
        return fold(heading) in set(map(fold, self._words["measured_at"]))

    def is_remark(self, heading: str) -> bool:
        """True for the heading of a column of remarks, in which a cell may be no more than a person's name."""
        return any(word in fold(heading) for word in map(fold, self._words["remarks"]))

    @cached_property
    def without_names(self) -> Callable[[str], str]:
        """Gives a remark without persons, names that stand by themselves included; a place (林內村) is none."""
        clean, places = recognition(self.assets).cleaner(alone=True), tuple(self._words["place_endings"])
        return lambda text: text if text.rstrip().endswith(places) else clean(text)

    def _ends(self, key: str, heading: str) -> bool:
        folded = fold(heading)
        words = last_words(heading)
        return any(word in words or (not word.isascii() and folded.endswith(word)) for word in map(fold, self._words[key])) \
            or folded.endswith("id")

    @cached_property
    def _units(self) -> dict[str, tuple[str, int]]:
        read = self._read("units.toml")
        known = {plain(text): (UNITS + name, 1) for name, texts in read["unit"].items() for text in texts}
        for text, entry in read["multiple"].items():
            known[plain(text)] = (UNITS + entry["unit"], entry["factor"])
        return known

    def unit(self, heading: str) -> tuple[str, int] | None:
        """Return the unit that a heading states, and how many of it one step is: 裝置容量(MW), 金額（單位：千元）, 重量/公噸."""
        for part in re.findall(r"[(\[]([^()\[\]]+)[)\]]", plain(heading)):
            text = re.sub(r"^(?:單位|unit)\s*[::]?\s*", "", part.strip(), flags=re.IGNORECASE)
            if (found := self._units.get(text)) is not None:
                return found
        return None


def last_words(heading: str) -> tuple[str, str]:
    """Return a heading, folded, and its last word: old_oid and categoryCode end in oid and code."""
    words = re.findall(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[^\x00-\x7f]+", plain(heading))
    return fold(heading), fold(words[-1]) if words else ""


def _column(entry: Mapping[str, Any]) -> KnownColumn:
    given = {key: entry[key] for key in ("property", "value", "list", "unit", "family", "datatype", "text", "title", "measure")
             if key in entry}
    return KnownColumn(entry["name"], frozenset(map(fold, entry.get("headings", ()))), frozenset(entry.get("standards", ())),
                       frozenset(map(fold, entry.get("endings", ()))), fellows=entry.get("with", 0), **given)


def known(words: DescribingWords, headings: Sequence[str], standards: Mapping[int, str]) -> dict[int, KnownColumn]:
    """Return what the columns of a table are known as, by place; `standards` are notations of recognised field standards."""
    found: dict[int, KnownColumn] = {}
    for place, heading in enumerate(headings):
        for column in words.columns:
            if fold(heading) in column.headings or standards.get(place) in column.standards \
                    or column.endings & set(last_words(heading)):
                found.setdefault(place, column)
    families = [column.family for column in found.values() if column.family]
    return {place: column for place, column in found.items()
            if not column.fellows or families.count(column.family) > column.fellows}
