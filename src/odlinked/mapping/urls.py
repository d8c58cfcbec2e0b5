"""Addresses as found in cells, made into IRIs a store accepts, without the keys (secrets) in them.

Reserved characters stay as written (`%23` and `%3F` round-trip); characters that an IRI cannot have are percent-encoded as UTF-8
(RFC 3987, section 3.1). A cell is split where another address begins; a note or a full stop after an address is not part of it.
Nothing is ever fetched.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from odlinked.patterns import pattern
from odlinked.persons import LEFT_OUT

_CLEAN = pattern(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::\d{1,4})?(?:[/?](?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?"
)
_PARTS = pattern(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
                    re.IGNORECASE | re.DOTALL)
_HOST = pattern(r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\.?(?P<port>:\d{1,5})?")
_UNSAFE = pattern(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~:/?@!$&'()*+,;=%-]")
_ANEW = pattern(r"(?:[^!-~]|[,;|])+(?=https?://)", re.IGNORECASE)
_STOPS = ".,;|。、，；：．！？｡､」』》\u3000 \t\r\n"
_NOTE = pattern(r"(?:\s+[(（\[［【]|(?<=[!-~])[（［【]).*[)）\]］】]\Z", re.DOTALL)
_LONGEST_NOTED = 2_000
_WORDS = pattern(r"(?<=[/A-Za-z0-9])(?:\s+|[。、，；：｜])(?=[^!-~]|[|])[^=&?/]*\Z")
_ENDED = pattern(r"/\Z|\.[A-Za-z0-9]{2,7}\Z|=[!-~]+\Z")
_PUBLIC = pattern(r"https?://(?:[a-z0-9_-]+\.)+(?!(?:local|localhost|localdomain|internal|intranet|intra|lan|corp|home|private|"
                     r"test|invalid|arpa)(?![\w.-]))[a-z][a-z0-9-]+(?=[:/?#]|\Z)", re.IGNORECASE)
"""A host name with a domain; those of RFC 6761, RFC 6762 and RFC 8375 and the usual ones of inner networks are not."""
_LONG = pattern(r"[A-Za-z0-9_]{24,}")
MAX_LENGTH = 8_192
"""The longest address taken, in characters."""


class CleanedAddress(NamedTuple):
    """A usable address, whether a key was removed from it, and whether text that followed it was left out."""

    iri: str
    key_removed: bool
    trimmed: bool = False

    @property
    def reachable(self) -> bool:
        """Whether its host can be publicly reachable: not this machine, an internal network, or a word without a domain."""
        return _PUBLIC.match(self.iri) is not None or _is_global(urlsplit(self.iri).hostname or "")


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
        """True when an address may hold a key: a quick check without false negatives."""
        return "=" in text and self._hint.search(text) is not None

    def is_key(self, name: str, value: str) -> bool:
        """True when the parameter `name=value` (percent-encoded as written) is a key, or was about a person."""
        plain = unquote(name).strip().lower()
        return LEFT_OUT in value or plain in self.secret or (plain in self.doubtful and _LONG.search(value) is not None)


def cut(text: str) -> list[str]:
    """Return the addresses of a text that begins with one, split where another begins after a blank, a line break or a mark.

    An address within another (`?u=https://…`) does not begin after one.
    """
    if text.count("://") < 2 or not text.lstrip()[:8].lower().startswith(("http://", "https://")):
        return [text]
    parts, start = [], 0
    for found in _ANEW.finditer(text := text.strip()):
        if found[0] not in (",", "|") or "?" not in text[start:found.start()]:
            parts.append(text[start:found.start()])
            start = found.end()
    return [*parts, text[start:]]


def trimmed(text: str) -> str:
    """Return an address without what follows it: notes in brackets, words after a blank, full stops.

    Chinese file names contain blanks and brackets, so words are only removed after what ends like an address.
    """
    shorter = text.strip().rstrip(_STOPS)
    if len(shorter) > _LONGEST_NOTED:
        return shorter
    while (found := _NOTE.search(shorter) or _behind(shorter)) is not None:
        shorter = shorter[:found.start()].rstrip(_STOPS)
    return shorter


def _behind(text: str) -> re.Match[str] | None:
    """Return the words after an address whose last part is a file name with its extension, or nothing."""
    found = _WORDS.search(text)
    return found if found and _ENDED.search(text[:found.start()]) else None


def address(text: str, keys: Keys) -> CleanedAddress | None:
    """Return the http(s) IRI of a cell's text without its keys and without user information, or None if it cannot be one."""
    if len(text) > MAX_LENGTH:
        return None
    if _CLEAN.fullmatch(text) and text[-1] not in ".,;" and not keys.possible(text):
        return CleanedAddress(text, False)
    bare = trimmed(text)
    found = _PARTS.fullmatch(bare)
    if found is None or "\n" in bare or "\r" in bare:
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
    return CleanedAddress(iri, removed, bare != text.strip())


def _is_global(host: str) -> bool:
    """True when a host is an IPv4 address of the public network."""
    try:
        return ipaddress.IPv4Address(host).is_global
    except ValueError:
        return False


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
