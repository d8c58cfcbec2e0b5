"""The parameters of the CKAN action API: read from what a client sends, and told by name where they cannot be used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


class Missing(Exception):
    """What is asked for is not there."""


class Invalid(Exception):
    """A parameter that cannot be used: its name, and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


def text_of(given: Mapping[str, Any], name: str) -> str | None:
    """Return a parameter that is one text, None where it is not given."""
    value = given.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return str(value)
    raise Invalid(name, "Must be a string")


def texts_of(given: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts of a parameter that may be one, a list, or a list written as JSON."""
    value = given.get(name)
    if isinstance(value, str) and name.endswith("_list"):
        try:
            value = json.loads(value)
        except ValueError:
            value = [value]
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(one, str) for one in listed):
        raise Invalid(name, "Must be a string, or a list of strings")
    return listed


def number_of(given: Mapping[str, Any], name: str, otherwise: int, least: int = 0) -> int:
    value = given.get(name)
    if value in (None, ""):
        return otherwise
    text = str(value).strip()
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII) or isinstance(value, bool):
        raise Invalid(name, "Invalid integer")
    if int(text) < least:
        raise Invalid(name, "Must be a natural number")
    return int(text)


def flag_of(given: Mapping[str, Any], name: str) -> bool:
    return str(given.get(name, "")).strip().lower() in ("true", "1", "yes", "t", "y", "on")
