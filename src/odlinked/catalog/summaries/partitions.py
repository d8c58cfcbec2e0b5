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
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from odlinked.namespaces import DCAT, DQV, OA, RDF, XSD

EDITION: Final = 2
"""Raised where counts of the same documents come out differently: kept ones are then counted anew."""

_TYPE: Final = f"<{RDF}type>".encode()
_PERIOD: Final = (f"<{DCAT}startDate>".encode(), f"<{DCAT}endDate>".encode())
_DAY: Final = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_QUALITY: Final = b"/id/quality/"
_QUOTE: Final = ord('"')
_BRACKET: Final = ord(">")
_ABOUT: Final = {DQV + "computedOn": DQV + "QualityMeasurement", OA + "hasTarget": DQV + "QualityCertificate"}
"""What quality documents state of nodes of the common document: property -> the class of such nodes."""
_KEPT: Final = 2_000
"""Objects of a predicate that are kept with what they count as: codes, classes and numbers come again, addresses hardly."""

_FOLDERS: Final = 50_000
"""Most folders of addresses that are kept with the known address they are below."""

_ALIKE: Final = 2_000
"""Documents of quality that are kept with what they count as: but for their names many are the same."""

_Subject = tuple[bytes, ...]
"""What is stated about a subject: a mark for each statement."""

DocumentFacts = tuple[tuple[_Subject, ...], tuple[tuple[_Subject, bytes, _Subject], ...], tuple[bytes, _Subject] | None,
                      tuple[bytes, ...]]
"""What a document counts as: its subjects, its links within, where its IRI is below a known address itself, and its statements
about nodes of the common document."""


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


@dataclass
class Tally:
    """Counts of documents: how many, and how many subjects, links within a document and records there are of each sort."""

    documents: int = 0
    subjects: Counter[_Subject] = field(default_factory=Counter)
    links: Counter[tuple[_Subject, bytes, _Subject]] = field(default_factory=Counter)
    beside: Counter[bytes] = field(default_factory=Counter)
    things: Counter[tuple[bytes, _Subject]] = field(default_factory=Counter)

    def update(self, other: Tally) -> None:
        """Add the counts of other documents."""
        self.documents += other.documents
        self.subjects.update(other.subjects)
        self.links.update(other.links)
        self.beside.update(other.beside)
        self.things.update(other.things)

    def add(self, counted: DocumentFacts) -> None:
        """Add what one document counts as."""
        subjects, links, thing, beside = counted
        self.documents += 1
        self.subjects.update(subjects)
        if links:
            self.links.update(links)
        if beside:
            self.beside.update(beside)
        if thing:
            self.things[thing] += 1

    def facts(self) -> Counter[str]:
        """Return the facts that were counted."""
        classes: dict[_Subject, str] = {(): ""}
        found: Counter[str] = Counter({"documents": self.documents} if self.documents else {})
        for subject, number in self.subjects.items():
            own = classes[subject] = _classes(subject)
            found[f"subjects\t{own}"] += number
            for mark in subject:
                name, _, term = mark.decode().partition("\t")
                found[f"triples\t{own}\t{name[1:-1]}\t{term if term[:1] in ('^', '<') else '<'}"] += number
        for (subject, predicate, node), number in self.links.items():
            found[f"links\t{classes[subject]}\t{predicate[1:-1].decode()}\t{classes[node]}"] += number
        for mark, number in self.beside.items():
            name, _, term = mark.decode().partition("\t")
            found[f"triples\t{_ABOUT.get(name[1:-1], '')}\t{name[1:-1]}\t{term}"] += number
        for (space, subject), number in self.things.items():
            found[f"things\t{space.decode()}\t{classes[subject]}"] += number
        return found


class Counting:
    """Counts documents; `spaces` are the addresses below which IRIs are told apart by their folder (each ends in / or #).

    It keeps what it has seen, so that one serves for many documents.
    """

    def __init__(self, spaces: Iterable[str]) -> None:
        self._spaces = tuple(space.encode() for space in spaces)
        self._least = min(map(len, self._spaces), default=0)
        self._heads = frozenset(space[: self._least] for space in self._spaces)
        self._memo: dict[bytes, bytes] = {}
        self._kept: Counter[bytes] = Counter()
        self._strings, self._tagged = _LiteralMarks(XSD + "string"), _LiteralMarks(RDF + "langString")
        self._below: dict[bytes, bytes] = {}
        self._alike: dict[bytes, DocumentFacts] = {}

    def tally(self, texts: Iterable[bytes]) -> Tally:
        """Count documents: canonical sorted N-Triples each."""
        found = Tally()
        for text in texts:
            if text:
                found.add(self.counted(text))
        return found

    def counted(self, text: bytes) -> DocumentFacts:
        """Return what one document counts as: canonical sorted N-Triples, at least one."""
        return self._quality(text) if _QUALITY in text[:200] else self._counted(text, _record(text))

    def _quality(self, text: bytes) -> DocumentFacts:
        """Count a document of quality: as another that is the same but for the names of itself and of what was measured."""
        record = _record(text[text.rfind(b"\n", 0, -1) + 1 :])  # before it stands what is said of the common one's nodes
        key = text.replace(record, b"").replace(record.replace(b"/quality/", b"/", 1), b"")
        found = self._alike.get(key)
        if found is None:
            if len(self._alike) >= _ALIKE:
                self._alike.clear()
            found = self._alike[key] = self._counted(text, record)
        return found

    def _counted(self, text: bytes, record: bytes) -> DocumentFacts:
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
                if term.startswith(inside) and predicate != _TYPE:
                    mark = predicate + b"\t<"
                    links.append((subject, predicate, term[:-2]))
                else:
                    mark = here[said] = self._mark(said, predicate, term)
            run.append(mark)
        subjects[last] = tuple(run)
        del subjects[b""]
        ties = tuple((subjects[subject], predicate, subjects.get(node, ())) for subject, predicate, node in links)
        space, about = self._space(record[1:]), subjects.get(record + b">")
        others = [node for node in subjects if not node.startswith(record)] if _QUALITY in record else []
        beside = tuple(mark for node in others for mark in subjects.pop(node))
        return tuple(subjects.values()), ties, (space, about) if space and about is not None else None, beside

    def _mark(self, said: bytes, predicate: bytes, term: bytes) -> bytes:
        """Return what a statement counts as, whose object is an IRI or has a datatype: the property, a tab, and the object."""
        if term[:1] == b'"':
            value, _, datatype = term.rpartition(b'"^^<')
            mark = predicate + b"\t^" + datatype[:-3]
            if predicate in _PERIOD:
                return mark + b" " + value[1:11] if _DAY.fullmatch(value[1:11]) else mark
        elif predicate == _TYPE:
            mark = predicate + b"\t=" + term[1:-3]
        else:
            space = self._space(term[1:-3])
            mark = predicate + b"\t<" + space
            if b"#" in term:
                return mark  # in another document it may be a link within
        if self._kept[predicate] < _KEPT:
            self._kept[predicate] += 1
            self._memo[said] = mark
        return mark

    def _space(self, iri: bytes) -> bytes:
        """Return the folder of an IRI where that is a known address or below one, else b""."""
        if iri[: self._least] not in self._heads:  # as most addresses of files are not
            return b""
        folder = iri[: max(iri.rfind(b"/"), iri.rfind(b"#")) + 1]
        found = self._below.get(folder)
        if found is None:
            if len(self._below) >= _FOLDERS:
                self._below.clear()
            found = self._below[folder] = folder if folder.startswith(self._spaces) else b""
        return found


def _record(text: bytes) -> bytes:
    """Return the IRI of the record that the first line of a text is about, with the bracket before it."""
    return text[: text.index(b">")].partition(b"#")[0]


def _classes(subject: _Subject) -> str:
    return " ".join(sorted({mark.partition(b"\t=")[2].decode() for mark in subject if b"\t=" in mark}))
