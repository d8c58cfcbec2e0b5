"""Readers: tables from spreadsheets and delimited files as agencies keep them.

`read` is the entry point for tables; `check_file` refuses what is not a regular file, or too large, before it is opened; `detect`
determines what kind of file it is, and `every_row` returns a delimited file as it is. A table knows its place (file, sheet, row
numbers as a spreadsheet shows them), and every non-blank row is in a table, among its titles and notes, or refused.
"""

from odlinked.inventory.files import read
from odlinked.sheets.caps import check_file
from odlinked.sheets.delimited import every_row
from odlinked.sheets.kinds import detect

__all__ = ["check_file", "detect", "every_row", "read"]
