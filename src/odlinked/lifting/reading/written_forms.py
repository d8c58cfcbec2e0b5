"""The ways in which values are written, and which of them a value does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from odlinked.csvw.datatypes import Datatype
from odlinked.lifting.reading import roc

_DIGIT: Final = re.compile("[0-9]")
_DIGITLESS: Final = re.compile(r"\D*")
_OTHER_DIGIT: Final = re.compile(r"[^\D0]")
_MEMO: Final = 16_384
_MEMO_LENGTH: Final = 64


@dataclass(frozen=True)
class WrittenForm:
    """A way in which values are written: the datatype as in a description, its kind, and whether years are ROC years."""

    described: Mapping[str, Any]
    datatype: Datatype = field(repr=False)
    kind: str
    roc: bool = False
    only: re.Pattern[str] | None = field(repr=False, default=None)

    def fits(self, text: str) -> bool:
        """True when a value is written so."""
        if self.only is not None and self.only.fullmatch(text) is None:
            return False
        if self.roc:
            iso = roc.iso(text)
            return iso is not None and self.datatype.holds(iso)
        return self.datatype.holds(text)

    def may_fit(self, shape: str) -> bool:
        """False when no value of a shape (a value with 0 for each digit) is written so, whatever its digits are."""
        if _DIGITLESS.fullmatch(shape):
            return self.fits(shape)
        if self.datatype.builtin.kind == "number" or (self.datatype.date is not None and not self.roc):
            return self.datatype.lexical(shape) is not None
        if self.datatype.truth is not None:
            return shape in [_DIGIT.sub("0", word) for word in self.datatype.truth]
        if self.datatype.builtin.kind != "date" or _OTHER_DIGIT.search(shape):
            return True
        ones = shape.replace("0", "1")  # eleven is a month, a day, an hour, a minute and a year of any calendar
        check = self.datatype.builtin.check
        return roc.iso(ones) is not None if self.roc else check is None or check(ones)


class WrittenForms(Sequence[WrittenForm]):
    """The ways of writing in their order; of each shape it is remembered which of them are worth trying."""

    def __init__(self, forms: Sequence[WrittenForm]) -> None:
        self._forms, self._all = tuple(forms), tuple(range(len(forms)))
        self._shapes: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._forms)

    def __iter__(self) -> Iterator[WrittenForm]:
        return iter(self._forms)

    def __getitem__(self, place: Any) -> Any:
        return self._forms[place]

    def misfits(self, text: str) -> tuple[int, ...]:
        """Return the places of the ways in which a value is not written."""
        shape = _DIGIT.sub("0", text)
        worth = self._shapes.get(shape)
        if worth is None:
            worth = tuple(place for place, form in enumerate(self._forms) if form.may_fit(shape))
            if len(self._shapes) >= _MEMO:
                self._shapes.clear()
            if len(shape) <= _MEMO_LENGTH:
                self._shapes[shape] = worth
        fits = {place for place in worth if self._forms[place].fits(text)}
        return tuple([place for place in self._all if place not in fits]) if fits else self._all
