"""Stored questions: which there are, and what people write for their parameters turned into the values these are bound to.

A value is written as people know it: the notation of a code (`on-request`), its name in either language, or its IRI; the object
identifier, the name or the IRI of an organisation; a day as 2026-11-29, or `today`. What is not known is refused with what is.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

import pyoxigraph as ox

from odlinked import queries
from odlinked.assets import Assets
from odlinked.cage import fulltext
from odlinked.catalog.asking import narrowing
from odlinked.catalog.asking.organizations import Organization
from odlinked.catalog.served.release import Release
from odlinked.errors import AssetError, QueryError
from odlinked.folding import fold, plain
from odlinked.mapping import dates
from odlinked.namespaces import DQV, ODL, SKOS
from odlinked.quality.suggestions import near
from odlinked.queries import Parameter, Query
from odlinked.rdf import vocabulary

FOLDER: Final = "queries/stored/"
RESERVED: Final = ("lang", "format", "limit", "offset")
"""Names for how an answer is given, which no parameter of a query may have."""

LONGEST: Final = 500
_READ: Final = 2 * LONGEST
"""How much of a value is looked at, so that one that is too long is known for it."""

MOST_KNOWN: Final = 60
_FOLDERS: Final = ("codes", "standards", "metrics")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_PART: Final = re.compile(r"\bLIMIT \d+ OFFSET \d+")
_NUMBER: Final = re.compile(r"-?\d{1,9}")
_SPELLINGS: Final = tuple(SKOS + name for name in ("notation", "prefLabel", "altLabel"))

Organizations = Callable[[], Sequence[Organization]]


class ListedCode(NamedTuple):
    """A concept of a code list: IRI, notation, name by language ("zh-Hant", "en"), and its spellings, folded."""

    iri: str
    notation: str
    labels: Mapping[str, str]
    spellings: frozenset[str]


class NotUsable(QueryError):
    """What was given for the parameters of a question cannot be used.

    `reason` is a word for programs and names the words of the pages; `parameter` and `value` are what was given, `known` what
    would do, `near` those of them most like it.
    """

    def __init__(self, question: str, reason: str, parameter: str, value: str = "", known: Sequence[str] = (),
                 near: Sequence[str] = ()) -> None:
        self.reason, self.parameter, self.value, self.known, self.near = reason, parameter, value[:80], tuple(known), tuple(near)
        message = f"{_REASONS[reason].format(parameter=parameter, value=self.value)}"
        meant = f"Did you mean {', '.join(self.near)}? " if near else ""
        listed = ", ".join(self.known[:MOST_KNOWN]) + (" …" if len(self.known) > MOST_KNOWN else "")
        super().__init__(message, doing="asking", on=question, next_step=meant + (f"Known: {listed}" if known else "") or "")


_REASONS: Final = {
    "parameter": "there is no parameter {parameter!r}", "repeated": "parameter {parameter!r} is given more than once",
    "missing": "parameter {parameter!r} must be given", "value": "{value!r} is no value of {parameter!r}",
    "number": "{value!r} is no whole number of at most nine digits, as {parameter!r} needs one",
    "date": "{value!r} is no day written like 2026-11-29, as {parameter!r} needs one",
    "iri": "{value!r} is no absolute IRI, as {parameter!r} needs one", "long": "the value of {parameter!r} is too long",
    "question": "there is no stored question of this name",
}


def stored(assets: Assets) -> dict[str, Query]:
    """Return the stored questions by name (the file's, without `.rq`), sorted by name; overlays add and replace them.

    They are read once in a process while no query is another. Raise `AssetError` for one whose header or name cannot be used.
    """
    return dict(_stored(assets, assets.state(FOLDER.partition("/")[0])))


@lru_cache(maxsize=2)
def _stored(assets: Assets, _state: object) -> dict[str, Query]:
    found, ways = {}, narrowing.load(assets)
    for asset in assets.glob(FOLDER + "*.rq"):
        name = asset.removeprefix(FOLDER).removesuffix(".rq")
        query = queries.load(assets, asset)
        taken = [one for one in query.takes if one in RESERVED]
        if not _NAME.fullmatch(name) or taken or not query.rows:
            why = f"a parameter cannot be called {taken[0]!r}" if taken else "its name is not of small letters, digits and dashes"
            raise AssetError(why, doing="reading the question", on=asset, next_step="Give it another name")
        found[name] = replace(query, narrowed=narrowing.narrowed(query.text, ways))
    return found


def named(questions: Mapping[str, Query], name: str) -> Query:
    """Return the question of a name; raise `NotUsable` with the nearest names where there is none."""
    if name not in questions:
        nearest = near(name, list(questions))
        raise NotUsable(name[:80], "question", name[:80], known=() if nearest else list(questions), near=nearest)
    return questions[name]


def text(query: Query, values: Mapping[str, str | None], rows: int, offset: int = 0) -> str:
    """Return a question as SPARQL with its values bound, for `rows` rows from `offset` on and one more, which tells whether there
    are others.

    A `LIMIT 1000 OFFSET 0` of the text is where they are counted, so that what is only shown is looked up for them alone; without
    one it is at the end.
    """
    spelled, part = query.spelled(**values).rstrip(), f"LIMIT {rows + 1} OFFSET {offset}"
    placed, times = _PART.subn(part, spelled)
    return (placed if times else f"{spelled}\n{part}") + "\n"


def answer(release: Release, query: Query, values: Mapping[str, str | None]) -> ox.QuerySolutions:
    """Return all rows of a question asked of a release, in this process: for its owner, not for strangers."""
    text = _PART.sub("", query.spelled(**values))
    found = ox.Store.read_only(str(release.store_path)).query(fulltext.searched(text, {}, ODL, release.matches).text or text)
    assert isinstance(found, ox.QuerySolutions)  # noqa: S101 - narrows the engine's wider type
    return found


@lru_cache(maxsize=256)
def columns(query: Query) -> tuple[str, ...]:
    """Return the columns of a question's answer; raise `AssetError` for one that is no SELECT, or no SPARQL."""
    try:
        found = ox.Store().query(query.text)
    except SyntaxError as problem:
        raise AssetError(f"it cannot be read ({problem})", doing="reading the question", on=query.name) from problem
    if not isinstance(found, ox.QuerySolutions):
        raise AssetError("a stored question is a SELECT", doing="reading the question", on=query.name)
    return tuple(variable.value for variable in found.variables)


def codes(assets: Assets, name: str) -> tuple[ListedCode, ...]:
    """Return the concepts (of `ontologies/metrics/`, the metrics) of code list `name` in the order of its file.

    They are read once in a process while no list is another. Raise `AssetError` where there is no such list.
    """
    paths = (f"ontologies/{folder}/{name}.ttl" for folder in _FOLDERS)
    asset = next((path for path in paths if assets.get(path)), f"ontologies/{_FOLDERS[0]}/{name}.ttl")
    return _codes(assets, asset, assets.stamp(asset))


@lru_cache(maxsize=64)
def _codes(assets: Assets, asset: str, _stamp: object) -> tuple[ListedCode, ...]:
    statements: dict[str, list[tuple[str, ox.Literal]]] = {}
    concepts: dict[str, None] = {}
    for statement in vocabulary.read(assets, asset, doing="reading the code list"):
        subject = str(getattr(statement.subject, "value", ""))
        if statement.predicate.value == SKOS + "inScheme" or getattr(statement.object, "value", "") == DQV + "Metric":
            concepts[subject] = None
        elif statement.predicate.value in _SPELLINGS and isinstance(statement.object, ox.Literal):
            statements.setdefault(subject, []).append((statement.predicate.value, statement.object))
    return tuple(_code(iri, statements.get(iri, [])) for iri in concepts)


def _code(iri: str, found: Iterable[tuple[str, ox.Literal]]) -> ListedCode:
    pairs = list(found)
    notation = next((text.value for what, text in pairs if what == SKOS + "notation"), iri.replace("#", "/").rpartition("/")[2])
    labels = {"en" if text.language == "en" else "zh-Hant": text.value for what, text in pairs if what == SKOS + "prefLabel"}
    return ListedCode(iri, notation, labels, frozenset({fold(notation), *(fold(text.value) for _, text in pairs)}))


class ParameterReader:
    """Turns what is given for parameters into the values they are bound to, over one set of assets and one catalogue's day."""

    def __init__(self, assets: Assets, today: date, organizations: Organizations) -> None:
        self._assets, self._today, self._organizations = assets, today, organizations

    def values(self, query: Query, given: Iterable[tuple[str, str]]) -> dict[str, str | None]:
        """Return parameter name -> value (None: left out) for what was given as (name, value) pairs; blank values are none.

        Raise `NotUsable` for an unknown, repeated, missing or invalid one.
        """
        written: dict[str, str] = {}
        for name, value in given:
            if name not in query.takes:
                known = list(query.takes)
                raise NotUsable(query.name, "parameter", name[:80], known=known, near=near(name, known))
            if not value.strip():
                continue
            if name in written:
                raise NotUsable(query.name, "repeated", name)
            written[name] = plain(value[:_READ]).strip()
            if not written[name]:  # of characters nobody sees
                raise NotUsable(query.name, "value", name, repr(value[:9]))
        return {name: self._value(query, one, written.get(name)) for name, one in query.takes.items()}

    def _value(self, query: Query, one: Parameter, written: str | None) -> str | None:
        if written is None:
            if one.required:
                known = [code.notation for code in codes(self._assets, one.codes)] if one.codes else []
                raise NotUsable(query.name, "missing", one.name, known=known)
            written = one.default
        if written is None:
            return None
        if len(written) > LONGEST:
            raise NotUsable(query.name, "long", one.name)
        text = written
        if one.kind == "code":
            return self._concept(query, one, text)
        if one.kind == "organization":
            return self._organization(query, one, text)
        return self._literal(query, one, text)

    def _concept(self, query: Query, one: Parameter, text: str) -> str:
        listed = codes(self._assets, one.codes)
        found = code_of(listed, text)
        if found is None:
            raise NotUsable(query.name, "value", one.name, text, [code.notation for code in listed], like(listed, text))
        return found

    def _organization(self, query: Query, one: Parameter, text: str) -> str:
        known, last, name = self._organizations(), text.rpartition("/")[2].removeprefix("urn:oid:"), fold(text)
        found = [o.iri for o in known if text == o.iri or last == o.iri.rpartition("/")[2]]
        found = found or [o.iri for o in known if name in (fold(o.name), fold(o.name_en))]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotUsable(query.name, "value", one.name, text, found)
        names = {fold(o.name): o.name for o in known if o.name}
        nearest = [names[spelling] for spelling in near(text, list(names))]
        most = [o.name for o in known if o.with_all_below][:10]
        raise NotUsable(query.name, "value", one.name, text, () if nearest else most, nearest)

    def _literal(self, query: Query, one: Parameter, text: str) -> str:
        if one.kind == "integer" and not _NUMBER.fullmatch(text):
            raise NotUsable(query.name, "number", one.name, text)
        if one.kind == "date":
            return self._day(query, one, text)
        if one.kind == "iri":
            try:
                return ox.NamedNode(text).value
            except ValueError:
                raise NotUsable(query.name, "iri", one.name, text) from None
        return text

    def _day(self, query: Query, one: Parameter, text: str) -> str:
        """Return a day in ISO 8601: written so, as people write it (115/11/29), or `today`."""
        if text == "today":
            return self._today.isoformat()
        with contextlib.suppress(ValueError):
            return date.fromisoformat(text).isoformat()
        moment = dates.read(text)
        if moment is None or moment.datatype != "date":
            raise NotUsable(query.name, "date", one.name, text)
        return moment.lexical


def code_of(listed: Iterable[ListedCode], text: str) -> str | None:
    """Return the IRI of the code that is meant: by its IRI, its notation, or a name of it; None where none is."""
    wanted, found = fold(text), list(listed)
    exact = (code.iri for code in found if text in (code.iri, code.notation))
    return next(exact, None) or next((code.iri for code in found if wanted in code.spellings), None)


def like(listed: Iterable[ListedCode], text: str) -> list[str]:
    """Return the notations of the codes that are spelled most like a text."""
    spelled = {spelling: code.notation for code in listed for spelling in code.spellings}
    return list(dict.fromkeys(spelled[one] for one in near(text, list(spelled))))
