"""Terms from a lenient parser, made valid RDF terms: addresses absolute and encoded, language tags well-formed."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urljoin

import pyoxigraph as ox

from odlinked.namespaces import RDF, XSD
from odlinked.rdf import ntriples
from odlinked.rdf.tags import language_tag

_SPACE: Final = "prospero:"
_HOST: Final = _SPACE + "//nowhere.invalid/"
_FOLDERS: Final = "0/1/2/3/4/5/6/7/"
_NAME: Final = "_"

BASE: Final = _HOST + _FOLDERS + _NAME
"""The base for relative addresses of a file that states none: an invalid host (RFC 6761, section 6.4) of a retired scheme (RFC
4157) that no file names, deep enough that `../..` stays below it. `as_written` reverses it."""

RELATIVE: Final = f"<{_SPACE}".encode()
"""How an address that was relative begins in N-Triples."""

UNDETERMINED: Final = "und"
"""The language of a text whose tag is meaningless (BCP 47, section 4.1, rule 5)."""

_STRINGS: Final = (XSD + "string", RDF + "langString", RDF + "dirLangString")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://[A-Za-z0-9.-]*)?(?:/[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?")


@lru_cache(maxsize=65_536)
def resolved(base: str, written: str) -> str:
    """Return an address as it is written, against a base, as it can be written in N-Triples."""
    return address(urljoin(base, written))


@lru_cache(maxsize=65_536)
def address(iri: str) -> str:
    """Return an IRI as it can be written: absolute, or if it is not, with forbidden characters percent-encoded."""
    if _PLAIN.fullmatch(iri):
        return iri
    if _SCHEME.match(iri) is None:
        iri = urljoin(BASE, iri)
    try:
        return str(ox.NamedNode(iri).value)
    except ValueError:
        return ntriples.encode(iri)


@lru_cache(maxsize=65_536)
def is_odd(iri: str) -> bool:
    """True when an IRI, relative or not, has characters that no IRI may have."""
    return address(iri) != (iri if _SCHEME.match(iri) else urljoin(BASE, iri))


def is_relative(iri: str) -> bool:
    """True when an address was relative and has no base."""
    return iri.startswith(_SPACE)


def as_written(text: str) -> str:
    """Return an IRI that was relative as it was written: `x`, `../x`, `/x`, `//host/x`, `#x`, `<>` for none; others stay."""
    if not text.startswith(_HOST):
        return text.removeprefix(_SPACE)
    path = text[len(_HOST):]
    folders = _FOLDERS.split("/")[:-1]
    parts = path.split("/")
    same = 0
    while same < len(folders) and same < len(parts) - 1 and parts[same] == folders[same]:
        same += 1
    if same == 0:
        return "/" + path
    name = "../" * (len(folders) - same) + "/".join(parts[same:])
    if same == len(folders) and re.match(r"_(?:[?#]|\Z)", name):
        return name[len(_NAME):] or "<>"
    return name if re.match(r"[^:?#/]+(?:[/?#]|\Z)", name) else "./" + name


@lru_cache(maxsize=4_096)
def is_tag(tag: str) -> bool:
    """True when a language tag is well-formed (BCP 47, section 2.2.9)."""
    try:
        ox.Literal("", language=tag)
    except ValueError:
        return False
    return tag.isascii()


@lru_cache(maxsize=4_096)
def mended(tag: str) -> str:
    """Return the language tag that was meant: `zh_TW` is `zh-TW`, `ar--rtl` is `ar`; "" where that is undecidable."""
    parts = [part for part in tag.replace("_", "-").partition("--")[0].split("-") if part]
    meant = "-".join(parts)
    return language_tag(meant) if meant and is_tag(meant) else ""


@lru_cache(maxsize=65_536)
def _label(label: str) -> str:
    """Return a blank node's label, or a new one for a label that cannot be written (JSON-LD allows any text)."""
    try:
        return str(ox.BlankNode(label).value)
    except ValueError:
        return "x" + hashlib.sha256(label.encode("utf-8", "replace")).hexdigest()


class StatementWriter:
    """Writes statements of a lenient parser as N-Triples lines, and remembers what it had to change.

    `odd`: the IRIs with characters that no IRI may have, `tags`: the invalid language tags, `directions`: the tags with a text
    direction (RDF 1.2), each in order of first occurrence.
    """

    def __init__(self) -> None:
        self.odd: dict[str, None] = {}
        self.tags: dict[str, None] = {}
        self.directions: dict[str, None] = {}

    def line(self, triple: Any) -> bytes:
        """Return a statement as a line without its line break."""
        line = f"{self._node(triple.subject)} {self._node(triple.predicate)} {self._node(triple.object)} ."
        return line.encode("utf-8", "replace")

    def _node(self, term: Any) -> str:
        if isinstance(term, ox.NamedNode):
            return f"<{self._address(term.value)}>"
        if isinstance(term, ox.BlankNode):
            return f"_:{_label(term.value)}"
        return self._literal(term)

    def _address(self, iri: str) -> str:
        if is_odd(iri):
            self.odd.setdefault(as_written(iri))
        return address(iri)

    def _literal(self, term: Any) -> str:
        tag = term.language
        if not tag:
            datatype = term.datatype.value
            if datatype in _STRINGS:  # `xml:lang=""` is read as an empty tag
                return ntriples.string(term.value)
            return ntriples.typed(term.value, self._address(datatype))
        if term.direction is not None:
            self.directions.setdefault(f"{tag}--{term.direction}")
        if not is_tag(tag):
            self.tags.setdefault(tag)
            tag = mended(tag) or UNDETERMINED
        return ntriples.tagged(term.value, tag)
