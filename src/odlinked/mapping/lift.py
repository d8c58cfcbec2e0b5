"""Rows as a graph: each cell a triple about its row, each member of a parallel list a node of its own.

    <urn:odlinked:row:17> row:title "空氣品質監測"@zh-Hant ; row:theme_code code:service-category/E00 ;
        row:member <urn:odlinked:row:17:1> .
    <urn:odlinked:row:17:1> row:index "1" ; row:format_code file-type:CSV ; row:downloadURL <https://…> .

What a cell gives is told in `cells`; only what some query of the form reads is written. A member whose address an
earlier member of the row has, with other properties, gets `row:twin`, the text of those; lists that run in parallel but
differ in length give the row `row:unevenLists`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from odlinked.mapping import cells
from odlinked.mapping.codes import ROWS
from odlinked.mapping.folding import fold
from odlinked.mapping.forms import Binding, annotation, title
from odlinked.namespaces import ROW
from odlinked.tables import Row

MEMBERS = 5_000
"""The most members of a list that are mapped; the longest one known has 228. A longer one is told as uneven."""

_MEMBER = f" <{ROWS}member> ".encode()
_INDEX = f" <{ROWS}index> ".encode()
_TWIN = f" <{ROWS}twin> ".encode()
_UNEVEN = f" <{ROWS}unevenLists> ".encode()
_NODE = f"<{ROW}".encode()


@dataclass(frozen=True)
class _List:
    """A column of a parallel list: its place in the table, its heading, what joins a cut part to the one before, its cells."""

    place: int
    heading: str
    rejoin: str
    cells: cells.Cells


class Lift:
    """Writes rows of one binding as N-Triples."""

    def __init__(self, binding: Binding, reading: cells.Reading) -> None:
        self._single: list[tuple[int, cells.Cells]] = []
        self._lists: list[_List] = []
        leader = -1
        for column, place in zip(binding.form.columns, binding.columns, strict=True):
            if place is None or column.suppress_output:
                continue
            ends = cells.column(column, reading)
            if annotation(column, "alignedWith"):
                if annotation(column, "alignedWith") == column.name:
                    leader = len(self._lists)
                self._lists.append(_List(place, title(column), str(annotation(column, "rejoin") or ""), ends))
            else:
                self._single.append((place, ends))
        self._leader = leader
        self._indexed = "index" in reading.wanted
        self._names = [place for column, place in zip(binding.form.columns, binding.columns, strict=True)
                       if place is not None and annotation(column, "folded") and annotation(column, "codeList")]

    def apart(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Deal rows out so that within a part each name (of an organisation, say) is spelled in one way only.

        Nearly always that is one part. A document two spellings share would otherwise tell both.
        """
        spellings: list[dict[str, dict[str, int]]] = [{} for _ in self._names]
        parts: dict[tuple[int, ...], list[Row]] = {}
        for row in rows:
            key = []
            for place, known in zip(self._names, spellings, strict=True):
                text = row.cells[place].strip() if place < len(row.cells) else ""
                ways = known.setdefault(fold(text), {})
                key.append(ways.setdefault(text, len(ways)))
            parts.setdefault(tuple(key), []).append(row)
        return list(parts.values())

    def rows(self, rows: Iterable[Row]) -> bytes:
        """Return the row graph of `rows`."""
        out: list[bytes] = []
        for row in rows:
            self._row(row, out)
        return b"".join(out)

    def _row(self, row: Row, out: list[bytes]) -> None:
        subject = b"%s%d>" % (_NODE, row.number)
        texts = row.cells
        width = len(texts)
        for place, ends in self._single:
            if place < width and texts[place]:
                out += [subject + end for end in ends(texts[place])]
        if self._lists:
            self._members(row.number, subject, texts, out)

    def _members(self, number: int, subject: bytes, texts: tuple[str, ...], out: list[bytes]) -> None:
        width = len(texts)
        lists = [split(texts[one.place], one.rejoin) if one.place < width else [] for one in self._lists]
        count = min(max(map(len, lists)), MEMBERS)
        if any(len(parts) != count for parts in lists if parts):
            self._uneven(subject, texts, lists, out)
        seen: dict[str, tuple[str, ...]] = {}
        for i in range(count):
            node = b"%s%d:%d>" % (_NODE, number, i + 1)
            before = len(out)
            for one, parts in zip(self._lists, lists, strict=True):
                if i < len(parts) and parts[i]:
                    out += [node + end for end in one.cells(parts[i])]
            if len(out) == before:
                continue
            out.append(subject + _MEMBER + node + b" .\n")
            if self._indexed:
                out.append(node + b'%s"%d" .\n' % (_INDEX, i + 1))
            if count > 1 and self._leader >= 0 and i < len(lists[self._leader]):
                self._twin(node, i, lists, seen, out)

    def _uneven(self, subject: bytes, texts: tuple[str, ...], lists: list[list[str]], out: list[bytes]) -> None:
        """Tell lists that are too long or of different lengths, unless the shorter ones only leave their last members empty."""
        longest = max(map(len, lists))
        if longest > MEMBERS or any(len(parts) != longest and texts[one.place].count(";") + 1 != longest
               for one, parts in zip(self._lists, lists, strict=True) if parts):
            told = "、".join(f"{one.heading} {len(parts)}" for one, parts in zip(self._lists, lists, strict=True) if parts)
            out.append(subject + _UNEVEN + cells.plain(told) + b" .\n")

    def _twin(self, node: bytes, i: int, lists: list[list[str]], seen: dict[str, tuple[str, ...]], out: list[bytes]) -> None:
        """Tell a member whose address came before from that one, unless it repeats it in everything."""
        leading = lists[self._leader][i]
        others = tuple(parts[i].strip() if i < len(parts) else ""
                       for place, parts in enumerate(lists) if place != self._leader)
        first = seen.setdefault(leading, others)
        if first != others:
            out.append(node + _TWIN + cells.plain("\n".join(others)) + b" .\n")


def split(text: str, rejoin: str = "") -> list[str]:
    """Cut a list at `;`, without empty parts at its end.

    With `rejoin` ("http") a part that does not start so belongs to the part before it, for addresses hold `;` themselves;
    a part with another scheme or `www.` is an address, if a poor one.
    """
    if ";" not in text:
        return [text] if text.strip() else []
    parts: list[str] = []
    for part in text.split(";"):
        if rejoin and parts and parts[-1] and part.strip() and not _starts_anew(part.lstrip(), rejoin):
            parts[-1] += ";" + part
        else:
            parts.append(part)
    while parts and not parts[-1].strip():
        parts.pop()
    return parts




def _starts_anew(part: str, start: str) -> bool:
    return part[:20].lower().startswith((start, "www.")) or "://" in part[:12]
