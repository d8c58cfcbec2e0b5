"""Addresses as found in cells, made IRIs a store accepts, without the keys that open them.

What is reserved stays as written (`%23` and `%3F` round-trip); what an IRI cannot hold is percent-encoded as UTF-8
(RFC 3987, section 3.1). Nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from odlinked.persons import LEFT_OUT

_CLEAN = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::\d{1,4})?(?:[/?](?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
)
_PARTS = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
                    re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\.?(?P<port>:\d{1,5})?")
_UNSAFE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~:/?@!$&'()*+,;=%-]")
_LONG = re.compile(r"[A-Za-z0-9_]{24,}")
MAX_LENGTH = 8_192
"""The longest address taken, in characters."""


class Address(NamedTuple):
    """A usable address, and whether a key was taken out of it."""

    iri: str
    key_removed: bool


class Keys:
    """Which parameters of an address are keys: `secret` names always, `doubtful` ones only if the value looks like a key.

    Names are compared without case. Addresses at `public_hosts` keep their parameters.
    """

    def __init__(self, secret: Iterable[str] = (), doubtful: Iterable[str] = (), public_hosts: Iterable[str] = ()) -> None:
        self.secret = frozenset(name.lower() for name in secret)
        self.doubtful = frozenset(name.lower() for name in doubtful)
        self.public_hosts = frozenset(host.lower() for host in public_hosts)
        names = "|".join(re.escape(name) for name in sorted(self.secret | self.doubtful))
        self._hint = re.compile(rf"[?&#](?:{names})=|[?&#][^=&?#%]*%[^=&?#]*=" if names else r"(?!)", re.IGNORECASE)

    def possible(self, text: str) -> bool:
        """Tell whether an address may hold a key: a quick look that is never wrong when it says no."""
        return "=" in text and self._hint.search(text) is not None

    def is_key(self, name: str, value: str) -> bool:
        """Tell whether the parameter `name=value` (percent-encoded as written) is a key, or was about a person."""
        plain = unquote(name).strip().lower()
        return LEFT_OUT in value or plain in self.secret or (plain in self.doubtful and _LONG.search(value) is not None)


def address(text: str, keys: Keys) -> Address | None:
    """Return the http(s) IRI of a cell's text without its keys and without user information, or None if it cannot be one."""
    if len(text) > MAX_LENGTH:
        return None
    if _CLEAN.fullmatch(text) and not keys.possible(text):
        return Address(text, False)
    found = _PARTS.fullmatch(text.strip())
    if found is None:
        return None
    user, at, place = found["authority"].rpartition("@")
    host = _host(place)
    if host is None:
        return None
    query, removed = found["query"] or "", bool(at and user)
    fragment = found["fragment"] or ""
    if host.split(":")[0].lower() not in keys.public_hosts:
        query, taken = _without_keys(query, keys)
        fragment, also = _without_keys(fragment, keys)
        removed = removed or taken or also
    iri = f"{found['scheme'].lower()}://{host}{_encoded(found['path'])}"
    iri += query and "?" + _encoded(query[1:])
    iri += fragment and "#" + _encoded(fragment[1:])
    return Address(iri, removed)


def _host(place: str) -> str | None:
    """Return host and port in ASCII (IDNA), None if there is no usable host."""
    if not place.isascii():
        try:
            name, colon, port = place.partition(":")
            place = name.encode("idna").decode("ascii") + colon + port
        except UnicodeError:
            return None
    found = _HOST.fullmatch(place)
    if found is None or (found["port"] and int(found["port"][1:]) > 65_535):
        return None
    return found["host"] + (found["port"] or "")


def _without_keys(query: str, keys: Keys) -> tuple[str, bool]:
    """Return a query (with its leading mark) without the parameters that are keys, and whether there were any."""
    if "=" not in query:
        return query, False
    pairs = query[1:].split("&")
    kept = [pair for pair in pairs if not keys.is_key(*_halves(pair))]
    if len(kept) == len(pairs):
        return query, False
    return (query[0] + "&".join(kept) if kept else ""), True


def _halves(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return name, value


def _encoded(part: str) -> str:
    """Percent-encode what cannot stand in an IRI; a percent sign that starts no escape is one of them."""
    if _UNSAFE.search(part) is None:
        return part
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), part)
