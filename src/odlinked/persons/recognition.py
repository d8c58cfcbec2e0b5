"""A text without persons: what is recognised is replaced by `…` in its place; everything else stays unchanged."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from odlinked.assets import Assets
from odlinked.folding import Plain, plain
from odlinked.persons import accounts, mail, names, numbers, words
from odlinked.persons.numbers import Bounds

LEFT_OUT = "…"
"""Replaces what was left out."""

MAIL_LEFT_OUT = "…@…"
"""Replaces a mail address where readers should know that there was one."""

_KEY = re.compile(
    r"(?:api[_-]?key|access[_-]?token|token|authorization|client[_-]?secret|password)=([^&\s;,。)]+)", re.IGNORECASE)
_PATH_ENDS = re.compile(r"[\s?#、，。,;()<>\[\]{}【】「」『』〔〕《》〈〉]")
_USER = re.compile(r"://[^\s/?#]*\Z")
_MEMO = 16_384
_MEMO_LENGTH = 48


@dataclass(frozen=True)
class Recognition:
    """Recognises persons by the words of `assets`; build it with `recognition`, which caches it."""

    assets: Assets

    @cached_property
    def words(self) -> words.WordLists:
        """The lists of words."""
        return words.load(self.assets)

    @cached_property
    def names(self) -> names.PersonNames:
        """What names are recognised by."""
        return names.PersonNames.of(self.assets)

    def is_unit_mailbox(self, local: str) -> bool:
        """True when the local part of a mail address names a role: every part of it does, digits aside."""
        whole = local.lower().strip(".")
        parts = [part for part in re.split(r"[-_.+]|\d+", whole) if part]
        return whole in self._roles or (bool(parts) and all(part in self._roles for part in parts))

    def unit_mailboxes(self, text: str) -> list[str]:
        """Return the mail addresses of units in a text, each once, lower case and without blanks."""
        folded = plain(text)
        found = []
        for start, end, local in mail.addresses(folded, self._no_local, self._at):
            if self.is_unit_mailbox(local):
                whole = re.sub(r"\s", "", folded[start:end]).lower()
                if re.fullmatch(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", whole) and whole not in found:
                    found.append(whole)
        return found

    def persons(self, cells: Collection[str]) -> frozenset[str]:
        """Return the names of persons in the cells of a column about persons."""
        return frozenset(names.collected([plain(cell) for cell in cells], self.names))

    def cleaner(self, known: Collection[str] = (), *, address: bool = False, alone: bool = False,
                mail_mark: str = LEFT_OUT) -> Callable[[str], str]:
        """Return the function that gives a text without persons.

        `known` are names that are removed everywhere. `address`: the texts are addresses, whose keys and user information are
        removed elsewhere and whose path may hold any digits. `alone`: the texts are not prose, so that a separate name in one is
        a person. `mail_mark` replaces a mail address.
        """
        openings = _openings(known)
        memo: dict[str, str] = {}

        def exact(text: str) -> str:
            if text.isascii() and text.isprintable():
                spans = sorted(self._found(text, known, openings, address=address, alone=alone, mail_mark=mail_mark))
                return _masked(text, spans)
            folded = Plain.of(text)
            spans = sorted(self._found(folded.text, known, openings, address=address, alone=alone, mail_mark=mail_mark))
            return _masked(text, [(*folded.written(start, end), mark) for start, end, mark in spans])

        def clean(text: str) -> str:
            answer = memo.get(text)
            if answer is not None:
                return answer
            folded = plain(text)
            answer = exact(text) if self._possible(folded, known, openings, address=address, alone=alone) else text
            if len(text) <= _MEMO_LENGTH:
                if len(memo) >= _MEMO:
                    memo.clear()
                memo[text] = answer
            return answer

        return clean

    def cleaned(self, text: str) -> str:
        """Return a text without mail addresses of persons, mobile and identity numbers, names recognised by words next to them,
        and keys."""
        return self._clean(text)

    def cleaned_address(self, text: str) -> str:
        """Return an IRI without mail addresses of persons, and without numbers of persons in its query or fragment."""
        return self._clean_address(text)

    @cached_property
    def _clean_address(self) -> Callable[[str], str]:
        return self.cleaner(address=True)

    @cached_property
    def _clean(self) -> Callable[[str], str]:
        return self.cleaner()

    @cached_property
    def _roles(self) -> frozenset[str]:
        return frozenset(self.words.of("role-mailbox"))

    @cached_property
    def _no_local(self) -> frozenset[str]:
        return frozenset(self.words.of("no-local-part"))

    @cached_property
    def _at(self) -> re.Pattern[str]:
        return re.compile(rf"[^\S\n]{{0,2}}(?:{self.words.pattern('at-sign')})[^\S\n]{{0,2}}")

    @cached_property
    def _accounts(self) -> accounts.Accounts:
        return accounts.Accounts.of(self.words)

    def _is_document(self, text: str, start: int, end: int) -> bool:
        """True when digits are the number of a document."""
        return text[start:end].isdigit() and (text[start - 1:start] in self._documents or text[end:end + 1] in self._documents)

    @cached_property
    def _documents(self) -> frozenset[str]:
        return frozenset(self.words.of("document-number"))

    def _possible(self, text: str, known: Collection[str], openings: re.Pattern[str], *, address: bool,
                  alone: bool) -> bool:
        """True when a plain text may contain anything: a quick check without false negatives."""
        if mail.possible(text, self._at) or numbers.possible(text):
            return True
        if not address and (("=" in text and _KEY.search(text)) or self._accounts.possible(text)):
            return True
        return self.names.possible(text) or (alone and self.names.possible_alone(text)) or (
            bool(known) and not text.isascii() and openings.search(text) is not None)

    def _found(self, text: str, known: Collection[str], openings: re.Pattern[str], *, address: bool, alone: bool,
               mail_mark: str) -> Iterator[tuple[int, int, str]]:
        """Yield what is left out of a plain text and its replacement."""
        for start, end, local in mail.addresses(text, self._no_local, self._at):
            if not self.is_unit_mailbox(local) and not (address and _USER.search(text, 0, start)):
                yield start, end, mail_mark
        for start, end in (*numbers.mobiles(text), *numbers.identities(text)):
            if (not address or _outside_path(text, start)) and not self._is_document(text, start, end):
                yield start, end, LEFT_OUT
        if not address:
            for match in _KEY.finditer(text):
                yield *match.span(1), LEFT_OUT
            yield from _marked(self._accounts.found(text, lambda word: word in self._no_local or self.is_unit_mailbox(word)))
        yield from _marked(self.names.found(text))
        if alone:
            yield from _marked(span for span in self.names.alone(text) if not address or _outside_path(text, span[0]))
        if known:
            yield from _marked(names.known(text, known, openings))


def _marked(found: Iterable[Bounds]) -> Iterator[tuple[int, int, str]]:
    for start, end in found:
        yield start, end, LEFT_OUT


def _outside_path(text: str, start: int) -> bool:
    """True when a number in a text of addresses is outside their hosts and paths, where any digits may occur."""
    address = text.rfind("://", 0, start)
    return address < 0 or _PATH_ENDS.search(text, address, start) is not None


def _openings(known: Collection[str]) -> re.Pattern[str]:
    return re.compile("[" + re.escape("".join(sorted({name[0] for name in known}))) + "]" if known else r"(?!)")


def _masked(text: str, spans: list[tuple[int, int, str]]) -> str:
    """Return a text with spans (in order, overlaps joined) replaced by their marks."""
    if not spans:
        return text
    out: list[str] = []
    place = 0
    for start, end, mark in spans:
        if start >= place:
            out += [text[place:start], mark]
        place = max(place, end)
    return "".join([*out, text[place:]])


@lru_cache(maxsize=4)
def recognition(assets: Assets) -> Recognition:
    """Return the recognition that uses the words of some assets."""
    return Recognition(assets)
