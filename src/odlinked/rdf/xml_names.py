"""What XML can represent: which predicates have a name, so that RDF/XML can write them (RDF 1.1 XML Syntax, section 7.2.14), and
which characters a text may have (XML 1.0, section 2.2).

Standard library only: the sandboxed worker imports this module.
"""

from __future__ import annotations

import re
from typing import Final

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""A character that no XML can have, not even as a reference."""

_CHARACTERS = r"A-Za-z_\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef" \
              r"\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_END = rf"[{_CHARACTERS}][{_CHARACTERS}.0-9\xb7\u0300-\u036f\u203f\u2040-]*\Z"
"""The longest end of an IRI that is a name in XML 1.0, fifth edition: what the engine takes."""

_COMMON = r"A-Za-z_\xc0-\xd6\xd8-\xf6\xf8-\xff\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"
_READ = rf"[{_COMMON}][{_COMMON}.0-9-]*\Z"
"""Names in Latin letters, kana, Chinese characters and hangul that are also names in the fourth edition, which most parsers
follow."""

_RESERVED: Final = frozenset(RDF + name for name in (
    "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "bagID", "aboutEach", "aboutEachPrefix", "li",
    "Description",
))
"""Words of the syntax itself: `rdf:li` would be read as `rdf:_1`, the others not at all."""

_SPACES: Final = ("http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace")
"""Reserved namespaces of XML (Namespaces in XML 1.0, section 3)."""

_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


class Unwritable(Exception):
    """Something that the requested format cannot represent; its text says what."""


def split(predicate: str) -> tuple[str, str] | None:
    """Return the namespace and the local name of a predicate's element, None where there is none."""
    found = re.search(_END, predicate)  # compiled, and kept, where a predicate is first split: a publish splits none
    if found is None or predicate in _RESERVED or not re.match(_READ, found[0]):
        return None
    space = predicate[:found.start()]
    return (space, found[0]) if space and space not in _SPACES else None


def usable(prefix: str, space: str) -> bool:
    """True when a prefix may be declared for a namespace in RDF/XML."""
    own = prefix.lower().startswith("xml") or prefix in ("rdf", "its", "oxprefix")
    return bool(_PREFIX.match(prefix)) and not own and bool(space) and space not in _SPACES
