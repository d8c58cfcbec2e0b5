"""Conditions of use in a cell: which apply, and what is stated about each. Unticked boxes and 無 are ignored.

■收費 □限制利用 is a fee; 1.收費：□ 2.限制利用：■ 說明：限研究 a restriction, 限研究; a number alone (1) the condition of that
number. Words that name no condition are another one. The names of conditions are code lists, the words around the names are an
asset.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.folding import fold, plain, visible

ASSET = "mappings/shared/conditions.toml"
KINDS = ("fee", "restriction", "other")
"""The conditions in the order of their numbers: the last parts of the codes of the list use-condition."""

FREE = "free"
"""In addition to the conditions: that there is no fee."""

_BRACKETED = re.compile(r"^[（(]([^（()）]*)[)）]$")
_NUMBER = r"[(（]?[1-3１-３][.．、)）:：]?\s*"
_NUMBERS = re.compile(r"(?:第?[(]?[1-3][)]?[項.]?[\s、,;/和及.]*)+")


@dataclass(frozen=True)
class Conditions:
    """The words of conditions: `kinds` folded name -> kind, `none` and `only` folded; the patterns are built from them."""

    kinds: Mapping[str, str]
    ticked: str
    unticked: str
    none: frozenset[str]
    only: frozenset[str]
    explains: str
    label: re.Pattern[str]

    @classmethod
    def load(cls, assets: Assets, conditions: Mapping[str, str], fees: Mapping[str, str]) -> Conditions:
        """Read the asset; `conditions` and `fees` are the code lists (folded spelling -> concept IRI)."""
        try:
            raw = tomllib.loads(assets.text(ASSET))
            kinds = {name: iri.rpartition("/")[2] for name, iri in conditions.items()}
            kinds |= {name: FREE for name, iri in fees.items() if iri.endswith("/" + FREE)}
            return cls({name: kind for name, kind in kinds.items() if not name.isascii()}, raw["ticked"], raw["unticked"],
                       frozenset(map(fold, raw["none"])), frozenset(map(fold, raw["only"])), raw["explains"],
                       re.compile(raw["asks"]))
        except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, re.error) as problem:
            raise AssetError(f"it cannot be read ({problem})",
                             doing="reading the words of conditions of use", on=ASSET) from problem

    def read(self, text: str, kind: str = "") -> dict[str, str]:
        """Return kind -> what is stated about it ("" for nothing more) for the conditions that apply.

        `kind` is the one the cell is about, "" for all.
        """
        text = self.label.sub("", visible(text)).strip()
        if kind:
            return self._settled([(kind, "", text)]) if text else {}
        if _NUMBERS.fullmatch(plain(text)):
            return {KINDS[int(number) - 1]: "" for number in re.findall(r"[1-3]", plain(text))}
        items = list(self._items(text))
        if not items:
            text = self._text(text)[1]
            return {"other": text} if re.search(r"\w", text) and fold(text) not in self.none else {}
        return self._settled(items)

    def _items(self, text: str) -> Iterator[tuple[str, str, str]]:
        """Yield kind, the mark before the name and the text after it, of each condition the cell names."""
        known = sorted(self.kinds, key=len, reverse=True)
        names, plainly = ("|".join(map(re.escape, some)) for some in (known, (name for name in known if len(name) > 2 or
                                                                             self.kinds[name] != "other")))
        marks = f"[{re.escape(self.ticked + self.unticked)}]"
        leading = re.match(rf"\s*(?:{_NUMBER})?{marks}", text) is not None
        box = rf"(?:(?:{_NUMBER})?(?P<box>{marks})\s*(?:{_NUMBER})?)" if leading else rf"(?:{_NUMBER})"
        strict = re.compile(rf"(?:{box}|(?:^|(?<=[\s；;。]))\s*)(?P<name>{names})")
        found = list(strict.finditer(text)) or list(re.finditer(rf"(?P<name>{plainly})", text))[:1]
        for one, following in zip_longest(found, found[1:]):
            end = following.start() if following else len(text)
            mark = one.groupdict().get("box") or ""
            yield self.kinds[one["name"]], mark, text[one.end():end]

    def _settled(self, items: list[tuple[str, str, str]]) -> dict[str, str]:
        """Return which of the conditions that a cell names apply."""
        answer: dict[str, str] = {}
        parts = [(kind, before, *self._text(behind)) for kind, before, behind in items]
        boxed = any(before or after for _, before, after, _ in parts)
        for kind, before, after, text in parts:
            mark, key = before or after, fold(text)
            empty = re.search(r"\w", text) is None
            unmarked = empty and (text or (boxed and not mark))
            if (mark and mark in self.unticked) or key in self.none or unmarked:
                continue
            if kind == "fee" and self.kinds.get(key) == FREE:
                kind, text = FREE, ""
            own = kind != "other" and self.kinds.get(key) == kind
            answer.setdefault(kind, "" if key in self.only or own else text)
        return answer

    def _text(self, behind: str) -> tuple[str, str]:
        """Return the mark that a text begins with, and the text after it."""
        marks = re.escape(self.ticked + self.unticked)
        found = re.match(rf"[\s：:，,、(（]*([{marks}])(?![A-Za-z])[)）]?", behind)
        mark, rest = (found[1], behind[found.end():]) if found else ("", behind)
        rest = re.sub(rf"^[\s：:，,、；;。]*(?:(?:{self.explains})\s*[：:]\s*)?", "", rest)
        rest = re.sub(r"[\s；;，,、。：:]*(?:[(（]?[1-3１-３][.．、)）]\s*)?$", "", rest)
        rest = re.sub(rf"^(?:{'|'.join(map(re.escape, self.only))})[，,、：:\s]+", "", rest.strip("；;，,、 \t\r\n"))
        return mark, _BRACKETED.sub(r"\1", rest)
