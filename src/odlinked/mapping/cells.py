"""One column's cells as N-Triples ends: what a text in it says, ready to be written after a row's or member's name.

A cell that can be read gives `row:NAME` and finished terms: an IRI for an address or telephone, a literal in a private
datatype, text in its column's language. One that cannot gives its text as `row:NAME_odd`. A column may give more:

    NAME_code, NAME_other    its concept in the column's code lists, in the list for what those lack
    NAME_folded              the text as names are compared
    NAME_agent               the published organisation it names
    NAME_ambiguous, NAME_unknown  the name of several published organisations, of none
    NAME_mail                the mailbox of a unit
    NAME_mailWithheld        true where a person's mail address was left out of a column that asks for one
    NAME_keyRemoved          true where a key was taken out of the address
    fieldName                each field named in a field description
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odlinked.assets import Assets
from odlinked.csvw import compile as compiled
from odlinked.csvw.model import Column
from odlinked.errors import AssetError
from odlinked.folding import fold
from odlinked.mapping import dates, fields, organizations, privacy
from odlinked.mapping.codes import ROWS
from odlinked.mapping.forms import annotation
from odlinked.mapping.urls import Keys, address
from odlinked.namespaces import LEX, XSD
from odlinked.persons import recognition
from odlinked.persons.recognition import MAIL_LEFT_OUT

Ends = tuple[bytes, ...]
"""Predicate, object and full stop of each triple a text gives: ` <…row#title> "空氣品質" .` with a line feed."""

Cells = Callable[[str], Ends]

Index = Mapping[str, Mapping[str, str]]
"""Scheme IRI -> folded spelling -> concept IRI."""

MEMO_ENTRIES = 16_384
MEMO_LENGTH = 64

_TRUE = f'"true"^^<{LEX}boolean> .\n'.encode()


@dataclass(frozen=True)
class Reading:
    """What all columns of a lift share: code lists, the zone of times without one, hosts whose keys are public, and the
    names (`title`, `format_code`, …) some query reads. Nothing else is written. `registry` are the published organisations,
    `base` is where their addresses begin."""

    index: Index
    timezone: str
    public_hosts: tuple[str, ...]
    wanted: Container[str]
    registry: organizations.Registry | None = None
    base: str = ""
    assets: Assets = field(default_factory=Assets)

    def start(self, name: str) -> bytes:
        """Return the predicate `row:NAME` between blanks, b"" where no query reads it."""
        return f" <{ROWS}{name}> ".encode() if name in self.wanted else b""


def private_datatype(iri: str) -> str:
    """Return a datatype that passes Oxigraph untouched: `xsd:date` becomes `lex:date`."""
    return LEX + iri[len(XSD):] if iri.startswith(XSD) else iri


def plain(text: str) -> bytes:
    """Return a plain literal."""
    return f'"{compiled.escape(text)}"'.encode("utf-8", "replace")


def column(column: Column, reading: Reading) -> Cells:
    """Return the function from a cell's text to its ends. An empty or null cell has none."""
    one = _one(column, reading)
    if annotation(column, "separators"):
        after = r"\s*(?=https?://)" if annotation(column, "rejoin") else ""
        marks = [re.compile(re.escape(mark) + after) for mark in annotation(column, "separators")]
        lists = [_list(column, scheme, reading) for scheme in annotation(column, "codeList") or ()]
        one = _listed(one, marks, lambda text: any(fold(text) in known for known in lists))
    repeats = annotation(column, "codeList") or annotation(column, "dates")
    return _remembered(one) if repeats else one


def _one(column: Column, reading: Reading) -> Cells:
    """Return the function for a single text of the column."""
    null = frozenset(column.null)
    kind = next((kind for kind in _KINDS if annotation(column, kind)), "")
    make = _KINDS[kind] if kind else _addresses if column.datatype.base == "anyURI" else _values
    steps = make(column, reading)

    def ends(text: str) -> Ends:
        text = text.strip()
        return steps(text) if text and text not in null else ()

    return ends


def _contacts(column: Column, reading: Reading) -> Cells:
    """An office telephone is a `tel:` IRI, a unit's mailbox a `mailto:` IRI; nothing else of the cell is written."""
    start = reading.start(column.name) if annotation(column, "officePhones") else b""
    mail, withheld = reading.start(column.name + "_mail"), reading.start(column.name + "_mailWithheld")
    boxes = recognition(reading.assets).unit_mailboxes

    def ends(text: str) -> Ends:
        told = [b"%s<%s> .\n" % (start, iri.encode()) for iri in privacy.office_telephones(text)] if start else []
        if mail and "@" in text:
            told += [b"%s<mailto:%s> .\n" % (mail, box.encode()) for box in boxes(text)]
        if withheld and MAIL_LEFT_OUT in text:
            told.append(withheld + _TRUE)
        return tuple(told)

    return ends


def _addresses(column: Column, reading: Reading) -> Cells:
    """An address is an IRI without keys."""
    keys = Keys(annotation(column, "secretParameters") or (), annotation(column, "secretIfLong") or (), reading.public_hosts)
    start, odd = reading.start(column.name), reading.start(column.name + "_odd")
    removed = reading.start(column.name + "_keyRemoved")

    def ends(text: str) -> Ends:
        found = address(text, keys)
        if found is None:
            return _end(odd, plain(text))
        own = _end(start, b"<%s>" % found.iri.encode("ascii"))
        return (*own, removed + _TRUE) if found.key_removed and removed else own

    return ends


def _moments(column: Column, reading: Reading) -> Cells:
    """A date, month or time in whatever way it is written; a time without a zone has the catalogue's."""
    start, odd = reading.start(column.name), reading.start(column.name + "_odd")

    def ends(text: str) -> Ends:
        moment = dates.read(text)
        if moment is None:
            return _end(odd, plain(text))
        zone = reading.timezone if moment.datatype == "dateTime" and not moment.zoned else ""
        return _end(start, f'"{moment.lexical}{zone}"^^<{LEX}{moment.datatype}>'.encode())

    return ends


def _coded(column: Column, reading: Reading) -> Cells:
    """A word of a code list: its concept; a word of none is odd. The text itself is written, too."""
    main = [_list(column, scheme, reading) for scheme in annotation(column, "codeList")]
    other = [_list(column, scheme, reading) for scheme in annotation(column, "otherCodeList") or ()]
    within = str(annotation(column, "within") or "")
    code, odd = reading.start(column.name + "_code"), reading.start(column.name + "_odd")
    elsewhere, folded = reading.start(column.name + "_other"), reading.start(column.name + "_folded")
    own = _values(column, reading)
    published = _published(column, reading, main)

    def ends(text: str) -> Ends:
        more = own(text) + (_end(folded, plain(fold(text))) if folded else ())
        told, settled = published(text)
        more += told
        if settled:
            return more
        for spelling in ([within + text, text] if within else [text]):
            key = fold(spelling)
            for lists, start in ((main, code), (other, elsewhere)):
                for known in lists:
                    if key in known:
                        return more + _end(start, f"<{known[key]}>".encode())
        return more + _end(odd, own_text(text))

    def own_text(text: str) -> bytes:
        return plain(text) if column.lang == "und" else plain(text) + f"@{column.lang}".encode()

    return ends


def _published(column: Column, reading: Reading, main: Sequence[Mapping[str, str]]) -> Callable[[str], tuple[Ends, bool]]:
    """Return the function from a name to what the published organisations say of it, and whether that settles who it is."""
    if not organizations.is_named(column):
        return lambda text: ((), False)
    agent, ambiguous = reading.start(column.name + "_agent"), reading.start(column.name + "_ambiguous")
    unknown, listed = reading.start(column.name + "_unknown"), main[0]

    def told(text: str) -> tuple[Ends, bool]:
        found = organizations.found(text, column, reading.registry, listed)
        if found is None:
            return (), False
        if len(found) == 1:
            return _end(agent, f"<{reading.base}/id/organization/{found[0]}>".encode()), True
        return _end(ambiguous if found else unknown, plain(text)), False

    return told


def _list(column: Column, scheme: str, reading: Reading) -> Mapping[str, str]:
    if scheme not in reading.index:
        raise AssetError(f"there is no code list {scheme}", doing="reading the column", on=column.name)
    return reading.index[scheme]


def _values(column: Column, reading: Reading) -> Cells:
    """Anything else is what CSVW makes of it."""
    start, odd = reading.start(column.name), reading.start(column.name + "_odd")
    folded = reading.start(column.name + "_folded") if not annotation(column, "codeList") else b""
    named = reading.start("fieldName") if annotation(column, "fieldNames") else b""
    parse = compiled.column(replace(column, separator=None), private_datatype)
    is_organization = organizations.is_named(column) and not annotation(column, "codeList")
    published = _published(column, reading, [_list(column, organizations.SCHEME, reading)]) if is_organization else None

    def ends(text: str) -> Ends:
        terms, wrong = parse(text)
        own = _end(odd if wrong else start, terms[0]) if terms else ()
        if folded:
            own += _end(folded, plain(fold(text)))
        if named:
            own += tuple([named + plain(name) + b" .\n" for name in fields.names(text)])
        return own + published(text)[0] if published is not None else own

    return ends


_KINDS: Mapping[str, Callable[[Column, Reading], Cells]] = {
    "officePhones": _contacts, "unitMail": _contacts, "dates": _moments, "codeList": _coded}
"""What an annotation makes of a column."""


def _end(start: bytes, term: bytes) -> Ends:
    return (start + term + b" .\n",) if start else ()


def _listed(one: Cells, marks: Sequence[re.Pattern[str]], known: Callable[[str], bool]) -> Cells:
    """Apply `one` to each part of a list, cut at one mark after the other. A known word is not cut: some hold a mark."""
    def parts(text: str, marks: Sequence[re.Pattern[str]]) -> Iterator[str]:
        if not marks or known(text):
            yield text
        else:
            for part in marks[0].split(text):
                yield from parts(part, marks[1:])

    def ends(text: str) -> Ends:
        if not any(mark.search(text) for mark in marks):
            return one(text)
        return tuple(dict.fromkeys(end for part in parts(text, marks) for end in one(part)))

    return ends


def _remembered(one: Cells) -> Cells:
    memo: dict[str, Ends] = {}

    def ends(text: str) -> Ends:
        answer = memo.get(text)
        if answer is None:
            answer = one(text)
            if len(text) <= MEMO_LENGTH:
                if len(memo) >= MEMO_ENTRIES:
                    memo.clear()
                memo[text] = answer
        return answer

    return ends
