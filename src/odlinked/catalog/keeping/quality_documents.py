"""Quality documents of datasets as they are kept: what many datasets have in common is said once.

Datasets with the same points have the same measurement of them. So what is stated about a measurement, or about a certificate,
stands in one document of the catalogue (`Kind.COMMON_QUALITY`) under a name made of its content, and the quality document of a
dataset states of it that it was computed on the dataset:

    <B/id/quality/common#mqa-total-1f2e3d4c5b6a> a dqv:QualityMeasurement ; dqv:isMeasurementOf pv:scoring ; dqv:value 330 .
    <B/id/quality/common#mqa-total-1f2e3d4c5b6a> dqv:computedOn <B/id/dataset/X> .         in the document of X

A question that asks for `dqv:computedOn` finds both as before. A measurement that names another node of its document (the visit
that decided it), or is named by one, belongs to one dataset alone and stays in the document of that. `whole` is the way back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from odlinked.documents import Document
from odlinked.kinds import Kind, measured_iri
from odlinked.namespaces import DQV, OA, RDF

_LINKS: Final = {f"<{RDF}type> <{DQV}{kind}> .".encode(): f"<{link}> ".encode()
                 for kind, link in (("QualityMeasurement", DQV + "computedOn"), ("QualityCertificate", OA + "hasTarget"))}
"""Said of a node that may be common: its class -> the property that leads to what it is of."""

_DIGITS: Final = 16


class Names(NamedTuple):
    """The IRIs of a dataset, of its quality document, and of the document of what datasets have in common."""

    dataset: bytes
    quality: bytes
    common: bytes

    @classmethod
    def of(cls, quality: str) -> Names | None:
        """Return the names of the quality document of a dataset; None for any other IRI."""
        if Kind.of(quality) is not Kind.DATASET_QUALITY:
            return None
        base = quality.rpartition("/id/")[0]
        return cls(measured_iri(quality).encode(), quality.encode(), Kind.COMMON_QUALITY.iri(base).encode())


class Kept(NamedTuple):
    """A quality document as it is kept (N-Triples), and what it leaves to the common one: name -> what is said of it, a predicate
    and an object a line."""

    text: bytes
    common: Mapping[bytes, bytes]


def kept(text: bytes, names: Names) -> Kept:
    """Return a whole quality document as it is kept."""
    own = b"<" + names.quality + b"#"
    named: set[bytes] = set(re.findall(re.escape(b" " + own) + rb"([^>]*)> \.\n", text))
    nodes: dict[bytes, list[bytes]] = {}
    lines: list[bytes] = []
    for line in text.split(b"\n")[:-1]:
        if line.startswith(own):
            name, said = line[len(own):].split(b"> ", 1)
            nodes.setdefault(name, []).append(said)
        else:
            lines.append(line)
    shared: dict[bytes, bytes] = {}
    for name, about in nodes.items():
        link = next((_LINKS[one] + b"<" + names.dataset + b"> ." for one in about if one in _LINKS), b"")
        rest = [one for one in about if one != link]
        if name in named or len(rest) + 1 != len(about) or any(iri in one for one in rest for iri in names[:2]):
            lines += (own + name + b"> " + one for one in about)
            continue
        told = b"\n".join(sorted(rest))
        title = name + b"-" + hashlib.sha256(told).hexdigest()[:_DIGITS].encode()
        shared[title] = told
        lines.append(b"<%b#%b> %b" % (names.common, title, link))
    return Kept(b"\n".join([*sorted(lines), b""]), shared)


def used(text: bytes, names: Names) -> list[bytes]:
    """Return the names of what a kept quality document leaves to the common one."""
    begin = b"<" + names.common + b"#"
    return [line[len(begin) : line.index(b"> ")] for line in text.split(b"\n") if line.startswith(begin)]


def whole(document: Document, known: Callable[[Iterable[bytes]], Mapping[bytes, bytes]]) -> Document:
    """Return a quality document with all that is said of its measurements, as their own; any other document as it is.

    `known` returns what is said of names; raise `KeyError` where it does not know one.
    """
    names = Names.of(document.iri)
    found = used(document.text, names) if names else []
    if names is None or not found:
        return document
    said = known(found)
    begin, own = b"<" + names.common + b"#", b"<" + names.quality + b"#"
    lines: list[bytes] = []
    for line in document.lines:
        if line.startswith(begin):
            name, link = line[len(begin):].split(b"> ", 1)
            node = own + name.rpartition(b"-")[0] + b"> "
            lines += (node + one for one in (link, *said[name].split(b"\n")))
        else:
            lines.append(line)
    return Document.of(document.iri, lines)


def common(base: str, said: Mapping[bytes, bytes]) -> Document:
    """Return the document of what datasets have in common, from what is said of names."""
    iri = Kind.COMMON_QUALITY.iri(base)
    nodes = [(b"<%b#%b> " % (iri.encode(), name), told.split(b"\n")) for name, told in said.items()]
    return Document.of(iri, [node + one for node, told in nodes for one in told])
