"""A document as RDF/XML (RDF 1.1 XML Syntax), by the writer of `odlinked.rdf.streams`: unchanged, or refused by name.

XML 1.0 cannot carry most control characters, and a property whose IRI does not end in an XML name has no element: such a graph is
refused by name rather than changed. A page of many records is not refused because of one of them: there the character is
replaced, the statement left out, and a comment at the top reports it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import pyoxigraph as ox

from odlinked.errors import OdlinkedError
from odlinked.rdf import streams, xml_names

_SPACE: Final = re.compile(rb' xmlns:[^=>]+="[^">]*"')
_TAG: Final = re.compile(rb'"@([A-Za-z0-9-]+) \.$', re.MULTILINE)


def write(ntriples: bytes, prefixes: Mapping[str, str], first: Iterable[str] = (), whole: bool = True) -> bytes:
    """Return N-Triples text as RDF/XML, the statements of a subject together, subjects named in `first` (IRIs) first.

    Where XML cannot represent all of it, raise `OdlinkedError` if it must be `whole`, else write what is possible and report what
    is missing.
    """
    subjects: dict[str, list[ox.Triple]] = {f"<{iri}>": [] for iri in first}
    for quad in ox.parse(ntriples, format=ox.RdfFormat.N_TRIPLES, lenient=True):
        subjects.setdefault(str(quad.subject), []).append(quad.triple)
    triples = [triple for together in subjects.values() for triple in together]
    used = {named[0] for named in (xml_names.split(triple.predicate.value) for triple in triples) if named}
    tags = {tag.lower(): tag for tag in (found.decode() for found in _TAG.findall(ntriples))}
    prefixes = {prefix: space for prefix, space in prefixes.items() if space in used}
    mended = _Mended()
    out = io.BytesIO()
    try:
        streams.write(triples if whole else mended.all(triples), "rdf", out, prefixes, lambda tag: tags.get(tag.lower(), tag))
    except xml_names.Unwritable as problem:
        raise OdlinkedError(f"it cannot be written ({problem})",
                            doing="writing RDF/XML", next_step="Ask for Turtle, JSON-LD or N-Triples") from problem
    head, root, body = out.getvalue().split(b"\n", 2)
    # The engine declares namespaces in random order, and one that is unused: sorted, so that equal documents are equal bytes.
    spaces = sorted(space for space in _SPACE.findall(root) if not space.startswith(b" xmlns:its="))
    return b"\n".join((head, mended.missing().encode() + b"<rdf:RDF" + b"".join(spaces) + root[root.index(b">"):], body))


class _Mended:
    """Passes on the statements that XML can represent; counts the characters it replaced and the statements it left out, by
    property."""

    def __init__(self) -> None:
        self.replaced = 0
        self.left: dict[str, int] = {}

    def all(self, triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
        """Yield the statements that XML can represent, with unrepresentable characters of their terms replaced."""
        for triple in triples:
            predicate = triple.predicate.value
            if xml_names.split(predicate) is None:
                self.left[predicate] = self.left.get(predicate, 0) + 1
            else:
                yield ox.Triple(self._node(triple.subject), triple.predicate, self._object(triple.object))

    def _node(self, term: Any) -> Any:
        """Return an address with what XML cannot carry percent-encoded, which identifies the same resource (RFC 3987, section
        3.1)."""
        if isinstance(term, ox.NamedNode) and xml_names.UNWRITABLE.search(term.value):
            return ox.NamedNode(xml_names.UNWRITABLE.sub(lambda found: quote(found[0]), term.value))
        return term

    def _object(self, term: Any) -> Any:
        """Return a text with what XML cannot carry replaced (U+FFFD, "replacement character")."""
        if not isinstance(term, ox.Literal):
            return self._node(term)
        text, count = xml_names.UNWRITABLE.subn("\ufffd", term.value)
        self.replaced += count
        if not count:
            return term
        return ox.Literal(text, language=term.language) if term.language else ox.Literal(text, datatype=term.datatype)

    def missing(self) -> str:
        """Return a comment that reports what was changed, "" where nothing was."""
        notes = [f"{self.replaced} characters that XML 1.0 cannot carry stand as U+FFFD"] if self.replaced else []
        notes += [f"{count} statements with <{iri}> are left out: it has no XML name" for iri, count in sorted(self.left.items())]
        text = "; ".join(notes).replace("--", "-%2D")  # no comment holds two hyphens (XML 1.0, section 2.5)
        hint = "Turtle, JSON-LD and N-Triples hold everything."
        return f"<!-- {xml_names.UNWRITABLE.sub('?', text)}. {hint} -->\n" if notes else ""
