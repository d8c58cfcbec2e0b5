"""What came instead of data: a login page, an error page or message, a download page."""

from __future__ import annotations

import html
import re
from typing import Final

from odlinked.evidence.inspection.codes import InspectionCodes
from odlinked.folding import fold

_PASSWORD: Final = re.compile(r"""<input\b[^>]{0,500}?\btype\s*=\s*["']?password\b""", re.IGNORECASE)
_TITLES: Final = re.compile(r"<(title|h1|h2)\b[^>]{0,500}>(.{0,500}?)</\1>", re.IGNORECASE | re.DOTALL)
_HIDDEN: Final = re.compile(r"<(script|style|head|noscript)\b.*?</\1>|<!--.*?-->|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_FILES: Final = ("application/vnd.", "application/octet-stream", "application/msexcel", "application/ms-excel",
                 "application/x-msexcel", "application/download", "application/force-download", "application/x-download")
_LOOKED_AT: Final = 20_000
"""Characters of a page whose visible text is examined."""

_SHORT: Final = 200
"""Up to this many characters, the visible text of a page, or a plain text, can be nothing but a message."""


def of_page(text: str, content_type: str, codes: InspectionCodes, *, declared: bool) -> str:
    """Return the notation of the delivery of an HTML text.

    A page is the data itself where HTML is `declared`, or where the server sends it as a file (tables in HTML are still published
    as .xls). A declared page that shows more than a message is not an error, whatever its title.
    """
    titles = [fold(_shown(match[2])) for match in _TITLES.finditer(text)]
    if _PASSWORD.search(text) or _has_sign("login", titles, codes):
        return "login"
    shown = _shown(text[:_LOOKED_AT])
    short = len(shown) <= _SHORT
    telling = [*(titles if short or not declared else ()), *((fold(shown),) if short else ())]
    if _has_sign("error-page", telling, codes):
        return "error-page"
    if declared or content_type.lower().lstrip().startswith(_FILES):
        return "direct"
    return "page"


def of_plain(text: str, codes: InspectionCodes) -> str:
    """Return the notation of the delivery of a text that is not a table: a short one can be an error message."""
    plain = text.strip()
    return "error-message" if len(plain) <= _SHORT and _has_sign("error-message", [fold(plain)], codes) else "direct"


def _has_sign(notation: str, texts: list[str], codes: InspectionCodes) -> bool:
    return any(sign in text for text in texts for sign in codes.signs.get(notation, ()))


def _shown(markup: str) -> str:
    """Return the visible text of a piece of HTML."""
    return re.sub(r"\s+", " ", html.unescape(_HIDDEN.sub(" ", markup))).strip()
