"""Checking files without publishing them: every fault of every row, reported at its cell."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import RowOutcome
from odlinked.documents import Codec
from odlinked.findings import Fault, Finding, Issue
from odlinked.intake.arrivals import UNIQUE, UNMAPPED, Arrival, DocumentAccess
from odlinked.intake.bindings import bind
from odlinked.intake.changes import SourceUpdate
from odlinked.intake.identifiers import at_identifier
from odlinked.intake.rows import TableJob, Workshop, outcomes, row_key
from odlinked.mapping import forms
from odlinked.mapping.forms import Binding
from odlinked.mapping.gate import Passed
from odlinked.mapping.refine import MappingContext
from odlinked.mapping.verdicts import HELD, SEVERITY
from odlinked.persons import recognition
from odlinked.pool import Pool, cores
from odlinked.quality.report import Checked, Report
from odlinked.quality.rulebook import RuleBook
from odlinked.quality.shapes import Profile, Rule
from odlinked.settings import Settings
from odlinked.sheets.tables import TURNED, Table, column_letter, upright
from odlinked.validation.repairs import MOST, Repairs, settle

HEADING = "U85-heading"
"""The rule on misspelt headings."""

_ALONE = frozenset((UNIQUE, UNMAPPED, HEADING, *SEVERITY))
"""The rules on the collection that can be judged without what is published."""

_NOTHING = "there is no row below its headings: nothing was judged"
_NO_RECORD = "no row below its headings is a record: nothing was judged"


def check(files: Sequence[Path], form: str | None, profile: str | None, settings: Settings,
          progress: Callable[[str, int], None]) -> tuple[Report, list[str]]:
    """Return the report on files, and a line for each table or column that no form knows.

    Raise `InputError` or `FormError` where a file cannot be read or no table of it is on a known form.
    """
    assets = Assets(settings.overlays)
    token = profile or settings.publish.profile
    book = RuleBook(Profile.load(assets, token))
    checked: list[Checked] = []
    findings: list[Finding] = []
    arrivals: list[Arrival] = []
    jobs: list[TableJob] = []
    repairs: list[Repairs] = []
    read = [bind(path, name, form, settings, assets) for path, name in zip(files, _names(files), strict=True)]
    progress("rows", sum(bound.rows for bound in read))
    tables = [(path, *pair) for path, bound in zip(files, read, strict=True) for pair in bound.tables]
    with Pool(cores(settings.publish.workers)) as pool:
        for path, table, binding in tables:
            context = MappingContext(settings.catalog.base, "local", settings.catalog.timezone, settings.publish.public_keys)
            job = TableJob(assets, table.file, table.sheet, binding, context, token)
            jobs.append(job)
            workshop = Workshop(job)
            passed = workshop.mapper.gate.rows(table.rows())
            came = list(_arrivals(job, passed, len(jobs) - 1, pool, progress))
            arrivals += came
            checked.append(_checked(path, table, workshop, came))
            repairs.append(Repairs(workshop, table, came))
            findings += _headings(book, table, binding, assets)
    most = MOST
    for one in repairs:
        most = one.prove(most)
    settle(repairs, lambda others: _collection(_with(arrivals, others), settings))
    for arrival in arrivals:
        job, repair = jobs[arrival.input], repairs[arrival.input]
        findings.extend(book.repaired(book.finding(fault, job.file, job.sheet, arrival.row), repair.of(arrival.row, fault))
                        for fault in (arrival.outcome.faults if arrival.outcome else ()))
    findings.extend(_at_identifier(book, jobs[issue.input], issue) for issue in _collection(arrivals, settings)
                    if issue.fault.rule not in SEVERITY and (issue.fault.other or not issue.fault.node))
    return Report.of(book.profile, checked, findings), [note for bound in read for note in bound.notes]


def _headings(book: RuleBook, table: Table, binding: Binding, assets: Assets) -> list[Finding]:
    """Return the findings on headings that are misspelt, each at its cell; names of persons are not quoted."""
    rule, clean = book.profile.by_name.get(HEADING), recognition(assets).cleaner(alone=True)
    if rule is None:
        return []
    return [book.finding(Fault(rule.name, rule.severity, meant, value=clean(heading), column=column_letter(index),
                               heading=clean(heading)), table.file, table.sheet, table.header_row)
            for index, heading, meant in forms.meant(binding, binding.missing)]


def _names(files: Sequence[Path]) -> list[str]:
    """Return the names in findings: the file's own, with as many folders as distinguish files of the same name."""
    parts = [path.parts for path in files]
    names = []
    for own in parts:
        depth = 1
        while depth < len(own) and any(other != own and other[-depth:] == own[-depth:] for other in parts):
            depth += 1
        names.append(Path(*own[-depth:]).as_posix())
    return names


def _checked(path: Path, table: Table, workshop: Workshop, came: Sequence[Arrival]) -> Checked:
    """Return what was checked of a table, and what not and why. Rows held back are not records yet, but they are judged."""
    job, validator = workshop.job, workshop.validator
    judged = any(not _is_reported(arrival, SEVERITY.keys() - set(HELD)) for arrival in came)
    nothing = "" if judged else _NO_RECORD if came else _NOTHING
    records = sum(not _is_reported(arrival, SEVERITY) for arrival in came)
    carries = job.binding.carries
    kinds = {kind for kind, _ in carries}
    later = [rule for rule in validator.rules if rule.kind == "collection" and rule.name not in _ALONE]
    unchecked: list[Rule] = []
    elsewhere: list[Rule] = []
    for rule in validator.unchecked:
        if rule.target not in kinds:
            elsewhere.append(rule)
        else:
            (later if (rule.target, rule.path) in carries else unchecked).append(rule)
    header, _ = upright(table.header_row, "A")
    left = 0 if table.header_row > TURNED else next((place for place, heading in enumerate(table.headings) if heading), 0)
    return Checked(table.file, table.sheet, dict(job.binding.form.labels), records, tuple(unchecked), header,
                   tuple(elsewhere), tuple(later), path.as_posix(), table.places, unjudged=nothing, left=left)


def _arrivals(job: TableJob, rows: Iterator[Passed], number: int, pool: Pool,
              progress: Callable[[str, int], None]) -> Iterator[Arrival]:
    codec = Codec()
    places: list[int] = []

    def keyed() -> Iterator[tuple[bytes, Passed]]:
        for row in rows:
            places.append(row.number)
            yield row_key(b"check", row), row

    answers = outcomes(pool, job.pickled(), keyed(), lambda done: progress("check", done))
    for place, worked in enumerate(answers):
        outcome = RowOutcome.load(codec.unpack(worked.packed))
        yield Arrival(number, job.sheet, places[place], worked.key, outcome)


def _is_reported(arrival: Arrival, rules: Container[str]) -> bool:
    """True when the gate has reported a row by one of some rules: without any of all rules, it is a record, valid or not."""
    return arrival.outcome is not None and any(fault.rule in rules for fault in arrival.outcome.faults)


def _with(arrivals: Sequence[Arrival], others: Mapping[tuple[int, int], RowOutcome]) -> Sequence[Arrival]:
    """Return arrivals with other outcomes for some of their rows, by table and row."""
    return [one._replace(outcome=others.get((one.input, one.row), one.outcome)) for one in arrivals] if others else arrivals


def _collection(arrivals: Sequence[Arrival], settings: Settings) -> list[Issue]:
    """Return the faults of rows against each other, as a first publish of these files would find them."""
    words = DocumentAccess(lambda entry, arrival: b"", lambda made, renamed: made.hash)
    change = SourceUpdate({}, "local", settings.catalog.base, "", words)
    return change.apply(arrivals, full=True).issues


def _at_identifier(book: RuleBook, job: TableJob, issue: Issue) -> Finding:
    """Return the finding of a rule on the collection, at the cell of the identifier where the form has one."""
    return book.finding(at_identifier(issue.fault, job.binding), job.file, issue.sheet, issue.row)
