"""The clerk's own workbook back: faulty cells coloured and commented, everything else as it was.

The package is edited part by part, not loaded and saved: an untouched part keeps every byte. Of a worksheet only the style
number (`s`) of faulty cells changes; comments get their own part and drawing, styles a few fills, and a sheet that lists all
findings is added (ECMA-376 part 1, SpreadsheetML; part 2, packages; part 4, VML of comments).
"""

from odlinked.quality.annotated.book import annotate
from odlinked.quality.annotated.findings_sheet import is_list, sheet_name
from odlinked.quality.annotated.texts import as_workbook

__all__ = ["annotate", "as_workbook", "is_list", "sheet_name"]
