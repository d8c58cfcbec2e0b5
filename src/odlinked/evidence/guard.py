"""Which addresses may be visited at all: public ones, over http(s), and the few test hosts a setting names.

A catalogue's links are untrusted input. So an address is parsed strictly, its host is resolved once, every resolved address is
checked here, and the connection goes to the very address that was checked: a name that resolves differently the second time (DNS
rebinding) gains nothing. Each hop of a redirect is checked again.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?",
                  re.DOTALL | re.IGNORECASE)
_PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)\.?(?::(?P<port>\d{0,5}))?")
_UNSAFE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]|{}^`-]")
_PORTS = {"http": 80, "https": 443}
_REFUSED = tuple(ipaddress.ip_network(text) for text in (
    # What `is_global` allows or judges differently between versions of Python (IANA special-purpose registries).
    "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
    # IPv6 that carries an IPv4 address or leads to another: compatible, mapped, translated, NAT64, Teredo, ORCHID, 6to4.
    "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16",
    "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
))
MAX_LENGTH = 8_192
"""The longest accepted address, in characters."""


class VisitRefused(Exception):
    """A refused visit. `answer` is the local name of a concept of `ontologies/codes/answer.ttl`."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        super().__init__(answer)


@dataclass(frozen=True)
class UrlParts:
    """A parsed address: `host` in ASCII and lower case (IPv6 without brackets), `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header requires them (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: the scope of a robots.txt (RFC 9309, section 2.3)."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole address, without fragment."""
        return self.origin + self.path


def place(url: str) -> UrlParts:
    """Parse an address; raise `VisitRefused` ("bad-address") for one that is not a plain http(s) address.

    What cannot occur in a request (spaces, Chinese) is percent-encoded; user information is refused, never sent.
    """
    found = _URL.fullmatch(url.strip()) if len(url) <= MAX_LENGTH else None
    if found is None:
        raise VisitRefused("bad-address")
    scheme = found["scheme"].lower()
    at = _PLACE.fullmatch(_ascii(found["authority"]))
    if at is None:
        raise VisitRefused("bad-address")
    port = int(at["port"]) if at["port"] else _PORTS[scheme]
    if not 0 < port <= 65_535:
        raise VisitRefused("bad-address")
    host = at["host"].strip("[]").lower()
    if at["host"].startswith("[") and not _is_v6(host):
        raise VisitRefused("bad-address")
    return UrlParts(scheme, host, port, _encoded((found["path"] or "/") + (found["query"] or "")))


def _is_v6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def onward(here: UrlParts, location: str) -> UrlParts:
    """Return where a `Location` leads from `here`; raise `VisitRefused` ("bad-redirect") where that is not an http(s) address."""
    try:
        return place(urljoin(here.url, location.strip()))
    except (VisitRefused, ValueError):
        raise VisitRefused("bad-redirect") from None


def host_of(url: str) -> str:
    """Return the host that an address names, "" where it names none."""
    try:
        return place(url).host
    except VisitRefused:
        return ""


def _ascii(authority: str) -> str:
    """Return host and port with a name in Chinese turned into its ASCII form (IDNA); unchanged where that fails."""
    if authority.isascii():
        return authority
    name, colon, port = authority.partition(":")
    try:
        return name.encode("idna").decode("ascii") + colon + port
    except UnicodeError:
        return authority


def _encoded(path: str) -> str:
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), path)


def is_public(address: str) -> bool:
    """True when an IP address (as text) is a plain public unicast one."""
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified:
        return False
    return not any(parsed in network for network in _REFUSED if network.version == parsed.version)


class Guard:
    """Decides which addresses may be visited.

    `test_hosts` ("localhost", "127.0.0.1:8081") may be visited wherever they are; with a port only at that port. `any_port` false
    refuses every port but 80 and 443.
    """

    def __init__(self, test_hosts: Iterable[str] = (), any_port: bool = True) -> None:
        self.test_hosts = frozenset(host.lower() for host in test_hosts)
        self.any_port = any_port

    def is_test(self, at: UrlParts) -> bool:
        """True when a setting names this host (with this port) as a test host."""
        return at.host in self.test_hosts or f"{at.host}:{at.port}" in self.test_hosts

    def allowed(self, at: UrlParts, addresses: Iterable[str]) -> list[str]:
        """Return those of a host's resolved addresses that may be connected to; raise `VisitRefused` where there is none."""
        if self.is_test(at):
            return list(addresses)
        if not self.any_port and at.port != _PORTS[at.scheme]:
            raise VisitRefused("port-not-allowed")
        public = [address for address in addresses if is_public(address)]
        if not public:
            raise VisitRefused("private-address")
        return public
