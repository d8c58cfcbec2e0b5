"""Where evidence and data standards meet: the values of a visited file are checked against the standards of its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odlinked.assets import Assets
from odlinked.evidence.inspection.shape import FieldCheck
from odlinked.evidence.observation import Declared, PersonalColumn, StandardField, Written
from odlinked.standards.check import FileCheck
from odlinked.standards.model import FieldDescription
from odlinked.standards.packs import load
from odlinked.standards.persons import Persons


class _Joined:
    """A check for `evidence`, done by `standards`."""

    def __init__(self, check: FileCheck, persons: Persons) -> None:
        self._check, self._persons = check, persons

    def begin(self, fields: Sequence[str]) -> bool:
        """Start over with these columns; return False where there are none."""
        self._check.begin(fields)
        self._persons.begin(fields)
        return bool(fields)

    def take(self, row_number: int, values: Sequence[str]) -> None:
        """Examine a row."""
        self._check.take(row_number, values)
        self._persons.take(values)

    def outcome(self) -> tuple[StandardField, ...]:
        """Return the results for the columns of standards. For a file that holds personal data, or names, no value is reported: a
        row whose cells are shifted puts them anywhere."""
        private = self._persons.named or bool(self._persons.outcome())
        return tuple(StandardField(one.name, one.standard, one.by, one.checked, one.failed,
                                   one.rows if private else one.quoted_failures, one.empty,
                                   tuple(Written(iri, count) for iri, count in one.notations.items()))
                     for one in self._check.outcome())

    def personal(self) -> tuple[PersonalColumn, ...] | None:
        """Return the columns that hold personal data, None where no values were passed in."""
        if not self._persons.begun:
            return None
        return tuple(PersonalColumn(one.name, one.kind, one.found, one.filled) for one in self._persons.outcome())

    def headless(self) -> bool:
        """True when what is in the place of the names is a person's data itself."""
        return self._persons.headless


def checks(assets: Assets) -> Callable[[Declared], FieldCheck]:
    """Return the function that makes a check for a distribution from what is declared of it. The packs are read once."""
    standards = load(assets)

    def check(declared: Declared) -> FieldCheck:
        described = [FieldDescription(one.name, one.uri, one.description) for one in declared.fields]
        return _Joined(standards.check(described), standards.persons())

    return check
