"""Readers: tables out of spreadsheets and delimited files as agencies keep them.

The one door is `read`. A table knows its place (file, sheet, row numbers as a spreadsheet shows them), and every row that shows
something is in a table, among its titles and notes, or refused.
"""

from odlinked.inventory.files import read

__all__ = ["read"]
