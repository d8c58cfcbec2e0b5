"""JSON objects as statements: a key is a property, an object in an object a node of its own, a list several values.

What such statements mean is said by the CONSTRUCT queries of a mapping; nothing is known of any key here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from odlinked.rdf import ntriples

ROW: Final = "https://w3id.org/odlinked/row#"
"""Where the keys of a record stand, as the headings of a table do."""

DEEPEST: Final = 20
"""Most objects one in the other."""

_LONGEST_KEY: Final = 200


def statements(record: dict[str, Any], node: str) -> Iterator[bytes]:
    """Yield what a JSON object states, as lines of N-Triples about the IRI `node`; numbers and truth values are strings as JSON
    writes them, null and what is nested too deeply (`DEEPEST`) state nothing.

    The position of a member of a list is its `row:position`, where it is an object.
    """
    waiting: list[tuple[Any, str, int]] = [(record, node, 0)]
    count = 0
    while waiting:
        value, name, depth = waiting.pop()
        for key, member in value.items():
            property_ = f"<{ROW}{quote(str(key)[:_LONGEST_KEY], safe='')}>"
            for position, one in enumerate(member if isinstance(member, list) else (member,)):
                if isinstance(one, dict):
                    if depth < DEEPEST:
                        count += 1
                        below = f"{node}.{count}"
                        yield f"<{name}> {property_} <{below}> .".encode()
                        if isinstance(member, list):
                            yield _line(below, f"<{ROW}position>", str(position))
                        waiting.append((one, below, depth + 1))
                elif one is not None and not isinstance(one, list):
                    yield _line(name, property_, str(one).lower() if isinstance(one, bool) else str(one))


def _line(node: str, property_: str, text: str) -> bytes:
    return f"<{node}> {property_} {ntriples.string(text)} .".encode("utf-8", "replace")
