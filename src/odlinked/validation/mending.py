"""A file with its certain repairs written in, and the proof: it is checked once more before anything is handed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from odlinked.errors import InputError
from odlinked.findings import Finding
from odlinked.quality.annotated import Rewritten
from odlinked.quality.report import Report
from odlinked.settings import Settings
from odlinked.validation import inventories, marked
from odlinked.whole_file import replacing


def mend(report: Report, file: Path, name: str, target: Path, language: str, settings: Settings, form: str | None = None,
         profile: str | None = None) -> Rewritten:
    """Write `file`, which the findings of `report` call `name`, with what is certain; return what was written.

    What the written file is: `validation.marked.given_back`.

    `form` and `profile` are those the report was made with. `target` is written whole or not at all, and not where nothing is
    certain. Raise `InputError` where the file cannot be preserved, and where the result does not lack exactly the findings that
    were written.
    """
    with replacing(target, "mending") as part:
        with part.open("wb") as made:
            done = marked.mend(report, file, name, made, language, settings.read)
        if not done.written:
            part.unlink()
            return done
        again, _ = inventories.check([part], form, profile, settings, _silently)
        before = _places(one for one in report.findings if one.file == name)
        if _places(again.findings) != before - _places(done.written):
            raise InputError("checked again, the mended file has other findings than expected", doing="mending", on=name,
                             next_step="Mend the cells by hand, and report this file")
    return done


def _places(findings: Iterable[Finding]) -> Counter[tuple[int, str, int, str]]:
    """Return rule and cell of findings; the sheet of a delimited file is another one in a workbook."""
    return Counter((one.row, one.column, one.member, one.rule) for one in findings)


def _silently(_stage: str, _done: int) -> None:
    """Tell no progress."""


def left(done: Rewritten) -> Sequence[tuple[str, str]]:
    """Return the cells that were left as they are, each with the reason."""
    return list(dict.fromkeys((f"{one.repair.column}{one.row}", why) for one, why in done.left if one.repair))


def changes(done: Rewritten) -> Sequence[tuple[str, str, str]]:
    """Return the cells that were written, each with what it said and what it says."""
    return list(dict.fromkeys((f"{one.repair.column}{one.row}", one.repair.written, one.repair.instead)
                              for one in done.written if one.repair))
