"""Which addresses may be visited: what is public, and addresses taken apart one way only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.evidence.firewall import Marks
from odlinked.evidence.guard import Guard, VisitRefused, is_public, onward, place

INSIDE = [
    "10.0.0.1", "10.255.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.254",
    "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9",
    "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "0.0.0.0", "0.1.2.3", "192.88.99.1", "::", "::1", "::8.8.8.8",  # noqa: S104
    "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b:1::1",
    "100::1", "2001:0:1::1", "2001:10::1", "2001:db8::1", "2002:808:808::1", "2002:7f00:1::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "nonsense", "1.2.3", "1.2.3.4.5",
]
OUTSIDE = [
    "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "203.66.168.1", "223.255.255.1",
    "2001:b000:168::1", "2606:4700::1111",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_is_not_visited(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside_is(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4).filter(lambda address: address.is_private or address.is_multicast or address.is_loopback))
def test_no_embedding_of_an_inner_address_gets_through(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for base, shift in ((0, 0), (0xFFFF << 32, 0), (0xFFFF << 48, 0), (0x64FF9B << 96, 0), (0x2002 << 112, 80)):
        assert not is_public(str(ipaddress.IPv6Address(base | number << shift)))


@given(st.text(alphabet=st.sampled_from("ab./:@?#\\[]%1 \t\n臺é-_"), max_size=24))
@example("h\\@evil")
@example("user@h")
@example("h:80:90")
@example("[::1]:80")
@example("[:]")
@example("[::1%1]")
def test_an_address_reads_the_same_twice_and_as_others_read_it(rest: str) -> None:
    try:
        found = place("http://" + rest)
    except VisitRefused:
        return
    assert place(found.url) == found
    others = urlsplit(found.url)
    assert (others.hostname, others.username) == (found.host, None)
    assert found.path.startswith("/")
    assert found.url.isascii()
    assert found.url.isprintable()
    assert " " not in found.url


def test_one_bad_address_among_good_ones_is_left_out() -> None:
    at = place("https://data.example/x")
    assert Guard().allowed(at, ["10.0.0.1", "8.8.8.8", "::1"]) == ["8.8.8.8"]
    with pytest.raises(VisitRefused, match="private-address"):
        Guard(test_hosts=("data.example:8080",)).allowed(at, ["10.0.0.1"])
    assert Guard(test_hosts=("DATA.example",)).allowed(at, ["10.0.0.1"]) == ["10.0.0.1"]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "javascript:alert(1)", "http://u:p@h/", "http://[", "gopher://h/"])
def test_redirects_lead_to_the_web_or_nowhere(location: str) -> None:
    with pytest.raises(VisitRefused, match="bad-redirect"):
        onward(place("http://h/a/b"), location)


def test_firewall_marks_are_of_pages_not_of_data() -> None:
    marks = Marks.load(Assets())
    empty: dict[str, str] = {}

    def header(name: str) -> str:
        return empty.get(name, "")

    assert marks.fit(header, b"\xef\xbb\xbf <HTML><title>Request Rejected</title>")
    assert not marks.fit(header, b"title\nRequest Rejected <title>Request Rejected</title>\n"), "a table that speaks of it"
    assert not marks.fit(header, "<html><title>下載</title>".encode())
    assert marks.fit(lambda name: "challenge" if name == "cf-mitigated" else "", b"")
