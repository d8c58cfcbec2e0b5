"""Whether an API's description is a valid OpenAPI document: Swagger 2.0, OpenAPI 3.0 and 3.1.

References to other documents are never followed: where there are any and nothing else is wrong, validity is not established.
Three answers: valid, not valid with the first faults, not established with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from odlinked.evidence.inspection.descriptions import DescriptionText, TooMuch, Unreadable, escaped, load
from odlinked.evidence.observation import ApiDescription

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator
    from openapi_spec_validator.validation.validators import SpecValidator

FIRST: Final = 10
"""Most faults reported; one that occurs in several places is reported once, with their number."""

_MOST: Final = 2_000
"""Most faults examined."""

_LONGEST: Final = 240
_VERSION: Final = re.compile(r"(2\.0|3\.[01])(?:\.\d+)?(?:-.*)?\Z")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_OPINIONS: Final = ("ExtraParametersError",)
"""What the checking library objects to but the specification does not: a required property that no schema lists."""

Flaw = tuple[str, str]


def description(data: bytes, media_type: str = "") -> ApiDescription:
    """Return what an API description is. Its text decides whether it is JSON or YAML, not its `media_type`."""
    try:
        text = load(data)
    except Unreadable as problem:
        return ApiDescription(None, False, (str(problem),))
    except TooMuch as problem:
        return ApiDescription(None, None, (f"not checked: {problem}",))
    stated = _stated(text.value)
    if stated is None:
        return ApiDescription(None, False, ("it is no OpenAPI description: at its top stands neither 'openapi' nor 'swagger'",))
    match = _VERSION.match(str(stated))
    if match is None:
        return ApiDescription(str(stated)[:20], None, (f"not checked: version {str(stated)[:20]!r} is none of 2.0, 3.0 and 3.1",))
    return _judged(match[1], text)


def _stated(value: Any) -> object:
    """Return the version a document states, None where it states none."""
    return value.get("swagger", value.get("openapi")) if isinstance(value, dict) else None


def _judged(version: str, text: DescriptionText) -> ApiDescription:
    local, outside = _references(text.value)
    faults = [*text.faults, *local]
    unchecked: list[str] = [f"not checked: {at or '/'}: {ref!r} leads out of the document" for at, ref in outside]
    try:
        structure = list(islice(_structure(version, text.value), _MOST))
        faults += structure
        if not structure and not local and not outside:
            faults += islice(_meaning(version, text.value), _MOST)
    except _Outside as problem:
        unchecked.append(f"not checked: {str(problem)[:_LONGEST]!r} leads out of the document")
    except RecursionError:
        unchecked.append("not checked: its schemas are nested too deep")
    valid = False if faults else None if unchecked else True
    return ApiDescription(version, valid, tuple(_listed(faults) or unchecked[:FIRST]))


def _listed(faults: list[Flaw]) -> list[str]:
    """Return the first faults as text."""
    places: dict[str, list[str]] = {}
    for at, why in faults:
        places.setdefault(why, []).append(at or "/")
    texts = [f"{at[0]}: {why}" + (f" (and in {len(at) - 1:,} more places)" if at[1:] else "") for why, at in places.items()]
    return texts if len(texts) <= FIRST else [*texts[:FIRST], f"{len(texts) - FIRST:,} more kinds of faults"]


def _references(document: Any) -> tuple[list[Flaw], list[Flaw]]:
    """Return the references without a target within the document, and those to other documents."""
    broken: list[Flaw] = []
    outside: list[Flaw] = []
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(f"{at}/{index}", one) for index, one in enumerate(value)]
        elif isinstance(value, dict):
            if isinstance(value.get("$id"), str):
                continue  # a schema with an address of its own: references within it start there
            for key, member in value.items():
                below = f"{at}/{escaped(key)}"
                if key in _REFERENCES and isinstance(member, str):
                    if not member.startswith("#"):
                        outside.append((below, member[:_LONGEST]))
                    elif member[1:2] in ("", "/") and not _leads(document, member[1:]):
                        broken.append((below, f"{member[:_LONGEST]!r} leads nowhere in the document"))
                elif key not in ("example", "examples"):
                    waiting.append((below, member))
    return sorted(broken), sorted(outside)


def _leads(document: Any, pointer: str) -> bool:
    """True when a JSON pointer, percent-encoded or not, has a target."""
    from urllib.parse import unquote

    value = document
    for part in unquote(pointer).split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and len(name) < 9 and int(name) < len(value):
            value = value[int(name)]
        else:
            return False
    return True


def _validator(version: str) -> type[SpecValidator]:
    from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    return {"2.0": OpenAPIV2SpecValidator, "3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}[version]


def _structure(version: str, document: Any) -> Iterator[Flaw]:
    """Yield where the document breaks the schema of its version."""
    for error in _schema(version).iter_errors(document):
        yield _fault(error)


@cache
def _schema(version: str) -> Validator:
    """Return the validator of a version's schema, its anchors found once and not at each reference."""
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY
    from referencing import Resource
    from referencing.jsonschema import DRAFT4

    schema: dict[str, Any] = dict(cast(Mapping[str, Any], _validator(version).schema_validator.schema))
    resource = Resource.from_contents(schema, default_specification=DRAFT4)
    made: Validator = validator_for(schema)(schema, registry=REGISTRY.with_resource(resource.id() or "", resource).crawl())
    return made


class _Outside(Exception):
    """A reference to another document, of a kind that was not recognised before."""


class _Closed(dict[str, Callable[[str], Any]]):
    """Handlers for every kind of address: none is followed."""

    def __contains__(self, _: object) -> bool:
        return True

    def __getitem__(self, _: str) -> Callable[[str], Any]:
        def refuse(address: str) -> Any:
            raise LookupError(f"{address!r} leads out of the document")

        return refuse


def _meaning(version: str, document: Any) -> Iterator[Flaw]:
    """Yield what no schema can express: operations of one name, parameters twice or missing, defaults of the wrong type."""
    from jsonschema_path import SchemaPath
    from referencing.exceptions import Unresolvable, Unretrievable

    document = _Shared().copy(document)
    path = SchemaPath.from_dict(document, handlers=_Closed())
    checker = _validator(version)(path)
    try:
        for error in checker.root_validator(path):
            if type(error).__name__ not in _OPINIONS:
                at, why = _fault(error)
                yield at or _place(document, error.schema), why
    except Unretrievable as problem:
        raise _Outside(problem.ref) from problem
    except Unresolvable as problem:
        if isinstance(problem.__cause__, Unretrievable):
            raise _Outside(problem.ref) from problem
        yield "", f"the reference {problem.ref!r} leads nowhere"
    except (KeyError, TypeError, AttributeError, LookupError, ValueError, re.error, AssertionError) as problem:
        yield "", f"it cannot be followed ({type(problem).__name__}: {str(problem)[:_LONGEST]})"


def _place(document: Any, schema: object) -> str:
    """Return the pointer of the schema that a value was checked against, "" where it is not in the document."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting and isinstance(schema, dict):
        at, value = waiting.pop()
        if value is schema:
            return at
        if isinstance(value, list):
            waiting += [(f"{at}/{index}", one) for index, one in enumerate(value)]
        elif isinstance(value, dict):
            waiting += [(f"{at}/{escaped(key)}", member) for key, member in value.items()]
    return ""


class _Shared:
    """Copies values so that equal objects are one object, which is then checked once, however often it occurs.

    Regular expressions are left out: an attacker can write one so that matching never ends.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Any] = {}

    def copy(self, value: Any) -> Any:
        if isinstance(value, list):
            members: list[Any] = [self.copy(one) for one in value]
            return self._known.setdefault(("list", *map(self._key, members)), members)
        if isinstance(value, dict):
            kept = {key: self.copy(member) for key, member in value.items()
                    if not (key == "pattern" and isinstance(member, str)) and key != "patternProperties"}
            return self._known.setdefault(("dict", *((key, self._key(member)) for key, member in kept.items())), kept)
        return value

    @staticmethod
    def _key(value: Any) -> tuple[object, ...]:
        """Return the key of a member that has been copied; true, 1 and 1.0 are different."""
        return ("at", id(value)) if isinstance(value, list | dict) else (type(value), value)


def _fault(error: ValidationError) -> Flaw:
    """Return place and reason of an error: for an alternative that fails, its deepest failure."""
    while error.context:
        inner = [one for one in error.context if "'$ref'" not in one.message] or error.context
        error = max(inner, key=lambda one: len(one.absolute_path))
    shown = repr(error.instance)
    message = error.message.replace(shown, "the value") if len(shown) > 60 else error.message
    if error.validator in ("oneOf", "anyOf") and len(message) > _LONGEST:
        message = "the value is none of what may stand here"
    return "".join(f"/{escaped(str(part))}" for part in error.absolute_path), message[:_LONGEST]
