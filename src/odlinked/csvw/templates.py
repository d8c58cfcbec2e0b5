"""URI templates (RFC 6570, all four levels; the values are strings and lists of strings, as cells have)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote

Variables = Mapping[str, str | list[str]]

_EXPRESSION = re.compile(r"\{([+#./;?&]?)([^{}]*)\}")
_NAME = re.compile(r"((?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*)(?::([1-9][0-9]{0,3})|(\*))?")
_RESERVED = ":/?#[]@!$&'()*+,;="
_ENCODED = re.compile(f"((?:%[0-9A-Fa-f]{{2}}|[{re.escape(_RESERVED)}])+)")


class _Operator(NamedTuple):
    first: str
    between: str
    named: bool
    if_empty: str
    reserved: bool


_OPERATORS: Mapping[str, _Operator] = MappingProxyType({
    "": _Operator("", ",", False, "", False), "+": _Operator("", ",", False, "", True),
    "#": _Operator("#", ",", False, "", True), ".": _Operator(".", ".", False, "", False),
    "/": _Operator("/", "/", False, "", False), ";": _Operator(";", ";", True, "", False),
    "?": _Operator("?", "&", True, "=", False), "&": _Operator("&", "&", True, "=", False)})


class _Variable(NamedTuple):
    name: str
    cut: int
    exploded: bool


class Template:
    """A URI template, parsed once and expanded for every row. Anything but a well-formed expression is kept as text."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _parts(self) -> list[str | tuple[_Operator, list[_Variable]]]:
        parts: list[str | tuple[_Operator, list[_Variable]]] = []
        at = 0
        for found in _EXPRESSION.finditer(self.text):
            variables = [_NAME.fullmatch(item) for item in found[2].split(",")]
            if any(item is None for item in variables):
                continue
            parts.append(_encoded(self.text[at : found.start()], True))
            parts.append((_OPERATORS[found[1]], [_Variable(item[1], int(item[2] or 0), bool(item[3]))
                                                 for item in variables if item is not None]))
            at = found.end()
        parts.append(_encoded(self.text[at:], True))
        return parts

    def expand(self, variables: Variables) -> str:
        """Return the template with its expressions replaced; a variable without value gives nothing."""
        return "".join(part if isinstance(part, str) else _expression(*part, variables) for part in self._parts)


def _encoded(text: str, reserved: bool) -> str:
    if not reserved:
        return quote(text, safe="-._~", errors="replace")
    return "".join(piece if i % 2 else _encoded(piece, False) for i, piece in enumerate(_ENCODED.split(text)))


def _expression(operator: _Operator, wanted: list[_Variable], variables: Variables) -> str:
    pieces = [_value(operator, item, variables[item.name]) for item in wanted if variables.get(item.name) not in (None, [])]
    return operator.first + operator.between.join(pieces) if pieces else ""


def _value(operator: _Operator, wanted: _Variable, value: str | list[str]) -> str:
    if isinstance(value, str):
        return _named(operator, wanted.name, _encoded(value[: wanted.cut] if wanted.cut else value, operator.reserved))
    items = [_encoded(item, operator.reserved) for item in value]
    if wanted.exploded:
        return operator.between.join(_named(operator, wanted.name, item) for item in items)
    return _named(operator, wanted.name, ",".join(items))


def _named(operator: _Operator, name: str, value: str) -> str:
    if not operator.named:
        return value
    return f"{name}={value}" if value else name + operator.if_empty
