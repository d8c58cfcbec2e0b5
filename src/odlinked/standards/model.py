"""A field standard, a column recognised as one, and the result of checking its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from odlinked.folding import plain
from odlinked.namespaces import CODE

RECOGNITION: Final = CODE + "recognition/"
"""How a column was recognised: `RECOGNITION + "name"`, see `ontologies/codes/recognition.ttl`."""


@dataclass(frozen=True)
class FieldDescription:
    """A column as described: its name, and the address of its standard and a description where given."""

    name: str
    uri: str = ""
    description: str = ""


@dataclass(frozen=True)
class StandardDatatype:
    """One way of writing the values of a field; `fits` takes a value without blanks at its ends."""

    iri: str
    fits: Callable[[str], bool] = field(repr=False, compare=False)


@dataclass(frozen=True)
class NonstandardWriting:
    """A common notation that no standard allows: failing values are reported as being written in it.

    `fits` takes a folded value that fails a standard. With `rewrite` the value counts as written so only where the result of
    `rewrite` fits the standard: its leading zero was lost, for instance.
    """

    iri: str
    fits: Callable[[str], bool] = field(repr=False, compare=False)
    rewrite: Callable[[str], str] | None = field(repr=False, compare=False, default=None)


@dataclass(frozen=True)
class Standard:
    """A field standard.

    `name` is its notation ("business-number"), `labels` language tag -> name, `names` what a whole field name may be, `endings`
    what it may end with, `exceptions` what it is not although it ends so, `addresses` its published addresses, `broader` the IRIs
    of standards whose names may be used for it, `related` of those it is easily mistaken for, `writings` the notations that
    failing values are recognised in. `personal`: its values are personal data; `quoted`: a value may be reported. Whether a
    standard waits to be compared with what is published (odl:toVerify) is no matter of checking but of judging: see `measure`.
    """

    iri: str
    name: str
    labels: Mapping[str, str] = field(repr=False)
    datatypes: tuple[StandardDatatype, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False, default=())
    endings: tuple[str, ...] = field(repr=False, default=())
    exceptions: tuple[str, ...] = field(repr=False, default=())
    addresses: tuple[str, ...] = field(repr=False, default=())
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    writings: tuple[NonstandardWriting, ...] = field(repr=False, default=())
    personal: bool = False
    quoted: bool = True

    def fits(self, text: str) -> bool:
        """True when a value (without blanks at its ends) is written in one of the allowed ways."""
        return any(datatype.fits(text) for datatype in self.datatypes)

    def notation_of(self, text: str) -> int | None:
        """Return the index of the first of `writings` that a failing value (without blanks at its ends) is written in."""
        folded = plain(text).strip()
        for index, one in enumerate(self.writings):
            if one.fits(folded) and (one.rewrite is None or self.fits(one.rewrite(folded))):
                return index
        return None


@dataclass(frozen=True)
class Recognised:
    """A column recognised as a standard field.

    `by` is a concept below `RECOGNITION`: an address is certain, a name or its ending probable. `named` is the standard that the
    column's name refers to, where its address is that of another one.
    """

    standard: str
    by: str
    name: str = ""
    named: str = ""


@dataclass(frozen=True)
class ColumnOutcome:
    """The result of checking a column. `column` is its index from 0.

    `failures` are the first ones: number of the row, and the value ("" where it is not reported: personal data). `written` counts
    the values by datatype IRI. `personal`: the values that fit are personal data. `like`: where no value fits, the related
    standard that all cached ones fit, or "". `notations` counts failed values by the IRI of the `NonstandardWriting` that they
    are in.
    """

    column: int
    name: str
    standard: str
    by: str
    checked: int
    failed: int
    empty: int
    failures: tuple[tuple[int, str], ...] = ()
    written: Mapping[str, int] = field(default_factory=dict)
    named: str = ""
    personal: bool = False
    like: str = ""
    notations: Mapping[str, int] = field(default_factory=dict)

    @property
    def doubtful(self) -> bool:
        """Whether no value at all fits: the column does not follow the standard that its name or address refers to."""
        return self.checked > 0 and self.failed == self.checked

    @property
    def quoted_failures(self) -> tuple[str, ...]:
        """The first failures as text: "row 17: value", or "row 17" where the value is not reported; only one for a doubtful
        column."""
        shown = self.failures[:1] if self.doubtful else self.failures
        return tuple(f"row {row}: {value}" if value else f"row {row}" for row, value in shown)

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows of the first failures as text, without any value: "row 17"."""
        return tuple(f"row {row}" for row, _ in self.failures)
