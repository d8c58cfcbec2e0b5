"""Rows as a graph: each cell a triple about its row, each member of a parallel list a node of its own.

    <urn:odlinked:row:17> row:title "空氣品質監測"@zh-Hant ; row:theme_code code:service-category/E00 ;
        row:member <urn:odlinked:row:17:1> .
    <urn:odlinked:row:17:1> row:index "1" ; row:format_code file-type:CSV ; row:downloadURL <https://…> .

What a cell gives is described in `cells`; only what a query of the form reads is written. A member whose address an earlier
member of the row has, with other properties, gets `row:twin`, the text of those; lists that run in parallel but differ in length
give the row `row:unevenLists`.

Lists within such lists (the fields of each file) give their members nodes, too: <urn:odlinked:row:17:1:3>, the `row:part` of the
member they are in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from odlinked.csvw.model import Column
from odlinked.folding import fold
from odlinked.mapping import cells, triples
from odlinked.mapping.codes import ROWS
from odlinked.mapping.forms import Binding, annotation, title
from odlinked.mapping.urls import cut
from odlinked.namespaces import ROW
from odlinked.sheets.tables import Row

MEMBERS = 5_000
"""The most members of a list that are mapped; the longest one known has 228. A longer one is reported as uneven."""

PARTS = 100_000
"""The most members that all lists within a row's lists may have together; those after them are reported as uneven."""

_MEMBER = f" <{ROWS}member> ".encode()
_PART = f" <{ROWS}part> ".encode()
_NODE = f"<{ROW}".encode()
_BLANK = ord(" ")


@dataclass(frozen=True)
class _List:
    """A column of a parallel list: its position in the table, its heading, how it is split into members and at what mark, what
    splits those into parts ("" where they have none), its cells."""

    place: int
    heading: str
    cut: Callable[[str], list[str]]
    mark: str
    within: str
    cells: triples.CellTerms


class Lifted:
    """Rows as N-Triples: `lines` are the row graph, `copied` the marked ends of what is copied without a store, by node."""

    def __init__(self, too: Mapping[bytes, tuple[bytes, ...]]) -> None:
        self.lines: list[bytes] = []
        self.copied: dict[bytes, list[bytes]] = {}
        self._too = too

    def add(self, node: bytes, ends: triples.Ends) -> bool:
        """Add triples about a node; return whether there are any."""
        for end in ends:
            if end[0] != _BLANK:
                self.copied.setdefault(node, []).append(end)
                continue
            self.lines.append(node + end)
            if self._too:
                size = end.index(b"> ") + 2
                for start in self._too.get(end[:size], ()):
                    self.copied.setdefault(node, []).append(start + end[size:])
        return bool(ends)


class Lift:
    """Writes rows of one binding as N-Triples."""

    def __init__(self, binding: Binding, known: triples.Reading) -> None:
        self._single: list[tuple[int, triples.CellTerms]] = []
        self._lists: list[_List] = []
        self._nested: list[_List] = []
        leader = -1
        for column, place in zip(binding.form.columns, binding.columns, strict=True):
            if place is None or column.suppress_output:
                continue
            ends = cells.column(column, known)
            if annotation(column, "alignedWith"):
                if annotation(column, "alignedWith") == column.name:
                    leader = len(self._lists)
                within = str(annotation(column, "partSeparator") or "")
                into = self._nested if within else self._lists
                into.append(_List(place, title(column), cutter(column), separator(column), within, ends))
            else:
                self._single.append((place, ends))
        self._leader = leader
        self._index, self._twin, self._uneven = known.start("index"), known.start("twin"), known.start("unevenLists")
        self._too = known.copied_too
        self._names = [(place, str(annotation(column, "oidBefore") or ""))
                       for column, place in zip(binding.form.columns, binding.columns, strict=True) if place is not None
                       and annotation(column, "folded") and (annotation(column, "codeList") or annotation(column, "oidBefore"))]

    def apart(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Distribute rows into parts so that within a part each name (of an organisation, say) has only one spelling.

        Nearly always that is one part. A document shared by two spellings would otherwise contain both.
        """
        spellings: list[dict[str, dict[str, int]]] = [{} for _ in self._names]
        parts: dict[tuple[int, ...], list[Row]] = {}
        for row in rows:
            key = []
            for (place, mark), known in zip(self._names, spellings, strict=True):
                text = row.cells[place].strip() if place < len(row.cells) else ""
                ways = known.setdefault(fold(text.split(mark)[0] if mark else text), {})
                key.append(ways.setdefault(text, len(ways)))
            parts.setdefault(tuple(key), []).append(row)
        return list(parts.values())

    def rows(self, rows: Iterable[Row]) -> Lifted:
        """Return rows as N-Triples."""
        out = Lifted(self._too)
        for row in rows:
            self._row(row, out)
        return out

    def _row(self, row: Row, out: Lifted) -> None:
        subject = b"%s%d>" % (_NODE, row.number)
        texts = row.cells
        width = len(texts)
        for place, ends in self._single:
            if place < width and texts[place]:
                out.add(subject, ends(texts[place]))
        if self._lists:
            self._members(row.number, subject, texts, out)

    def _members(self, number: int, subject: bytes, texts: tuple[str, ...], out: Lifted) -> None:
        width = len(texts)
        lists = [one.cut(texts[one.place]) if one.place < width else [] for one in self._lists]
        nested = [one.cut(texts[one.place]) if one.place < width else [] for one in self._nested]
        count = min(max(map(len, (*lists, *nested))), MEMBERS)
        left = PARTS
        if any(len(parts) != count for parts in lists if parts):
            self._unevenly(subject, texts, lists, out)
        known: dict[str, tuple[str, ...]] = {}
        for i in range(count):
            node = b"%s%d:%d>" % (_NODE, number, i + 1)
            told = False
            for one, parts in zip(self._lists, lists, strict=True):
                if i < len(parts) and parts[i]:
                    told |= out.add(node, one.cells(parts[i]))
            if nested:
                count_within, has_parts = self._parts(node, [parts[i] if i < len(parts) else "" for parts in nested], left, out)
                left, told = left - count_within, told or has_parts
            if not told:
                continue
            out.add(subject, (_MEMBER + node + b" .\n",))
            if self._index:
                out.add(node, (b'%s"%d" .\n' % (self._index, i + 1),))
            if count > 1 and self._leader >= 0 and i < len(lists[self._leader]):
                self._apart_from(node, i, lists, known, out)
        if left <= 0:
            out.add(subject, triples.end(self._uneven, triples.plain(f"{self._nested[0].heading} > {PARTS}")))

    def _parts(self, node: bytes, texts: list[str], most: int, out: Lifted) -> tuple[int, bool]:
        """Write the lists within a member; return how many members they have, and whether any of these says something."""
        lists = [text.split(one.within) if text else [] for one, text in zip(self._nested, texts, strict=True)]
        count = min(max(map(len, lists), default=0), most)
        has_parts = False
        for i in range(count):
            part = b"%s:%d>" % (node[:-1], i + 1)
            told = False
            for one, parts in zip(self._nested, lists, strict=True):
                if i < len(parts) and parts[i]:
                    told |= out.add(part, one.cells(parts[i]))
            if told:
                has_parts = out.add(node, (_PART + part + b" .\n",))
        return count, has_parts

    def _unevenly(self, subject: bytes, texts: tuple[str, ...], lists: list[list[str]], out: Lifted) -> None:
        """Report lists that are too long or of different lengths, unless the shorter ones only leave their last members empty."""
        longest = max(map(len, lists))
        if longest > MEMBERS or any(len(parts) != longest and texts[one.place].count(one.mark) + 1 != longest
               for one, parts in zip(self._lists, lists, strict=True) if parts):
            lengths = "、".join(f"{one.heading} {len(parts)}" for one, parts in zip(self._lists, lists, strict=True) if parts)
            out.add(subject, triples.end(self._uneven, triples.plain(lengths)))

    def _apart_from(self, node: bytes, i: int, lists: list[list[str]], known: dict[str, tuple[str, ...]], out: Lifted) -> None:
        """Mark a member whose address occurred before as different from that one, unless it repeats it in everything."""
        leading = lists[self._leader][i]
        others = tuple(parts[i].strip() if i < len(parts) else ""
                       for place, parts in enumerate(lists) if place != self._leader)
        first = known.setdefault(leading, others)
        if first != others:
            out.add(node, triples.end(self._twin, triples.plain("\n".join(others))))


def cutter(column: Column) -> Callable[[str], list[str]]:
    """Return the function that splits a cell of a parallel list into its members."""
    rejoin, mark = str(annotation(column, "rejoin") or ""), separator(column)
    return lambda text: split(text, rejoin, mark)


def separator(column: Column) -> str:
    """Return the mark between the members of a parallel list."""
    return str(annotation(column, "memberSeparator") or ";")


def split(text: str, rejoin: str = "", mark: str = ";") -> list[str]:
    """Split a list at `mark`, without empty parts at its end.

    With `rejoin` ("http") a part that does not start so belongs to the part before it, because addresses may contain `;`; a part
    with another scheme or `www.` is an address, if a poor one. Line breaks, blanks and other marks separate addresses, too.
    """
    if mark not in text:
        return (cut(text) if rejoin else [text]) if text.strip() else []
    parts: list[str] = []
    for part in text.split(mark):
        if rejoin and parts and parts[-1] and part.strip() and not _starts_anew(part.lstrip(), rejoin):
            parts[-1] += mark + part
        else:
            parts.append(part)
    parts = [one for part in parts for one in cut(part)] if rejoin else parts
    while parts and not parts[-1].strip():
        parts.pop()
    return parts


def _starts_anew(part: str, start: str) -> bool:
    return part[:20].lower().startswith((start, "www.")) or "://" in part[:12]
