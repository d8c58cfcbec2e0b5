"""Annotation of the submitted workbook: faulty cells coloured and commented, everything else unchanged.

The package is edited part by part, not loaded and saved: an untouched part keeps every byte. In a worksheet only the style number
(`s`) of faulty cells changes; comments get a part and a drawing of their own, the styles a few more fills, and a sheet that lists
all findings is added (ECMA-376 part 1, SpreadsheetML; part 2, packages; part 4, VML of comments).
"""

from odlinked.quality.annotated.book import annotate
from odlinked.quality.annotated.findings_sheet import sheet_name
from odlinked.quality.annotated.opendocument import rewrite as rewrite_opendocument
from odlinked.quality.annotated.rewriting import Rewritten, rewrite
from odlinked.quality.annotated.texts import TextSheet, as_workbook

__all__ = ["Rewritten", "TextSheet", "annotate", "as_workbook", "rewrite", "rewrite_opendocument", "sheet_name"]
