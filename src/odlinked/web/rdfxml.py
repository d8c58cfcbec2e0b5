"""RDF/XML from N-Triples, every literal's spelling kept (RDF 1.1 XML Syntax).

XML 1.0 cannot carry most control characters, and a property whose IRI does not end in an XML name has no element: such a
graph is refused by name rather than changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from odlinked.errors import OdlinkedError
from odlinked.namespaces import RDF, XSD
from odlinked.web.terms import Node, parse

_NAME_END = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*\Z")
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAKEN: Final = frozenset(RDF + name for name in (
    "RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "aboutEach", "aboutEachPrefix", "bagID",
    "li"))
"""What has a meaning of its own as an element (section 6.1.4), so that a property of that name cannot be written."""

_RESERVED: Final = ("http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace")
"""Namespaces no prefix may stand for (Namespaces in XML, section 3)."""

_KEEP: Final = {"\r": "&#13;"}


def write(ntriples: bytes, prefixes: Mapping[str, str], first: Iterable[str] = ()) -> bytes:
    """Return N-Triples text as RDF/XML, subjects named in `first` (IRIs) first; raise `OdlinkedError` where XML cannot."""
    subjects: dict[str, list[tuple[str, Node]]] = {}
    kinds: dict[str, Node] = {}
    for subject, predicate, term in parse(ntriples):
        kinds.setdefault(subject.value, subject)
        subjects.setdefault(subject.value, []).append((predicate, term))
    names = _Elements(prefixes)
    top = {iri: place for place, iri in enumerate(first)}
    blocks = []
    for iri in sorted(subjects, key=lambda iri: top.get(iri, len(top))):
        blocks.append(f"  <rdf:Description {names.reference(kinds[iri], 'about')}>")
        blocks += [names.property(predicate, term) for predicate, term in subjects[iri]]
        blocks.append("  </rdf:Description>")
    spaces = "".join(f"\n  xmlns:{prefix}={quoteattr(space)}" for space, prefix in sorted(names.used.items(), key=lambda i: i[1]))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n' + "\n".join(blocks) + "\n</rdf:RDF>\n"
    return text.encode("utf-8")


class _Elements:
    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.known = {namespace: prefix for prefix, namespace in prefixes.items()}
        self.used = {RDF: "rdf"}
        self.labels: dict[str, str] = {}

    def element(self, iri: str) -> str:
        """Return the qualified name of a property."""
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        found = _NAME_END.search(iri, cut)
        if found is None or iri in _TAKEN or iri[: found.start()] in _RESERVED:
            raise OdlinkedError("the property has no XML name", doing="writing RDF/XML", on=iri,
                                next_step="Ask for Turtle, JSON-LD or N-Triples")
        space, local = iri[: found.start()], found[0]
        if space not in self.used:
            prefix = self.known.get(space, "")
            self.used[space] = prefix if prefix not in ("", "rdf", "xml", "xmlns") else f"ns{len(self.used)}"
        return f"{self.used[space]}:{local}"

    def reference(self, node: Node, attribute: str) -> str:
        """Return the attribute that names a node."""
        if node.kind == "blank":
            return f'rdf:nodeID="{self.labels.setdefault(node.value, f"b{len(self.labels)}")}"'
        return f"rdf:{attribute}={quoteattr(_possible(node.value))}"

    def property(self, predicate: str, term: Node) -> str:
        """Return one property element."""
        tag = self.element(predicate)
        if term.kind != "literal":
            return f"    <{tag} {self.reference(term, 'resource')}/>"
        attribute = ""
        if term.language:
            attribute = f' xml:lang="{term.language}"'
        elif term.datatype != XSD + "string":
            attribute = f" rdf:datatype={quoteattr(_possible(term.datatype))}"
        return f"    <{tag}{attribute}>{escape(_possible(term.value), _KEEP)}</{tag}>"


def _possible(text: str) -> str:
    found = _IMPOSSIBLE.search(text)
    if found:
        raise OdlinkedError(f"XML 1.0 cannot carry the character U+{ord(found[0]):04X}", doing="writing RDF/XML",
                            next_step="Ask for Turtle, JSON-LD or N-Triples")
    return text
