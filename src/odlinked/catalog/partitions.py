"""Counts of what the catalogue's documents say, by class, property and kind of object: what its description in VoID is made of.

A count belongs to its document alone: counts of changed documents are taken away and added, and the total stays that of a fresh
count. Documents are counted as they are read for the index, about 0.5 µs a statement.

A *fact* is a text of parts divided by tabs, with how often it holds:

    documents
    subjects  CLASSES                          subjects with exactly these classes
    triples   CLASSES  PROPERTY  OBJECT        statements about such subjects
    links     CLASSES  PROPERTY  CLASSES       statements whose object is another node of the same document, with its classes
    things    FOLDER   CLASSES                 records whose IRI is in this folder of a known address

CLASSES are sorted IRIs with a blank between them, "" for none. OBJECT is `^` and a datatype (for the start and the end of a
period also a blank and the value's day), `<` and the folder of an IRI below a known address, else "<".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Final

from odlinked.namespaces import DCAT, RDF, XSD

EDITION: Final = 1
"""Raised where counts of the same documents come out differently: kept ones are then counted anew."""

_TYPE: Final = f"<{RDF}type>".encode()
_PERIOD: Final = (f"<{DCAT}startDate>".encode(), f"<{DCAT}endDate>".encode())
_QUOTE: Final = ord('"')
_BRACKET: Final = ord(">")
_KEPT: Final = 2_000
"""Objects of a predicate that are kept with what they count as: codes, classes and numbers come again, addresses hardly."""

_FOLDERS: Final = 50_000
"""Most folders of addresses that are kept with the known address they are below."""

_Subject = tuple[bytes, ...]
"""What is stated about a subject: a mark for each statement."""


def edition(spaces: Iterable[str]) -> str:
    """Return the name of a way of counting: with other addresses (`spaces`), other facts are found."""
    digest = hashlib.sha256("\n".join(sorted(spaces)).encode()).hexdigest()
    return f"{EDITION} {digest[:16]}"


class _LiteralMarks(dict[bytes, bytes]):
    """Predicate -> the mark of its statements with literals of one datatype."""

    def __init__(self, datatype: str) -> None:
        super().__init__()
        self._end = b"\t^" + datatype.encode()

    def __missing__(self, predicate: bytes) -> bytes:
        mark = self[predicate] = predicate + self._end
        return mark


class Counting:
    """Counts documents; `spaces` are the addresses below which IRIs are told apart by their folder (each ends in / or #)."""

    def __init__(self, spaces: Iterable[str]) -> None:
        self._spaces = tuple(space.encode() for space in spaces)
        self._memo: dict[bytes, bytes] = {}
        self._kept: Counter[bytes] = Counter()
        self._strings, self._tagged = _LiteralMarks(XSD + "string"), _LiteralMarks(RDF + "langString")
        self._below: dict[bytes, bytes] = {}
        self._documents = 0
        self._subjects: Counter[_Subject] = Counter()
        self._links: Counter[tuple[_Subject, bytes, _Subject]] = Counter()
        self._things: Counter[tuple[bytes, _Subject]] = Counter()

    def add(self, text: bytes) -> None:
        """Count a document: canonical sorted N-Triples."""
        if not text:
            return
        self._documents += 1
        record = text[: text.index(b">")].partition(b"#")[0]
        inside, known, strings, tagged = record + b"#", self._memo.get, self._strings, self._tagged
        subjects: dict[bytes, _Subject] = {}
        links: list[tuple[bytes, bytes, bytes]] = []
        here: dict[bytes, bytes] = {}
        run: list[bytes] = []
        last = b""
        for line in text[:-1].split(b"\n"):
            subject, said = line.split(b" ", 1)
            if subject != last:
                subjects[last] = tuple(run)
                run, last = [], subject
            end = said[-3]
            if end == _QUOTE:
                mark = strings[said[: said.index(b" ")]]
            elif end != _BRACKET:
                mark = tagged[said[: said.index(b" ")]]
            elif (found := known(said)) is not None or (found := here.get(said)) is not None:
                mark = found
            else:
                predicate, term = said.split(b" ", 1)
                if term.startswith(inside):
                    mark = predicate + b"\t<"
                    links.append((subject, predicate, term[:-2]))
                else:
                    mark = here[said] = self._mark(said, predicate, term)
            run.append(mark)
        subjects[last] = tuple(run)
        del subjects[b""]
        self._subjects.update(subjects.values())
        for subject, predicate, node in links:
            self._links[subjects[subject], predicate, subjects.get(node, ())] += 1
        space = self._space(record[1:])
        if space and (about := subjects.get(record + b">")) is not None:
            self._things[space, about] += 1

    def _mark(self, said: bytes, predicate: bytes, term: bytes) -> bytes:
        """Return what a statement counts as, whose object is an IRI or has a datatype: the property, a tab, and the object."""
        if term[:1] == b'"':
            value, _, datatype = term.rpartition(b'"^^<')
            mark = predicate + b"\t^" + datatype[:-3]
            if predicate in _PERIOD:
                return mark + b" " + value[1:11]
        elif predicate == _TYPE:
            mark = predicate + b"\t=" + term[1:-3]
        else:
            space = self._space(term[1:-3])
            mark = predicate + b"\t<" + space
        if self._kept[predicate] < _KEPT:
            self._kept[predicate] += 1
            self._memo[said] = mark
        return mark

    def _space(self, iri: bytes) -> bytes:
        """Return the folder of an IRI where that is a known address or below one, else b""."""
        folder = iri[: max(iri.rfind(b"/"), iri.rfind(b"#")) + 1]
        found = self._below.get(folder)
        if found is None:
            if len(self._below) >= _FOLDERS:
                self._below.clear()
            found = self._below[folder] = folder if folder.startswith(self._spaces) else b""
        return found

    def facts(self) -> Counter[str]:
        """Return what was counted."""
        classes = {subject: _classes(subject) for subject in self._subjects}
        classes.setdefault((), "")
        found: Counter[str] = Counter({"documents": self._documents} if self._documents else {})
        for subject, number in self._subjects.items():
            found[f"subjects\t{classes[subject]}"] += number
            for mark in subject:
                name, _, term = mark.decode().partition("\t")
                term = term if term[:1] in ("^", "<") else "<"
                found[f"triples\t{classes[subject]}\t{name[1:-1]}\t{term}"] += number
        for (subject, predicate, node), number in self._links.items():
            found[f"links\t{classes[subject]}\t{predicate[1:-1].decode()}\t{classes[node]}"] += number
        for (space, subject), number in self._things.items():
            found[f"things\t{space.decode()}\t{classes[subject]}"] += number
        return found


def _classes(subject: _Subject) -> str:
    return " ".join(sorted({mark.partition(b"\t=")[2].decode() for mark in subject if b"\t=" in mark}))
