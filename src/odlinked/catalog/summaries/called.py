"""What a dataset is called: the names by which one dataset is known in two sources (`intake.identities`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from odlinked.folding import fold

ADDRESS: Final = "address"
CODE: Final = "code"
NUMBER: Final = "number"
TITLE: Final = "title"
"""Kinds of names. A name is written with its kind and a blank before it."""

_CODE: Final = re.compile(r"[a-z_0-9]{10}-[a-z_0-9]{6}", re.IGNORECASE)
"""Identifiers of datasets by the Dataset Metadata Standard (2015-07), table 7: of all identifiers only these are unique."""

_NUMBER: Final = re.compile(r"[0-9]{1,7}")
_PAGE: Final = re.compile(r"https?://data\.gov\.tw/(?:en/)?datasets?/([0-9]{1,7})/?")
"""The page of a dataset on the national platform, which names it by its number."""

_SITE: Final = re.compile(r"[a-z]+://[^/?#]*/?(?:index\.[a-z]+)?", re.IGNORECASE)
"""The first page of a site, which is no dataset's address."""


def names(iri: str, title: str, others: Iterable[str]) -> frozenset[str]:
    """Return what a dataset is called beside its own IRI (`address`): other addresses, number at the national platform, code of
    the standard, folded title; `others` are addresses and identifiers that its document states."""
    return frozenset(_names(unquote(iri.rpartition("/")[2]), title, others))


def address(iri: str) -> str:
    """Return the name that an address is."""
    return f"{ADDRESS} {iri}"


def is_title(name: str) -> bool:
    """Whether a name is a title, which tells only together with the unit."""
    return name.startswith(f"{TITLE} ")


def _names(own: str, title: str, others: Iterable[str]) -> Iterator[str]:
    if _NUMBER.fullmatch(own):
        yield f"{NUMBER} {own}"
    for one in (own, *others):
        if number := _PAGE.fullmatch(one):
            yield f"{NUMBER} {number[1]}"
        elif "://" in one:
            if not _SITE.fullmatch(one):
                yield address(one)
        elif _CODE.fullmatch(one):
            yield f"{CODE} {one.lower()}"
    if title:
        yield f"{TITLE} {fold(title)}"
