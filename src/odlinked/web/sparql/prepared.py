"""Answers of stored questions with nothing chosen, or only one of the largest bodies, made before anyone asks.

Most of these questions count or sort every dataset, which takes up to seconds at national size, however they are put. Once the
service is up, and again for each release, they are asked one after the other in a process of the lowest priority that takes
nobody's place; each answer is kept packed, about 13 kB, and given in any format and for any number of rows.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable

import pyoxigraph as ox

from odlinked.cage.result_writers import First, solutions
from odlinked.rdf.xml_names import Unwritable


class PreparedAnswers:
    """What was prepared over one content of the store; safe for threads."""

    def __init__(self) -> None:
        self._content, self._answers = "", dict[str, tuple[bytes, bool]]()

    def begin(self, content: str, texts: Iterable[str]) -> list[str]:
        """Forget what was prepared over another content, and whatever is none of `texts`; return those that are not there yet."""
        wanted = list(dict.fromkeys(texts))
        held = self._answers if content == self._content else {}
        self._answers, self._content = {text: held[text] for text in wanted if text in held}, content
        return [text for text in wanted if text not in held]

    def put(self, content: str, text: str, answer: bytes, more: bool) -> None:
        """Keep the answer to `text` in SPARQL JSON; `more` rows would follow."""
        if content == self._content:
            self._answers[text] = zlib.compress(answer, 6), more

    def get(self, content: str, text: str, name: str, rows: int) -> tuple[bytes, bool] | None:
        """Return the first rows of the answer to `text` in format `name`, and whether more follow; None where there is none."""
        answers, held = self._answers, self._content
        found = answers.get(text) if content == held else None
        if found is None:
            return None
        results = ox.parse_query_results(zlib.decompress(found[0]), format=ox.QueryResultsFormat.JSON)
        out, first = io.BytesIO(), First(results, rows)
        try:
            solutions(first, name, out, None, ())
        except Unwritable:
            return None  # told where it is asked for
        return out.getvalue(), first.more or found[1]

    def __len__(self) -> int:
        return len(self._answers)
