"""One column's cells as N-Triples ends: what a text in it says, ready to be written after a row's or member's name.

A cell that can be read gives `row:NAME` and finished terms: an IRI for an address or telephone, a literal in a private
datatype, text in its column's language. One that cannot gives its text as `row:NAME_odd`. Characters nobody sees are left out;
of a column with `odl:placeholders` and of identifiers a word that only holds a value's place is no value. A column may give more:

    NAME_code, NAME_other    its concept in the column's code lists, in the list for what those lack
    NAME_folded              the text as names are compared
    NAME_agent               the published organisation it names
    NAME_ambiguous, NAME_unknown  the name of several published organisations, of none
    NAME_above, NAME_aboveCode    the published organisation, the listed one that a name known by none tells to be above it
    NAME_full, NAME_fullFolded    such a name after that of the body its column's units belong to, where only so it tells one
    NAME_mail                the mailbox of a unit
    NAME_mailWithheld        true where a person's mail address was left out of a column that asks for one
    NAME_keyRemoved          true where a key was taken out of the address
    NAME_trimmed             true where text that stood behind the address was left out
    NAME_unreachable         true where nobody outside can reach the host of the address
    NAME_placeholder         the word that holds the value's place
    NAME_fee                 what is stated about a fee (`odl:conditions`); NAME_restriction, NAME_other, and NAME_free for none
    NAME_written             an identifier as it was written, where it is read otherwise
    NAME_planned             the month an opening is planned for (`odl:openings`)
    NAME_identifier          the code a note names (`odl:identifierAfter`), NAME_identifier_odd where that is no code
    fieldName                each field named in a field description
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from odlinked import folding
from odlinked.csvw import compile as compiled
from odlinked.csvw.model import Column
from odlinked.errors import AssetError
from odlinked.folding import fold, visible
from odlinked.mapping import dates, fields, identifiers, organizations, privacy, remarks
from odlinked.mapping.conditions import FREE, KINDS
from odlinked.mapping.forms import annotation
from odlinked.mapping.triples import PLACEHOLDERS, TRUE, CellTerms, Ends, Reading, end, plain, private_datatype
from odlinked.mapping.urls import Keys, address, cut
from odlinked.namespaces import LEX
from odlinked.persons import recognition
from odlinked.persons.recognition import MAIL_LEFT_OUT

MEMO_ENTRIES = 16_384
MEMO_LENGTH = 64
_REPEATED = ("codeList", "dates", "officePhones", "unitMail")
"""The kinds of column in which the same cells stand again and again."""

_DOTS = re.compile(r"(?<=[0-9)])\s*[.\u00b7\u2022\u2027\u2219\u22c5\u30fb]\s*(?=[0-9(])")
_WORD = re.compile(r"\w")
_REMARK = re.compile(r"([^(（［\[【：:]+?)\s*(?:[(（［\[【](.*)[)）］\]】]|[：:](.*))", re.DOTALL)


def column(column: Column, reading: Reading) -> CellTerms:
    """Return the function from a cell's text to the ends of its triples. An empty or null cell has none."""
    one = _one(column, reading)
    if annotation(column, "separators"):
        after = r"\s*(?=https?://)" if annotation(column, "rejoin") else ""
        marks = [re.compile(re.escape(mark) + after) for mark in annotation(column, "separators")]
        lists = [_list(column, scheme, reading) for scheme in annotation(column, "codeList") or ()]
        one = _listed(one, marks, lambda text: any(fold(text) in known for known in lists))
    return _remembered(one) if any(annotation(column, kind) for kind in _REPEATED) else one


def _one(column: Column, reading: Reading) -> CellTerms:
    """Return the function for a single text of the column."""
    null = frozenset(column.null)
    words = reading.placeholders.union(reading.index.get(PLACEHOLDERS + "-text", ()))
    empty = words if annotation(column, "placeholders") else frozenset[str]()
    longest, holds = max(map(len, empty), default=0) * 2, reading.start(column.name + "_placeholder")
    kind = next((kind for kind in _KINDS if annotation(column, kind)), "")
    make = _KINDS[kind] if kind else _addresses if column.datatype.base == "anyURI" else _values
    steps = make(column, reading)

    def ends(text: str) -> Ends:
        text = visible(text).strip()
        if not text or text in null:
            return ()
        if empty and ((len(text) <= longest and fold(text) in empty) or _WORD.search(text) is None):
            return end(holds, plain(text))
        return steps(text)

    return ends


def _contacts(column: Column, reading: Reading) -> CellTerms:
    """An office telephone is a `tel:` IRI, a unit's mailbox a `mailto:` IRI; nothing else of the cell is written."""
    start = reading.start(column.name) if annotation(column, "officePhones") else b""
    mail, withheld = reading.start(column.name + "_mail"), reading.start(column.name + "_mailWithheld")
    boxes = recognition(reading.assets).unit_mailboxes

    def ends(text: str) -> Ends:
        folded = _DOTS.sub("-", folding.plain(text)) if start else ""
        iris = [b"%s<%s> .\n" % (start, iri.encode()) for iri in privacy.office_telephones(folded)]
        if mail and "@" in text:
            iris += [b"%s<mailto:%s> .\n" % (mail, box.encode()) for box in boxes(text)]
        if withheld and MAIL_LEFT_OUT in text:
            iris.append(withheld + TRUE)
        return tuple(iris)

    return ends


def _addresses(column: Column, reading: Reading) -> CellTerms:
    """Each address of a text is an IRI without keys; what follows it is left out, which is reported."""
    keys = Keys(annotation(column, "secretParameters") or (), annotation(column, "secretIfLong") or (), reading.public_hosts)
    start, odd = reading.start(column.name), reading.start(column.name + "_odd")
    removed, trimmed = reading.start(column.name + "_keyRemoved"), reading.start(column.name + "_trimmed")
    unreachable, placeholders = reading.start(column.name + "_unreachable"), reading.placeholders

    def one(text: str) -> Ends:
        found = address(text, keys)
        if found is None:
            return () if fold(text) in placeholders else end(odd, plain(text))
        own = end(start, b"<%s>" % found.iri.encode("ascii"))
        own += (removed + TRUE,) if found.key_removed and removed else ()
        own += (trimmed + TRUE,) if found.trimmed and trimmed else ()
        return own if found.reachable or not unreachable else (*own, unreachable + TRUE)

    def ends(text: str) -> Ends:
        parts = cut(text)
        return one(text) if len(parts) == 1 else tuple(dict.fromkeys(end for part in parts for end in one(part)))

    return ends


def _conditions(column: Column, reading: Reading) -> CellTerms:
    """Each condition of use that applies has what is stated about it as its value."""
    starts = {kind: reading.start(f"{column.name}_{kind}") for kind in (*KINDS, FREE)}
    about = str(annotation(column, "conditions")) if annotation(column, "conditions") in KINDS else ""

    def ends(text: str) -> Ends:
        found = reading.conditions.read(text, about) if reading.conditions is not None else {}
        return tuple([one for kind, remark in found.items() for one in end(starts[kind], plain(remark))])

    return ends


def _identified(column: Column, reading: Reading) -> CellTerms:
    """An identifier is a plain literal in its intended spelling; a text that is not a code is odd."""
    start, odd = reading.start(column.name), reading.start(column.name + "_odd")
    written, holds = reading.start(column.name + "_written"), reading.start(column.name + "_placeholder")
    read = identifiers.reader(reading.placeholders, annotation(column, "identifier") == "number")

    def ends(text: str) -> Ends:
        found = read(text)
        if found is None:
            return end(holds, plain(text))
        if not found.code:
            return end(odd, plain(text))
        own = end(start, plain(found.code))
        return own + end(written, plain(text)) if found.as_meant else own

    return ends


def _moments(column: Column, reading: Reading) -> CellTerms:
    """A date, month or time in whatever way it is written; times are told in the catalogue's zone."""
    start, odd = reading.start(column.name), reading.start(column.name + "_odd")
    planned = reading.start(column.name + "_planned") if annotation(column, "openings") else b""

    def ends(text: str) -> Ends:
        moment = dates.read(text)
        if moment is None:
            month = reading.openings.read(text) if planned and reading.openings is not None else None
            if month is not None:
                return end(planned, f'"{month}"^^<{LEX}gYearMonth>'.encode())
            return end(odd, plain(text))
        return end(start, f'"{moment.at(reading.timezone)}"^^<{LEX}{moment.datatype}>'.encode())

    return ends


def _coded(column: Column, reading: Reading) -> CellTerms:
    """A word of a code list: its concept; any other word is odd. The text itself is written, too."""
    main = [_list(column, scheme, reading) for scheme in annotation(column, "codeList")]
    other = [_list(column, scheme, reading) for scheme in annotation(column, "otherCodeList") or ()]
    within = str(annotation(column, "within") or "")
    code, odd = reading.start(column.name + "_code"), reading.start(column.name + "_odd")
    elsewhere, folded = reading.start(column.name + "_other"), reading.start(column.name + "_folded")
    own = _values(column, reading)
    published, above = _published(column, reading, main), _above(column, reading)
    has_remarks = annotation(column, "remarks")

    def ends(text: str) -> Ends:
        more = own(text) + (end(folded, plain(fold(text))) if folded else ())
        ends, settled = published(text)
        more += ends
        if settled:
            return more
        for spelling in ([within + text, text] if within else [text]):
            key = fold(spelling)
            for lists, start in ((main, code), (other, elsewhere)):
                for known in lists:
                    if key in known:
                        return more + end(start, f"<{known[key]}>".encode())
        meant = _without_remark(text, main) if has_remarks else ""
        return more + (end(code, f"<{meant}>".encode()) if meant else end(odd, own_text(text)) + above(text))

    def own_text(text: str) -> bytes:
        return plain(text) if column.lang == "und" else plain(text) + f"@{column.lang}".encode()

    return ends


def _without_remark(text: str, lists: Sequence[Mapping[str, str]]) -> str:
    """Return the concept of a word with a remark (13（氣候行動）), "" where there is none or the remark is about another."""
    parts = remarks.cut(text)
    if parts is None:
        return ""
    word, remark = (next((known[key] for known in lists if (key := fold(part)) in known), "") for part in parts)
    return word if remark in ("", word) else ""


def _published(column: Column, reading: Reading, main: Sequence[Mapping[str, str]]) -> Callable[[str], tuple[Ends, bool]]:
    """Return the function from a name to the registry's result for it, and whether that settles which organisation it is."""
    if not organizations.is_named(column):
        return lambda text: ((), False)
    agent, ambiguous = reading.start(column.name + "_agent"), reading.start(column.name + "_ambiguous")
    unknown, listed = reading.start(column.name + "_unknown"), main[0]

    def look_up(text: str) -> tuple[Ends, bool]:
        found = organizations.found(text, column, reading.registry, listed)
        if found is None:
            return (), False
        if len(found) == 1:
            return end(agent, f"<{reading.base}/id/organization/{found[0]}>".encode()), True
        return end(ambiguous if found else unknown, plain(text)), False

    return look_up


def _above(column: Column, reading: Reading) -> Callable[[str], Ends]:
    """Return the function from the name of an unknown organisation to the parent body that the name implies."""
    agent, code = reading.start(column.name + "_above"), reading.start(column.name + "_aboveCode")
    full, full_folded = reading.start(column.name + "_full"), reading.start(column.name + "_fullFolded")
    if not organizations.is_named(column) or not (agent or code):
        return lambda text: ()
    listed = _list(column, organizations.SCHEME, reading)

    def look_up(text: str) -> Ends:
        body, is_published, before = organizations.above(text, column, reading.registry, listed, reading.units)
        more = end(full, plain(before + text)) + end(full_folded, plain(fold(before + text))) if before else ()
        if is_published:
            return more + end(agent, f"<{reading.base}/id/organization/{body}>".encode())
        return more + end(code, f"<{listed[body]}>".encode()) if body else ()

    return look_up


def _list(column: Column, scheme: str, reading: Reading) -> Mapping[str, str]:
    if scheme not in reading.index:
        raise AssetError(f"there is no code list {scheme}", doing="reading the column", on=column.name)
    return reading.index[scheme]


def _values(column: Column, reading: Reading) -> CellTerms:
    """Anything else is converted as CSVW defines."""
    start, odd = reading.start(column.name), reading.start(column.name + "_odd")
    folded = reading.start(column.name + "_folded") if not annotation(column, "codeList") else b""
    named = reading.start("fieldName") if annotation(column, "fieldNames") else b""
    parse = compiled.column(replace(column, separator=None), private_datatype)
    behind = identifiers.after(tuple(annotation(column, "identifierAfter") or ()))
    field_name = lru_cache(MEMO_ENTRIES)(lambda name: named + plain(name) + b" .\n")
    named_in = _identified(replace(column, name=column.name + "_identifier"), reading)
    is_organization = organizations.is_named(column) and not annotation(column, "codeList")
    published = _published(column, reading, [_list(column, organizations.SCHEME, reading)]) if is_organization else None
    above = _above(column, reading)

    footnoted = annotation(column, "remarks") and not annotation(column, "codeList")

    def ends(text: str) -> Ends:
        written = remarks.number(text) if footnoted else text
        terms, wrong = parse(written)
        if wrong and column.datatype.number is not None and not (again := parse(remarks.narrow(written)))[1]:
            terms, wrong = again
        own = end(odd if wrong else start, terms[0]) if terms else ()
        if folded:
            own += end(folded, plain(fold(text)))
        if annotation(column, "identifierAfter"):
            own += named_in(behind(text))
        if named:
            own += tuple(map(field_name, fields.names(text)))
        return own + published(text)[0] + above(text) if published is not None else own

    return ends


_KINDS: Mapping[str, Callable[[Column, Reading], CellTerms]] = {
    "officePhones": _contacts, "unitMail": _contacts, "conditions": _conditions, "dates": _moments, "codeList": _coded,
    "identifier": _identified,
}
"""What an annotation makes of a column."""


def _listed(one: CellTerms, marks: Sequence[re.Pattern[str]], known: Callable[[str], bool]) -> CellTerms:
    """Apply `one` to each part of a list, split at one mark after the other. A known word is not split: some contain a mark."""
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


def _remembered(one: CellTerms) -> CellTerms:
    short = lru_cache(MEMO_ENTRIES)(one)
    return lambda text: short(text) if len(text) <= MEMO_LENGTH else one(text)
