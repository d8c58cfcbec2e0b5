"""Where the values of a JSON record stand in the text of its file, so that one of them can be written anew without the others."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Sequence

from odlinked.sheets.headings import on_one_line
from odlinked.sheets.json_text import JsonText
from odlinked.sheets.tables import JsonPlace


class SpelledText(JsonText):
    """A JSON text that knows where the value taken last begins (in characters from the start) and how it is `spelled`."""

    begun = 0
    spelled = ""

    def value(self) -> object:
        """Take the next value."""
        self.peek()
        self.begun = self.taken + self.start
        found = super().value()
        self.spelled = self.held[self.begun - self.taken:self.start]
        return found


def found(records: Iterable[tuple[int, int, str]], headings: Sequence[str],
          wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[JsonPlace]]:
    """Return the values behind cells: of `records` with their row, where they begin and their text, those `wanted` by row and
    0-based column."""
    rows: dict[int, dict[str, int]] = {}
    for row, column in wanted:
        rows.setdefault(row, {})[headings[column]] = column
    answer: dict[tuple[int, int], list[JsonPlace]] = {}
    for row, begun, text in records:
        columns = rows.get(row, {})
        for heading, place in _leaves(SpelledText(io.StringIO(text), ""), "", ()) if columns else ():
            if heading in columns:
                at = place._replace(start=begun + place.start, end=begun + place.end)
                answer.setdefault((row, columns[heading]), []).append(at)
    return answer


def _leaves(text: SpelledText, heading: str, member: tuple[int, ...]) -> Iterator[tuple[str, JsonPlace]]:
    """Yield every value that is no object and no array, with the heading that `flatten` gives it."""
    opens = text.peek()
    if opens == "{":
        text.take("{", "an object")
        while text.peek() != "}":
            if text.peek() == ",":
                text.take(",", "a comma")
            key = on_one_line(text.key())
            yield from _leaves(text, f"{heading}.{key}" if heading else key, member)
        text.take("}", "the closing brace")
    elif opens == "[":
        text.take("[", "an array")
        place = 0
        while text.peek() != "]":
            if text.peek() == ",":
                text.take(",", "a comma")
            yield from _leaves(text, heading, (*member, place))
            place += 1
        text.take("]", "the closing bracket")
    else:
        text.value()
        yield heading, JsonPlace(text.begun, text.begun + len(text.spelled), text.spelled, member)
