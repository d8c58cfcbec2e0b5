"""The texts of a worksheet's comments; their boxes are in `boxes`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from odlinked.quality.annotated import markup
from odlinked.quality.annotated.markup import BrokenPart
from odlinked.quality.annotated.worksheet import CellPosition, place

COMMENTS_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
AUTHOR: Final = "odlinked"

_RULE: Final = "――――――"
"""The line between the original text of a comment and the added one."""

_OF_A_RULE: Final = re.compile(rb"\([A-Z][0-9]{2,3}-[a-z0-9-]+\)\s*$")

_EMPTY: Final = (f'{markup.HEAD}<comments xmlns="{markup.MAIN}"><authors></authors>'
                 "<commentList></commentList></comments>").encode()


def commented(data: bytes | None, texts: Mapping[CellPosition, str]) -> tuple[bytes, list[CellPosition]]:
    """Return the comments part with `texts`, and the cells that had no comment; an existing comment is continued below a line."""
    data = data or _EMPTY
    found = list(markup.walk(data, _wanted, 5))
    parts = {markup.local(e.name): e for e in found if e.depth == 2}
    if "authors" not in parts or "commentList" not in parts:
        raise BrokenPart("it has no authors or no comments")
    prefix = markup.prefix(parts["commentList"].name)
    authors = _authors(data, found)
    author = authors.index(AUTHOR) if AUTHOR in authors else len(authors)
    edits: list[markup.Edit] = []
    if author == len(authors):
        edits.append(markup.inserted(data, parts["authors"], f"<{prefix}author>{AUTHOR}</{prefix}author>".encode()))
    old = {e.attributes.get("ref", ""): e for e in found if e.depth == 3 and markup.local(e.name) == "comment"}
    fresh = []
    new = b""
    for at, text in sorted(texts.items()):
        if at.name in old:
            inside = [e for e in found if e.depth >= 4 and old[at.name].start < e.start < old[at.name].end]
            edits += _continued(data, inside, prefix, text)
            continue
        fresh.append(at)
        new += (f'<{prefix}comment ref="{at.name}" authorId="{author}" shapeId="0"><{prefix}text>{_run(prefix, text)}'
                f"</{prefix}text></{prefix}comment>").encode()
    edits.append(markup.inserted(data, parts["commentList"], new))
    return markup.edited(data, edits), fresh


def silenced(data: bytes, marked: Collection[str]) -> tuple[bytes, list[CellPosition]]:
    """Return the comments part without our comments and what we added to others, and the cells that have none now.

    `marked` are the names of the cells that were marked: a comment of theirs that has lost its author and ends with the name of a
    rule is ours, too.
    """
    found = list(markup.walk(data, _wanted, 6))
    authors = _authors(data, found)
    edits: list[markup.Edit] = []
    gone = []
    for comment in (e for e in found if e.depth == 3 and markup.local(e.name) == "comment"):
        at, number = place(comment.attributes.get("ref", "")), comment.attributes.get("authorId", "")
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        text = b"".join(data[e.inner:e.end].rpartition(b"</")[0] for e in found
                        if markup.local(e.name) == "t" and comment.start < e.start < comment.end)
        ours = author == AUTHOR or (not author.strip() and at and at.name in marked and _OF_A_RULE.search(text)
                                    and _RULE.encode() not in text)
        if at and ours:
            edits.append((comment.start, comment.end, b""))
            gone.append(at)
            continue
        elements = sorted((e for e in found if e.depth >= 5 and comment.start < e.start < comment.end), key=lambda e: e.start)
        edits += _shortened(data, elements)
    return markup.edited(data, edits), gone


def _shortened(data: bytes, elements: list[markup.Element]) -> list[markup.Edit]:
    """Return the edits that cut a comment off at our line, with the runs after it."""
    for text in (e for e in elements if markup.local(e.name) == "t"):
        line = data.find(_RULE.encode(), text.inner, text.end)
        if line >= 0:
            start = line - 1 if data[line - 1:line] == b"\n" else line
            after = [e for e in elements if e.depth == 5 and markup.local(e.name) == "r" and e.start > text.start]
            return [(start, data.rindex(b"</", text.start, text.end), b""), *((run.start, run.end, b"") for run in after)]
    return []


def _authors(data: bytes, found: list[markup.Element]) -> list[str]:
    return [markup.plain(data[e.inner:e.end].rpartition(b"</")[0].decode()) for e in found
            if e.depth == 3 and markup.local(e.name) == "author"]


def _wanted(path: tuple[str, ...]) -> bool:
    """Accept authors and comments with the texts in them, and their parts."""
    return (len(path) == 2 or (len(path) == 3 and path[2] in ("author", "comment"))
            or (len(path) >= 4 and path[2:4] == ("comment", "text")))


def _continued(data: bytes, inside: list[markup.Element], prefix: str, added: str) -> list[tuple[int, int, bytes]]:
    """Return the edits that continue a comment: a plain text becomes a run, because text and runs cannot be mixed."""
    whole = next((e for e in inside if e.depth == 4), None)
    if whole is None:
        raise BrokenPart("a comment has no text")
    run = _run(prefix, f"\n{_RULE}\n{added}").encode()
    children = [e for e in inside if e.depth == 5]
    plain = next((e for e in children if markup.local(e.name) == "t"), None)
    if plain is not None:
        return [(plain.start, plain.start, f"<{prefix}r>".encode()), (plain.end, plain.end, f"</{prefix}r>".encode() + run)]
    runs = [e for e in children if markup.local(e.name) == "r"]
    return [(runs[-1].end, runs[-1].end, run)] if runs else [markup.inserted(data, whole, run)]


def _run(prefix: str, content: str) -> str:
    return (f'<{prefix}r><{prefix}rPr><{prefix}sz val="9"/><{prefix}color indexed="81"/></{prefix}rPr>'
            f'<{prefix}t xml:space="preserve">{markup.text(content)}</{prefix}t></{prefix}r>')
