"""Reading a file and tying its tables to forms; what is left out is reported, never dropped silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from odlinked import inventory
from odlinked.assets import Assets
from odlinked.errors import FormError, printable
from odlinked.intake.empty_columns import without_emptied
from odlinked.mapping import forms, gate, known_headings, readings
from odlinked.persons import recognition
from odlinked.quality.reports import words
from odlinked.settings import Settings
from odlinked.sheets.tables import Row, Table, listed

_LISTED = 20
"""Most unknown columns that are named; of a table with more the rest are counted."""


@dataclass(frozen=True)
class Bound:
    """The tables of a file that are on a known form, and one line for each table or column that is left out.

    `rows` is how many rows these have as far as they were read already, which those with columns about persons were.
    """

    tables: list[tuple[Table, forms.Binding]]
    notes: list[str]
    rows: int = 0


def bind(path: Path, name: str, form: str | None, settings: Settings, assets: Assets) -> Bound:
    """Read a file and tie its tables to forms; raise `InputError`, or `FormError` where no table of it is on a known form."""
    known = forms.load_all(assets)
    # Headings are not prose: in a row of signatures taken for the headings of a table, names are separate texts.
    clean = recognition(assets).cleaner(alone=True)
    bound: list[tuple[Table, forms.Binding]] = []
    notes: list[str] = []
    problems: list[FormError] = []
    for table in inventory.read(path, settings.read, name, known_headings.knowledge(known)):
        place = f"{table.file} · {table.sheet}" if table.sheet else table.file
        if _is_code_lists(table, assets):
            continue  # the drop-downs of a form that `odlinked form` wrote
        if not table.headings:
            notes.append(f"{place}: no table in it, left out")
            continue
        if words.is_list(table.headings, assets):
            continue  # a workbook that `validate --annotate` gave back: what was added is not a submitted table
        try:
            found = readings.fitted(known, table, form)
        except FormError as problem:
            problems.append(FormError(clean(problem.why), doing=problem.doing, on=clean(problem.on), next_step=problem.next_step))
            notes.append(f"{place}: left out, {_why(problem, table, known)}")
            continue
        for part, binding, taken in found:
            binding, emptied = without_emptied(binding, part, assets)
            bound.append((part, binding))
            notes += [note for note in _told(place, binding, emptied, taken) if note not in notes]
    if not bound:
        raise problems[0] if problems else FormError("there is no table in it", doing="reading", on=name)
    read = count()
    persons = gate.persons(((_counted(table.rows(), read), binding) for table, binding in bound), assets)
    return Bound([(table, replace(binding, persons=persons)) for table, binding in bound],
                 [clean(printable(note)) for note in notes], next(read))


def _why(problem: FormError, table: Table, known: Sequence[forms.Form]) -> str:
    """Return why a table is on no form; signatures below one, say, are not told which form has headings like theirs."""
    if next(iter(table.rows()), None) is not None or any(forms.bind(form, table).known for form in known):
        return problem.why
    return f"row {table.header_row} has no heading of a form, and there are no rows below it"


def _told(place: str, binding: forms.Binding, emptied: Sequence[str], taken: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield what is to be told of a table's columns: those taken as empty, those that are not in it, those no form knows."""
    if taken:
        said = [f"{heading} {text}" for heading, text in taken]
        yield (f"{place}: columns that are not in the table are taken from its lines or as the form {binding.form.name} has "
               f"them: {listed(said)}")
    if emptied:
        yield (f"{place}: columns empty in the whole table say nothing: what is known stays, rules on them are not "
               f"checked: {listed(emptied, _LISTED)}")
    unknown = [f"{forms.cell(binding, index)} {heading}" for index, heading in binding.unknown if heading]
    if unknown:
        similar = [f"{yours} ~ {ours}" for _, yours, ours in forms.meant(binding)]
        yield (f"{place}: columns the form {binding.form.name} does not know are not mapped: "
               f"{listed(unknown, _LISTED)}" + (f"; perhaps {listed(similar, _LISTED)}" if similar else ""))


def _counted(rows: Iterator[Row], read: Iterator[int]) -> Iterator[Row]:
    """Yield rows, and count them in `read`."""
    return (row for row, _ in zip(rows, read, strict=False))


def _is_code_lists(table: Table, assets: Assets) -> bool:
    """True for a sheet that begins with nothing but the IRIs of code lists: they stand below."""
    first = [text for text in (table.titles[0].cells if table.titles else table.headings) if text]
    if not first or not all("://" in text for text in first):
        return False
    from odlinked.quality import suggestions  # hardly any table comes this far

    return all(text in suggestions.load(assets).schemes for text in first)
