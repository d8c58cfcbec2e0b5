"""Invalid language tags of Turtle, TriG, N-Triples and N-Quads: found and corrected, because no parser reads past them."""

from __future__ import annotations

import re
from typing import Final

from odlinked.graphs import slips
from odlinked.graphs.slips import Slip, slip
from odlinked.graphs.terms import UNDETERMINED, is_tag, mended

_SPOKEN: Final = re.compile(
    r'\\.|<[^<>"\n]*>|\#[^\n]*'
    r'|("""(?:[^"\\]++|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]++|\\.|\'(?!\'\'))*+\'\'\'|"(?:[^"\\]++|\\.)*+"|\'(?:[^\'\\]++|\\.)*+\')'
    r'(@[^\s,;\])}]+)?',
    re.DOTALL)
_TAGS: Final = re.compile(r"[\"']@([^\s,;\])}]+)")


def mend(text: str) -> tuple[str, list[Slip]]:
    """Return a file's text with its language tags well-formed, and those that were not, with their lines.

    An incomprehensible tag becomes `und`; a text direction (RDF 1.2) is dropped. Line breaks stay as they are.
    """
    if all(is_tag(tag.rstrip(".")) for tag in set(_TAGS.findall(text))):
        return text, []
    found: list[Slip] = []
    counted, at = 1, 0

    def put(match: re.Match[str]) -> str:
        nonlocal counted, at
        if not match[2]:
            return match[0]
        tag = match[2][1:].rstrip(".")
        if is_tag(tag):
            return match[0]
        if len(found) < slips.MOST:
            counted += text.count("\n", at, match.start(2))
            at = match.start(2)
            rule = slips.NEWER if tag.endswith(("--ltr", "--rtl")) and is_tag(tag[:-5]) else slips.LANGUAGE
            found.append(slip(rule, counted, f"@{tag}", mended(tag)))
        return match[1] + "@" + (mended(tag) or UNDETERMINED) + match[2][1 + len(tag):]

    return _SPOKEN.sub(put, text), found
