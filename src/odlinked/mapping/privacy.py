"""Which parts of a contact are published: office telephones and mailboxes of units."""

from __future__ import annotations

import re

from odlinked.folding import plain
from odlinked.persons import numbers

_OFFICE = re.compile(
    r"(?<![\d-])(?:\+?886[-\s]?\(?(?:0)?(?=[2-8])|\(?0(?=[2-8]))(?P<digits>\d{1,3}\)?[\s-]{0,2}\d{2,4}[\s-]?\d{3,4}|\d{8,9})(?!\d)"
    r"(?:\s*(?:#|\*|-|轉|分機|ext\.?|x)\s*(?P<extension>\d{1,6}))?", re.IGNORECASE)
_AREA = re.compile(r"80[09]|826|836|37|49|82|89|[2-8]")
_SERVICE = re.compile(
    r"(?:#|\*|-|轉|分機|ext\.?|x)\s*:?\s*\d+"  # an extension, whatever its digits
    r"|(?<![\d+(./])(?P<number>19\d\d)(?![\dA-Za-z])(?!\s*年|[-/.]\d{1,2}(?!\d|[-)])|([-/.])\d{1,2}\2\d)"
    r"(?:\s*(?:#|\*|-|轉|分機|ext\.?|x)\s*(?P<extension>\d{1,6}))?", re.IGNORECASE)
"""The four-digit numbers of public services, 1910 to 1999 (the citizens' hotline), where they are neither an extension nor a
year."""


def office_telephones(text: str) -> list[str]:
    """Return the office telephones in a text as `tel:` IRIs (RFC 3966); mobile numbers are left out.

    Land lines and toll-free numbers are in international form. Numbers of public services (1999), which are not part of the
    international plan, are local numbers of Taiwan: `tel:1999;ext=2800;phone-context=+886` (section 5.1.5).
    """
    written = _without_mobiles(plain(text))
    found = []
    for match in _OFFICE.finditer(written):
        digits = re.sub(r"\D", "", match["digits"])
        if not 8 <= len(digits) <= 9:
            continue
        area = _AREA.match(digits)
        iri = f"tel:+886-{area[0]}-{digits[area.end():]}" if area else f"tel:+886-{digits}"
        found.append(iri + _extension(match))
    found += [f"tel:{match['number']}{_extension(match)};phone-context=+886"
              for match in _SERVICE.finditer(_OFFICE.sub(" ", written)) if match["number"]]
    return list(dict.fromkeys(found))


def _extension(match: re.Match[str]) -> str:
    return f";ext={match['extension']}" if match["extension"] else ""


def _without_mobiles(text: str) -> str:
    """Return a plain text with a blank for each mobile number."""
    out, place = "", 0
    for start, end in numbers.mobiles(text):
        out, place = out + text[place:start] + " ", end
    return out + text[place:]
