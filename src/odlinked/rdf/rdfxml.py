"""RDF/XML from N-Triples, every literal's spelling kept (RDF 1.1 XML Syntax).

XML 1.0 cannot carry most control characters, and a property whose IRI does not end in an XML name has no element: such a
graph is refused by name rather than changed. A page of many records is not lost for one of them: there the character is
replaced, the statement left out, and a comment at the top says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from odlinked.errors import OdlinkedError
from odlinked.namespaces import RDF, XSD
from odlinked.rdf import xml_names
from odlinked.rdf.ntriples import Term, triples

_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEEP: Final = {"\r": "&#13;"}


def write(ntriples: bytes, prefixes: Mapping[str, str], first: Iterable[str] = (), whole: bool = True) -> bytes:
    """Return N-Triples text as RDF/XML, subjects named in `first` (IRIs) first.

    Where XML cannot hold it all, raise `OdlinkedError` if it must be `whole`, else write what can be and say what is missing.
    """
    subjects: dict[str, list[tuple[str, Term]]] = {}
    for subject, predicate, term in triples(ntriples):
        subjects.setdefault(subject, []).append((predicate, term))
    names = _Elements(prefixes, whole)
    top = {iri: place for place, iri in enumerate(first)}
    blocks = []
    for iri in sorted(subjects, key=lambda iri: top.get(iri, len(top))):
        blocks.append(f"  <rdf:Description {names.reference(iri, 'about')}>")
        blocks += filter(None, (names.property(predicate, term) for predicate, term in subjects[iri]))
        blocks.append("  </rdf:Description>")
    spaces = "".join(f"\n  xmlns:{prefix}={quoteattr(space)}" for space, prefix in sorted(names.used.items(), key=lambda i: i[1]))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{names.missing()}<rdf:RDF{spaces}>\n' + "\n".join(blocks) + "\n</rdf:RDF>\n"
    return text.encode("utf-8")


class _Elements:
    """Writes elements and attributes; counts the characters it replaced and the statements it left out, by property."""

    def __init__(self, prefixes: Mapping[str, str], whole: bool) -> None:
        self.whole = whole
        self.replaced = 0
        self.left: dict[str, int] = {}
        self.known = {namespace: prefix for prefix, namespace in prefixes.items()}
        self.used = {RDF: "rdf"}
        self.labels: dict[str, str] = {}

    def element(self, iri: str) -> str:
        """Return the qualified name of a property, "" where it has none."""
        named = xml_names.split(iri)
        if named is None and self.whole:
            raise OdlinkedError("the property has no XML name", doing="writing RDF/XML", on=iri,
                                next_step="Ask for Turtle, JSON-LD or N-Triples")
        if named is None:
            self.left[iri] = self.left.get(iri, 0) + 1
            return ""
        space, local = named
        if space not in self.used:
            prefix = self.known.get(space, "")
            self.used[space] = prefix if xml_names.usable(prefix, space) else f"ns{len(self.used)}"
        return f"{self.used[space]}:{local}"

    def reference(self, node: str, attribute: str) -> str:
        """Return the attribute that names a node."""
        if node.startswith("_:"):
            return f'rdf:nodeID="{self.labels.setdefault(node, f"b{len(self.labels)}")}"'
        return f"rdf:{attribute}={quoteattr(self.address(node))}"

    def property(self, predicate: str, term: Term) -> str:
        """Return one property element, "" where there can be none."""
        tag = self.element(predicate)
        if not tag:
            return ""
        if not term.datatype:
            return f"    <{tag} {self.reference(term.value, 'resource')}/>"
        attribute = ""
        if term.language:
            attribute = f' xml:lang="{term.language}"'
        elif term.datatype != XSD + "string":
            attribute = f" rdf:datatype={quoteattr(self.address(term.datatype))}"
        return f"    <{tag}{attribute}>{escape(self.text(term.value), _KEEP)}</{tag}>"

    def text(self, text: str) -> str:
        """Return a text with what XML cannot carry replaced (U+FFFD, "replacement character")."""
        made, count = _IMPOSSIBLE.subn("\ufffd", _possible(text) if self.whole else text)
        self.replaced += count
        return made

    def address(self, iri: str) -> str:
        """Return an IRI with what XML cannot carry percent-encoded, which names the same (RFC 3987, section 3.1)."""
        return _IMPOSSIBLE.sub(lambda found: quote(found[0]), _possible(iri) if self.whole else iri)

    def missing(self) -> str:
        """Return a comment that says what is not as it should be, "" where all is."""
        said = [f"{self.replaced} characters that XML 1.0 cannot carry stand as U+FFFD"] if self.replaced else []
        said += [f"{count} statements with <{iri}> are left out: it has no XML name" for iri, count in sorted(self.left.items())]
        told = "; ".join(said).replace("--", "-%2D")  # no comment holds two hyphens (XML 1.0, section 2.5)
        return f"<!-- {_IMPOSSIBLE.sub('?', told)}. Turtle, JSON-LD and N-Triples hold everything. -->\n" if said else ""


def _possible(text: str) -> str:
    found = _IMPOSSIBLE.search(text)
    if found:
        raise OdlinkedError(f"XML 1.0 cannot carry the character U+{ord(found[0]):04X}", doing="writing RDF/XML",
                            next_step="Ask for Turtle, JSON-LD or N-Triples")
    return text
