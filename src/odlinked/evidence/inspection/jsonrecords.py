"""JSON: whether it is GeoJSON or JSON-LD, where its records are, their keys, and whether it is an error envelope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from odlinked.errors import InputError
from odlinked.evidence.inspection.headings import compare, header, known_of
from odlinked.evidence.inspection.shape import LONGEST_NAME, MOST_FIELDS, ContentShape, Expectation, RowCounter
from odlinked.evidence.inspection.source import Source
from odlinked.folding import fold
from odlinked.sheets import json_walk
from odlinked.sheets.json_text import JsonText
from odlinked.sheets.json_walk import JsonValue, KeyPath
from odlinked.sheets.outline import Outline, RecordsPath, is_usual

MOST_PATHS: Final = 1_000
"""Most arrays, and values outside of arrays, that are examined."""

_MARK: Final = "\ufeff"
_FEATURES: Final = ("features",)
DEEP: Final = 50
"""Records whose keys are collected at every depth."""

_FINE: Final = frozenset({"", "ok", "success", "none", "null", "false", "no"})
_ERROR_KEYS: Final = frozenset({"error", "errors", "errorcode", "errormessage", "errmsg", "exception",
                                "exceptionmessage", "fault", "faultstring"})
_MESSAGE_KEYS: Final = frozenset({"message", "msg", "code", "status", "statuscode", "title", "detail", "type", "timestamp",
                                  "path", "result", "help", "requestid", "instance", "traceid", *_ERROR_KEYS})


@dataclass
class JsonInspection:
    """What a JSON text is: the notation of its kind, its records, and whether it reports an error instead of data.

    `marked`: there is a byte order mark at the beginning of a key.
    """

    kind: str
    shape: ContentShape
    failed: bool = False
    marked: bool = False


@dataclass
class _ArrayMembers:
    """The members of an array: how many, how many are objects or arrays, and the keys of the objects in order."""

    members: int = 0
    objects: int = 0
    arrays: int = 0
    keys: dict[str, None] = field(default_factory=dict)
    head: list[list[str]] = field(default_factory=list)
    deep: set[str] = field(default_factory=set)

    def shown(self) -> tuple[str, ...]:
        """Return the keys of the objects."""
        return tuple(self.keys)

    def take(self, value: object, *, features: bool) -> None:
        self.members += 1
        if isinstance(value, tuple):
            self.objects += 1
            if self.objects <= DEEP:
                self.deep.update(islice(within(value), MOST_PATHS))
            keys = self.keys
            for key, member in value:
                if key not in keys or type(member) is tuple:
                    break
            else:
                return  # nothing new, as in most records
            for key, _ in pairs(value, features=features):
                if key not in keys and len(keys) < MOST_FIELDS:
                    keys[key] = None
        elif isinstance(value, list):
            self.arrays += 1
            if len(self.head) < 2:
                self.head.append([text(cell) for cell in value])


class _JsonSurvey:
    """All arrays and all values outside of arrays, by path."""

    def __init__(self) -> None:
        self.arrays: dict[KeyPath, _ArrayMembers] = {}
        self.leaves: dict[KeyPath, object] = {}
        self.linked = self.marked = False

    def take(self, found: JsonValue) -> None:
        path, number, value = found
        if number:
            array = self.arrays.get(path)
            if array is None:
                if len(self.arrays) >= MOST_PATHS:
                    return
                array = self.arrays[path] = _ArrayMembers()
            array.take(value, features=path == _FEATURES)
            if number == 1 and isinstance(value, tuple):
                self.linked = self.linked or any(key == "@context" for key, _ in value)
                self.marked = self.marked or any(key[:1] == _MARK for key, _ in value)
        elif value == []:
            self.arrays.setdefault(path, _ArrayMembers())
        elif len(self.leaves) < MOST_PATHS:
            self.leaves[path] = value
            self.marked = self.marked or (path[-1:] != () and path[-1][:1] == _MARK)

    def names(self) -> frozenset[str]:
        """Return the names of everything that has one, at every depth of the first records."""
        around = {name for path in (*self.leaves, *self.arrays) for name in path}
        return frozenset(around.union(*(array.deep for array in self.arrays.values())))

    def alike(self, place: KeyPath | None) -> int:
        """Return how many arrays hold records with half or more of the keys of those at `place`, which are the only ones read."""
        if place is None or not self.arrays[place].keys:
            return 0
        keys = self.arrays[place].keys.keys()
        return sum(2 * len(keys & array.keys.keys()) >= len(keys) for path, array in self.arrays.items() if path != place)

    @property
    def is_geographic(self) -> bool:
        return self.leaves.get(("type",)) == "FeatureCollection" or (
            self.leaves.get(("type",)) == "Feature" and any(path[0] == "geometry" for path in (*self.leaves, *self.arrays)))

    @property
    def is_linked(self) -> bool:
        return self.linked or any(path[:1] == ("@context",) for path in (*self.leaves, *self.arrays))

    def place(self, wanted: Expectation) -> RecordsPath | None:
        """Return where the records are (`sheets.outline`); members of an array that are not objects are records, too, where the
        array has a usual name for records, holds more than there is outside of arrays, or there is nothing else."""
        place = Outline(self.arrays, self.leaves.keys()).records(known_of(wanted.fields))
        bare = max((path for path, array in self.arrays.items() if not array.objects), default=None,
                   key=lambda path: (is_usual(path), self.arrays[path].members, -len(path)))
        if bare is not None and (place is None or (
                place.whole and (is_usual(bare) or self.arrays[bare].members > len(self.leaves) or not self.leaves))):
            return RecordsPath(bare, False)
        return place


def read(source: Source, codec: str, wanted: Expectation) -> JsonInspection:
    """Examine the whole text, record by record; with a check, once more for the values."""
    survey, lines, fault = _survey(source, codec)
    shape = ContentShape(settled=source.complete and not fault, broken=fault or None)
    kind = "GEOJSON" if survey.is_geographic else "JSON_LD" if survey.is_linked else "JSON"
    found = survey.place(wanted)
    place = found.path if found and not found.whole else None
    if place is not None and survey.arrays[place].objects:
        _objects(source, codec, survey, place, lines, shape, wanted)
    elif place is not None:
        _positions(survey.arrays[place], shape, wanted)
    elif found and survey.leaves.keys() != {()}:
        _single(survey, found.path, shape, wanted)
    if not source.complete or fault:
        shape.count = None
    shape.others = survey.names()
    shape.unread += survey.alike(place)
    return JsonInspection(kind, shape, _failed(survey, place), survey.marked)


def _survey(source: Source, codec: str) -> tuple[_JsonSurvey, bool, str]:
    """Traverse once; return what there is, whether it is JSON Lines, and what stopped the traversal."""
    for lines in (False, True):
        survey = _JsonSurvey()
        with closing(JsonText(source.text(codec), "")) as held:
            try:
                for found in _walk(held, lines=lines):
                    survey.take(found)
            except json_walk.SeveralValues:
                continue
            except InputError as problem:
                return survey, lines, "" if held.ended and not source.complete else problem.why
        return survey, lines, ""
    raise AssertionError("JSON Lines have no further reading")


def _walk(held: JsonText, *, lines: bool) -> Iterator[JsonValue]:
    try:
        yield from json_walk.lines(held) if lines else json_walk.walk(held)
    except RecursionError:
        raise held.too_deep() from None


def _objects(source: Source, codec: str, survey: _JsonSurvey, place: KeyPath, lines: bool, shape: ContentShape,
             wanted: Expectation) -> None:
    """Record names and number of the records at `place`, and pass their values to the check."""
    array = survey.arrays[place]
    shape.named(tuple(array.keys))
    shape.count = array.members
    names = tuple(array.keys)
    rows = RowCounter(names, wanted.check)
    if rows.check is None:
        return
    deep = False
    with closing(JsonText(source.text(codec), "")) as held:
        try:
            for path, number, value in _walk(held, lines=lines):
                if path == place and isinstance(value, tuple):
                    cells = dict(pairs(value, features=place == _FEATURES))
                    deep = deep or any(isinstance(member, list | tuple) and member for member in cells.values())
                    rows.take(number, [text(cells.get(name)) for name in names])
        except (InputError, json_walk.SeveralValues):
            pass
    shape.unread += deep  # lists and objects within records are not read
    rows.settle(shape, whole=source.complete and not shape.broken, even=True)
    shape.count = array.members


def _single(survey: _JsonSurvey, place: KeyPath, shape: ContentShape, wanted: Expectation) -> None:
    """Record the single record; lists in it have a name, but their values are not read."""
    depth = len(place)
    values = {path: text(value) for path, value in survey.leaves.items() if path[:depth] == place}
    lists = [path for path in survey.arrays if path[:depth] == place]
    names = [".".join(path[depth:][-2:]) for path in (*values, *lists)]
    shape.named(names)
    RowCounter(names, wanted.check).take(1, [*values.values(), *("" for _ in lists)])
    shape.count, shape.unread = 1, int(any(survey.arrays[path].objects for path in lists))


def _positions(array: _ArrayMembers, shape: ContentShape, wanted: Expectation) -> None:
    """Record the names of records that are arrays, when the first of them is a header; other members have no names."""
    top = header(array.head, wanted.fields) if array.head and wanted.fields else None
    named = top == 0 and len(compare(array.head[0], wanted.fields)[0]) < len(wanted.fields)
    if array.members:
        shape.named(array.head[0] if named else ())
        shape.unread = 1  # their values are not passed to the check
    shape.count = array.members - named


def pairs(value: tuple[tuple[str, object], ...], *, features: bool = False) -> Iterator[tuple[str, object]]:
    """Yield the members of an object, those of an object within it under `outer.inner`; of a feature its properties."""
    for key, member in value:
        if key[:1] == _MARK:
            key = key.strip(_MARK)
        if not isinstance(member, tuple) or not member:
            if not features or key not in ("type", "geometry", "bbox"):
                yield key[:LONGEST_NAME], member
        elif features and key == "properties":
            yield from pairs(member)
        elif not features or key != "geometry":
            for inner, value_within in member:
                yield f"{key}.{inner}"[:LONGEST_NAME], value_within


def within(value: object) -> Iterator[str]:
    """Yield the keys of an object and of everything in it."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            for key, member in one:
                yield key[:LONGEST_NAME].strip(_MARK)
                waiting.append(member)
        elif isinstance(one, list):
            waiting += [member for member in one if isinstance(member, tuple | list)]


def text(value: object) -> str:
    """Return a value as text; a value without a text (an array, an object, null) is blank."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def _failed(survey: _JsonSurvey, place: KeyPath | None) -> bool:
    """True when the text is an envelope that reports an error instead of giving data."""
    success = survey.leaves.get(("success",))
    if success is False or (isinstance(success, str) and success.lower() == "false"):
        return True
    if place is not None:
        return _plain(place[-1:]) in _ERROR_KEYS and survey.arrays[place].members > 0
    tops = {_plain(path): value for path, value in survey.leaves.items() if path}
    if any(not _is_fine(value) for key, value in tops.items() if key in _ERROR_KEYS):
        return True
    return bool(tops) and tops.keys() <= _MESSAGE_KEYS and bool({"message", "msg", "detail"} & tops.keys())


def _plain(path: KeyPath) -> str:
    return fold(path[0]).replace("_", "").replace("-", "") if path else ""


def _is_fine(value: object) -> bool:
    """True for the value of an error key that means no error: nothing, zeros, "ok"."""
    return not value or (isinstance(value, str) and (value.strip().lower() in _FINE or not value.strip("0 ")))
