"""Making an IRI of a URL as people write it (RFC 3987, section 2.2): what may not stand in it is percent-encoded."""

from __future__ import annotations

import re

_ALLOWED = (r"A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
            + "".join(f"{chr(plane * 0x10000)}-{chr(plane * 0x10000 + 0xFFFD)}" for plane in range(1, 14))
            + "\U000e1000-\U000efffd")
_REFUSED = re.compile(f"[^{_ALLOWED}]|%(?![0-9A-Fa-f]{{2}})")
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)(?://([^/?#]*))?([^#]*)(#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:[^\[\]@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:@]*)(?::[0-9]*)?")


def encode(text: str) -> str:
    """Return an absolute URL as an IRI an RDF parser takes. `%23` and its like stay as they are.

    Without a scheme there is nothing to make: the text comes back with its characters encoded, still no IRI.
    """
    text = _REFUSED.sub(lambda found: _percent(found[0]), text)
    found = _PARTS.fullmatch(text)
    if found is None:
        return text
    scheme, authority, path, fragment = found.groups()
    start = scheme
    if authority is not None:
        # A host or port that cannot be becomes a name that can: nothing is dropped, nothing is guessed.
        fits = _AUTHORITY.fullmatch(authority) is not None
        start += "//" + (authority if fits else re.sub(r"[\[\]:@]", lambda mark: _percent(mark[0]), authority))
    return start + _brackets(path) + ("#" + _brackets(fragment[1:]).replace("#", "%23") if fragment else "")


def _brackets(text: str) -> str:
    return text.replace("[", "%5B").replace("]", "%5D")


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))
