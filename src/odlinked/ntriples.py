"""N-Triples terms (RDF 1.2 N-Triples, section 4): the one writer of terms made of text from outside.

What these functions return is one term whatever the text: no quote, bracket or line break in it ends the term or the line.
"""

from __future__ import annotations

import re
from typing import Final

_ALLOWED = (r"A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
            + "".join(f"{chr(plane * 0x10000)}-{chr(plane * 0x10000 + 0xFFFD)}" for plane in range(1, 14))
            + "\U000e1000-\U000efffd")
_REFUSED = re.compile(f"[^{_ALLOWED}]|%(?![0-9A-Fa-f]{{2}})")
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)(?://([^/?#]*))?([^#]*)(#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:[^\[\]@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:@]*)(?::[0-9]*)?")
SPECIAL: Final = re.compile('["\\\\\x00-\x1f\x7f\ufffe\uffff]')
"""What a literal's text cannot have as it is (canonical form)."""
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_TAG: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def iri(text: str) -> str:
    """Return an IRI between angle brackets; a character it may not have is percent-encoded (`encode`)."""
    return f"<{encode(text)}>"


def string(text: str) -> str:
    """Return a plain literal. Lone surrogates, which no UTF-8 text can hold, stay: encode the line with "replace"."""
    return f'"{escape(text)}"'


def tagged(text: str, language: str) -> str:
    """Return a literal with a language tag; raise `ValueError` for what is no tag (BCP 47: letters, digits and hyphens)."""
    if _TAG.fullmatch(language) is None:
        raise ValueError(f"{language!r} is no language tag")
    return f'"{escape(text)}"@{language}'


def typed(text: str, datatype: str) -> str:
    """Return a literal of a datatype, an IRI; raise `ValueError` for one that cannot be written as it is."""
    if encode(datatype) != datatype:
        raise ValueError(f"{datatype!r} cannot be written as an IRI")
    return f'"{escape(text)}"^^<{datatype}>'


def escape(text: str) -> str:
    """Return text as it stands between the quotes of a canonical N-Triples literal."""
    if SPECIAL.search(text) is None:
        return text
    return SPECIAL.sub(lambda found: _NAMED.get(found[0]) or f"\\u{ord(found[0]):04X}", text)


def encode(text: str) -> str:
    """Return an absolute URL, as people write it, as an IRI an RDF parser takes (RFC 3987, section 2.2).

    What may not stand in it is percent-encoded; `%23` and its like stay as they are. Without a scheme there is nothing to
    make: the text comes back with its characters encoded, still no IRI.
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
