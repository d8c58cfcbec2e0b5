"""Readers: tables out of spreadsheets and delimited files as agencies keep them.

The one door to tables is `read`; `check_file` refuses what is no file, or too large, before it is opened; `tell` says what a
file is, and `every_row` gives a delimited one as it stands. A table knows its place (file, sheet, row numbers as a spreadsheet
shows them), and every row that shows something is in a table, among its titles and notes, or refused.
"""

from odlinked.inventory.files import read
from odlinked.sheets.caps import check_file
from odlinked.sheets.delimited import every_row
from odlinked.sheets.kinds import tell

__all__ = ["check_file", "every_row", "read", "tell"]
