"""The cell at which a rule on the collection is reported: that of the identifier, or of the title where a form has none."""

from __future__ import annotations

from dataclasses import replace

from odlinked.findings import Fault
from odlinked.mapping.forms import Binding
from odlinked.namespaces import DCAT, DCTERMS, FOAF, ODL
from odlinked.sheets.tables import column_letter

_IDENTIFIERS = tuple((cls, DCTERMS + "identifier") for cls in (DCAT + "Dataset", FOAF + "Agent"))
_NAMED = (*_IDENTIFIERS, (DCAT + "Dataset", ODL + "formerCode"), (DCAT + "Dataset", DCTERMS + "title"))


def at_identifier(fault: Fault, binding: Binding) -> Fault:
    """Return a fault with the column and heading of the cell that names the row's record, as it is where there is none."""
    for pair in _NAMED:
        for column in binding.carries.get(pair, ()):
            return replace(fault, column=column_letter(column), heading=binding.headings[column])
    return fault
