"""Personal accounts of messengers in plain text: LINE, WeChat and the like, after the messenger's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from odlinked.persons.numbers import Bounds
from odlinked.persons.words import WordLists

_GAP = r"[^\S\n]{0,2}"
_ACCOUNT = r"(?:live:)?[A-Za-z0-9][A-Za-z0-9_.-]{1,39}(?![A-Za-z0-9_@]|:/)"

_LIKELY = re.compile(r"\d{6}|(?=.*[A-Za-z]).{4}")
_ODD = re.compile(r"[\d_]")


@dataclass(frozen=True)
class Accounts:
    """Finds accounts. An account that starts with @ is an official one (of an agency or a company) and stays."""

    named: re.Pattern[str]
    messengers: frozenset[str]

    @classmethod
    def of(cls, words: WordLists) -> Accounts:
        """Build it from the lists of words."""
        messenger, account = words.pattern("messenger"), words.pattern("account-word")
        return cls(re.compile(
            rf"(?<![A-Za-z])(?P<messenger>{messenger}){_GAP}[-_(]?(?:(?P<marked>{account})\)?{_GAP}[:=]?|[:=]){_GAP}"
            rf"(?P<account>{_ACCOUNT})", re.IGNORECASE), frozenset(words.of("messenger")))

    def possible(self, text: str) -> bool:
        """True when a plain text may contain an account: no false negatives."""
        return self.named.search(text) is not None

    def found(self, text: str, is_none: Callable[[str], bool]) -> Iterator[Bounds]:
        """Yield where accounts are; `is_none` recognises words (lower case) that are never an account."""
        for match in self.named.finditer(text):
            account = match["account"]
            plainly = _ODD.search(account) is not None or match["messenger"] in self.messengers
            if (match["marked"] or (plainly and _LIKELY.match(account))) and not is_none(account.lower()):
                yield match.span("account")
