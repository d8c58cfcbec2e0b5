"""How many of some headings any form knows: by that the heading row of a table is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odlinked.mapping.forms import Form
from odlinked.mapping.headings import keys


def knowledge(forms: Sequence[Form]) -> Callable[[tuple[str, ...]], int]:
    """Return the function that counts how many of some headings the best matching form knows."""
    remarks = frozenset[str]().union(*(form.remarks for form in forms))

    def known(headings: tuple[str, ...]) -> int:
        found = {key for heading in headings for key in keys(heading, remarks)}
        return max((len({form.headings[key] for key in found & form.headings.keys()}) for form in forms), default=0)

    return known
