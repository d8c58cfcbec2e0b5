"""Where evidence and data standards meet: the values of a visited file are held against the standards of its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odlinked.assets import Assets
from odlinked.evidence.inspection.shape import FieldCheck
from odlinked.evidence.observation import Declared, StandardField
from odlinked.standards.checking import FileCheck
from odlinked.standards.model import Field
from odlinked.standards.packs import load


class _Joined:
    """A check of the evidence room done by the standards room."""

    def __init__(self, check: FileCheck) -> None:
        self._check = check

    def begin(self, fields: Sequence[str]) -> bool:
        """Start over with these columns; return False where none of them is a standard's."""
        return self._check.begin(fields)

    def take(self, row_number: int, values: Sequence[str]) -> None:
        """Look at a row."""
        self._check.take(row_number, values)

    def outcome(self) -> tuple[StandardField, ...]:
        """Return what was found."""
        return tuple(StandardField(one.name, one.standard, one.by, one.checked, one.failed, one.told)
                     for one in self._check.outcome())


def checks(assets: Assets) -> Callable[[Declared], FieldCheck]:
    """Return what makes a check for a distribution out of what is declared of it. The packs are read once."""
    standards = load(assets)

    def check(declared: Declared) -> FieldCheck:
        return _Joined(standards.check([Field(one.name, one.uri, one.description) for one in declared.fields]))

    return check
