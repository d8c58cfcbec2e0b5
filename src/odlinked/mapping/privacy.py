"""What of a contact is published: office telephones and mailboxes of units."""

from __future__ import annotations

import re

from odlinked.assets import Assets
from odlinked.folding import plain
from odlinked.persons import numbers, recognition

_OFFICE = re.compile(
    r"(?<![\d-])(?:\+?886[-\s]?\(?(?:0)?(?=[2-8])|\(?0(?=[2-8]))(?P<digits>\d{1,3}\)?[\s-]{0,2}\d{2,4}[\s-]?\d{3,4}|\d{8,9})(?!\d)"
    r"(?:\s*(?:#|\*|-|轉|分機|ext\.?|x)\s*(?P<extension>\d{1,6}))?", re.IGNORECASE)
_AREA = re.compile(r"826|836|37|49|82|89|[2-8]")


def office_telephones(text: str) -> list[str]:
    """Return the land lines in a text as `tel:` IRIs (RFC 3966) in international form; mobile numbers are no office."""
    found = []
    for match in _OFFICE.finditer(_without_mobiles(plain(text))):
        digits = re.sub(r"\D", "", match["digits"])
        if not 8 <= len(digits) <= 9:
            continue
        area = _AREA.match(digits)
        iri = f"tel:+886-{area[0]}-{digits[area.end():]}" if area else f"tel:+886-{digits}"
        if match["extension"]:
            iri += f";ext={match['extension']}"
        if iri not in found:
            found.append(iri)
    return found


def redacted(text: str) -> str:
    """Return a text without persons, by the bundled words: see `odlinked.persons`."""
    return recognition(Assets()).cleaned(text)


def _without_mobiles(text: str) -> str:
    """Return a plain text with a blank for each mobile number."""
    out, place = "", 0
    for start, end in numbers.mobiles(text):
        out, place = out + text[place:start] + " ", end
    return out + text[place:]
