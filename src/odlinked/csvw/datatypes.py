"""A datatype description: what a column's strings are read as, and the constraints on their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from odlinked.csvw.builtins import BUILTINS, VERBATIM, Builtin
from odlinked.csvw.dateformats import DateFormat
from odlinked.csvw.numberformats import NumberFormat
from odlinked.csvw.order import Key, before, key, not_after

_FREE_NUMBER = NumberFormat()
_INEXACT = frozenset({"double", "float", "number"})
_CHARACTERS = frozenset({"string", "binary"})


@dataclass(frozen=True)
class Datatype:
    """A datatype (Metadata Vocabulary, section 5.11.2), its format already read.

    `base` is a built-in name; `id` the IRI the datatype is published under, if it has one. At most one of `number`, `date`,
    `truth` (the words for true and false) and `expression` (a regular expression the whole string must match) is set, as the
    base's kind has it. Bounds are lexical forms of the base; `values` keeps the document's original values.
    """

    base: str = "string"
    id: str = ""
    name: str = ""
    number: NumberFormat | None = None
    date: DateFormat | None = None
    truth: tuple[str, str] | None = None
    expression: re.Pattern[str] | None = None
    length: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_inclusive: str | None = None
    max_inclusive: str | None = None
    min_exclusive: str | None = None
    max_exclusive: str | None = None
    format: object = field(default=None, hash=False)

    @property
    def builtin(self) -> Builtin:
        """The built-in datatype under this one."""
        return BUILTINS[self.base]

    @cached_property
    def iri(self) -> str:
        """The IRI a literal of this datatype carries: its own, else that of its base."""
        return self.id or self.builtin.iri

    @property
    def verbatim(self) -> bool:
        """Whether white space is kept (Model, section 6.4, steps 1 and 2)."""
        return self.base in VERBATIM

    @property
    def ordered(self) -> bool:
        """Whether values have an order, to which minimum and maximum can refer."""
        return self.builtin.kind in ("number", "date", "duration")

    def key(self, lexical: str) -> Key:
        """Return the position of a valid lexical form in the datatype's order."""
        return key(self.builtin.kind, self.base not in _INEXACT, lexical)

    def read(self, text: str) -> tuple[str, str]:
        """Return the lexical form of a string and "" or, where it is not such a value, the string itself and why."""
        lexical = self.lexical(text)
        if lexical is None:
            return text, f"{_shown(text)} is not written as the format of {self.base} asks"
        check = self.builtin.check
        if check is not None and not check(lexical):
            return text, f"{_shown(text)} is not a valid {self.base}"
        for constraint in self._constraints:
            why = constraint(lexical)
            if why:
                return text, f"{_shown(text)} {why}"
        return lexical, ""

    def holds(self, text: str) -> bool:
        """True where a string is such a value: `read` without saying why not."""
        lexical = self.lexical(text)
        if lexical is None:
            return False
        check = self.builtin.check
        return (check is None or check(lexical)) and not any(constraint(lexical) for constraint in self._constraints)

    @property
    def unconstrained(self) -> bool:
        """Whether every string is a value as it is."""
        return self.builtin.kind == "string" and self.builtin.check is None and self.expression is None \
            and not self._constraints

    def lexical(self, text: str) -> str | None:
        """Return the lexical form of a string as far as its format goes; None where it is not written as the format asks."""
        kind = self.builtin.kind
        if kind == "number":
            return (self.number or _FREE_NUMBER).read(text)
        if self.date is not None:
            return self.date.read(text)
        if self.truth is not None:
            return {self.truth[0]: "true", self.truth[1]: "false"}.get(text)
        if kind == "boolean":
            return {"1": "true", "0": "false"}.get(text, text)
        if self.expression is not None and self.expression.fullmatch(text) is None:
            return None
        return text

    @cached_property
    def _constraints(self) -> tuple[Callable[[str], str], ...]:
        found: list[Callable[[str], str]] = []
        if self.builtin.kind in _CHARACTERS and (self.length, self.min_length, self.max_length) != (None, None, None):
            found.append(self._length_fault)
        if self.ordered:
            for bound, test, words in (
                (self.min_inclusive, lambda value, edge: not_after(edge, value), "is less than"),
                (self.max_inclusive, not_after, "is more than"),
                (self.min_exclusive, lambda value, edge: before(edge, value), "is not more than"),
                (self.max_exclusive, before, "is not less than"),
            ):
                if bound is not None:
                    found.append(self._bound_fault(bound, test, words))
        return tuple(found)

    def _bound_fault(self, bound: str, test: Callable[[Key, Key], bool], words: str) -> Callable[[str], str]:
        edge = self.key(bound)
        return lambda lexical: "" if test(self.key(lexical), edge) else f"{words} {bound}"

    def _length_fault(self, lexical: str) -> str:
        """Check the length: characters of a string, bytes of binary data (Metadata Vocabulary, section 5.11.2)."""
        size = len(lexical)
        if self.builtin.kind == "binary":
            packed = lexical.replace(" ", "")
            size = len(packed) // 2 if self.base == "hexBinary" else len(packed.rstrip("=")) * 3 // 4
        if self.length is not None and size != self.length:
            return f"has length {size}, not {self.length}"
        if self.min_length is not None and size < self.min_length:
            return f"has length {size}, less than {self.min_length}"
        if self.max_length is not None and size > self.max_length:
            return f"has length {size}, more than {self.max_length}"
        return ""


def _shown(text: str) -> str:
    """Quote a value for a message, shortened where it is long."""
    return repr(text if len(text) <= 60 else text[:57] + "…")


STRING = Datatype()
"""The datatype of a column without one."""
