"""Which standard a column is of: by the address given for it, by its whole name, or by how its name ends.

Names are compared folded (width, case, blanks, 台 as 臺, marks such as `_` and `-` left out), whole, never as a part anywhere. A
name in brackets is a name of its own where the one before it is Latin (`Date(日期)`); after a Chinese one it is a remark
(`統一編號(8碼)`), though both together may be a name (`年度(民國)`). An ending counts where the standard lists it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from odlinked.folding import fold
from odlinked.standards.facts import Facts
from odlinked.standards.model import RECOGNITION, FieldDescription, Recognised, Standard

_MARKS: Final = re.compile(r"[\W_]+")
_BRACKETS: Final = re.compile(r"[()\[\]{}<>【】〔〕〈〉《》「」『』]")
_REMARK: Final = re.compile(r"[,、;:。]")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NONE: Final = ""
_LISTED: Final = re.compile(r"\w\s+\w+\s+\w")
"""Three words or more with blanks between: a list of names (`序號 標題 網址`), the last of which does not describe the others."""

_MOST_WORDS: Final = 3
"""An ending in Latin letters has at most so many words."""


@dataclass(frozen=True)
class StandardNames:
    """Folded name -> standard IRI ("" for what is expressly none), and the same for endings and addresses.

    `above` has for each standard the broader ones, whose names may be used for it, too. `prefixes`: a folded name that begins so
    is never recognised by its ending.
    """

    whole: Mapping[str, str]
    endings: Mapping[str, str]
    addresses: Mapping[str, str]
    above: Mapping[str, frozenset[str]]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, facts: Facts, standards: Mapping[str, Standard], prefixes: tuple[str, ...]) -> StandardNames:
        """Index the standards; raise `AssetError` where a name or address is that of two."""
        whole: dict[str, str] = {}
        endings: dict[str, str] = {}
        addresses: dict[str, str] = {}
        for iri, standard in standards.items():
            for index, texts, value, make in ((whole, standard.names, iri, key), (endings, standard.endings, iri, key),
                                              (endings, standard.exceptions, _NONE, key),
                                              (addresses, (iri, *standard.addresses), iri, address)):
                for text in texts:
                    if index.setdefault(make(text), value) != value:
                        other = index[make(text)]
                        raise facts.wrong(iri, f"{text!r} stands for it and for {other or 'an exception'} "
                                               f"({facts.assets.get(other, '')})")
        for text, iri in endings.items():
            if iri:
                whole.setdefault(text, iri)
        above = {iri: frozenset(_above(iri, standards)) for iri in standards}
        return cls(whole, endings, addresses, above, tuple(map(key, prefixes)))

    def recognise(self, field: FieldDescription) -> Recognised | None:
        """Return what a column is recognised as, or None."""
        named, by = self._named(field)
        standard = self.addresses.get(address(field.uri)) if field.uri else None
        if standard is None:
            return Recognised(named, RECOGNITION + by, field.name) if named else None
        if not named or named == standard or named in self.above[standard] or standard in self.above[named]:
            return Recognised(standard, RECOGNITION + "address", field.name)
        return Recognised(standard, RECOGNITION + "other-address", field.name, named)

    def _named(self, field: FieldDescription) -> tuple[str, str]:
        """Return the standard that a name refers to, and how; ("", "") for none."""
        for text, ending_counts in _readings(field):
            folded = key(text)
            found = self.whole.get(folded) or self.whole.get(folded.rstrip("0123456789"))
            if found or self.endings.get(folded) == _NONE:
                return found or _NONE, "name"
            if ending_counts and not folded.startswith(self.prefixes):
                found = self._ending(text, folded.rstrip("0123456789"))
                if found:
                    return found, "ending"
        return _NONE, ""

    def _ending(self, text: str, folded: str) -> str:
        """Return the standard with the longest ending of a name, which is not all of it."""
        if not folded.isascii():
            for start in range(1, len(folded)):
                found = self.endings.get(folded[start:])
                if found is not None:
                    return found
            return _NONE
        words = _WORDS.findall(text)
        for start in range(max(1, len(words) - _MOST_WORDS), len(words)):
            found = self.endings.get("".join(words[start:]).lower())
            if found is not None:
                return found
        return _NONE


def key(text: str) -> str:
    """Return the form of a name for comparison."""
    return _MARKS.sub("", fold(text))


def address(uri: str) -> str:
    """Return the form of a standard's address for comparison: without scheme, trailing slash and case.

    The platform also writes them as a path without its host (`api/Commonality/…`).
    """
    text = uri.strip().rstrip("/").casefold()
    for scheme in ("https://", "http://"):
        text = text.removeprefix(scheme)
    return "schema.gov.tw/" + text.lstrip("/") if text.lstrip("/").startswith("api/") else text


def _readings(field: FieldDescription) -> Iterator[tuple[str, bool]]:
    """Yield the names a column may go by, the best first, and whether the ending of each counts."""
    plain = unicodedata.normalize("NFKC", field.name)
    parts = [part.strip() for part in _BRACKETS.split(plain)]
    outer = next((part for part in parts if part), "")
    inner = [part for part in parts[parts.index(outer) + 1:] if part] if outer else []
    remarks = [_REMARK.split(part)[0] for part in inner[:1]]
    if field.description:
        remarks.append(_REMARK.split(_BRACKETS.split(unicodedata.normalize("NFKC", field.description))[0])[0])
    if outer.isascii():
        for text in remarks:
            if not text.isascii():
                yield text, not _LISTED.search(text)
        yield outer, True
        return
    if inner:
        yield "".join((outer, *inner)), False
    yield outer, not _LISTED.search(outer)
    for text in remarks:
        if text.isascii():
            yield text, False


def _above(iri: str, standards: Mapping[str, Standard]) -> set[str]:
    """Return the standards whose name may be used for this one: the broader ones."""
    found: set[str] = set()
    waiting = [iri]
    while waiting:
        standard = standards.get(waiting.pop())
        waiting += [other for other in standard.broader if other not in found] if standard else []
        found.update(standard.broader if standard else ())
    return found
