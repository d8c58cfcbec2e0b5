"""Reports for people and machines: one check in the requested style.

`text` for a terminal, `json` and `csv` for programs and spreadsheets, `turtle` as a SHACL validation report, and for continuous
integration `sarif`, `junit`, `github` and `markdown`. The annotated workbook is in `annotated`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from odlinked.quality.report import Report

STYLES: Final = ("text", "json", "csv", "turtle", "sarif", "junit", "github", "markdown")


def write(style: str, report: Report, language: str = "zh-Hant", *, room: int = 110, most: int = 0) -> str:
    """Return the report in one of `STYLES`; text is `room` columns wide and has at most `most` entries a sheet (0 = all)."""
    # Imported here: words and widths of this package are asked for by many that write no report.
    from odlinked.quality.reports import github, junit, markdown, plain, sarif, text, turtle

    if style == "text":
        return text.write(report, language, room, most)
    writers: dict[str, Callable[[Report, str], str]] = {
        "json": plain.as_json, "csv": plain.as_csv, "turtle": lambda report, language: turtle.write(report),
        "sarif": sarif.write, "junit": junit.write, "github": github.write, "markdown": markdown.write,
    }
    return writers[style](report, language)
