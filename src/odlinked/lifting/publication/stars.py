"""The fourth and fifth star of lifted rows, measured: subjects that answer at their addresses, links that are really there.

The lines that are written pass through `StarGauge`; nothing is claimed that was not seen in them. Three answers: works, fails,
not established (the service could not be asked, there is nothing to ask for).
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import Any, Final
from urllib.parse import urlsplit

from odlinked.lifting.publication.dereferencing import Dereferenced, OwnService
from odlinked.namespaces import RDF

WORKS, FAILS, UNKNOWN = "works", "fails", "not-established"
"""Notations of the code list `answer`."""

SAMPLE: Final = 20
_MOST_TARGETS: Final = 200_000
_LINE: Final = re.compile(rb"^<([^>]*)> <([^>]*)> (?:<([^>]*)>|[^<])", re.MULTILINE)
_NO_LINKS: Final = frozenset({(RDF + "type").encode()})
_OWN_WORDS: Final = (b"http://www.w3.org/ns/csvw#", b"http://rdfs.org/ns/void#")
"""Properties by which a table describes itself."""


@dataclass(frozen=True)
class TargetVocabulary:
    """What rows are linked to: its IRI (a concept scheme, else the beginning of addresses), how many links, how many different
    targets, and how many of these are concepts that the catalogue knows."""

    iri: str
    links: int
    targets: int
    known: int


@dataclass(frozen=True)
class StarReport:
    """Both stars with their evidence; `subjects` is how many different subjects were written, None where too many to count."""

    subjects: int | None
    sampled: tuple[Dereferenced, ...]
    vocabularies: tuple[TargetVocabulary, ...]

    @property
    def fourth(self) -> str:
        """Whether all sampled subjects answer with RDF; not established where the service did not answer for one of them."""
        if any(one.status and not one.is_found for one in self.sampled):
            return FAILS
        return WORKS if self.sampled and all(one.is_found for one in self.sampled) else UNKNOWN

    @property
    def fifth(self) -> str:
        """Whether there are links to things outside the data, to concepts known to be there; others alone are not established."""
        if any(one.known for one in self.vocabularies):
            return WORKS
        return UNKNOWN if self.vocabularies else FAILS

    def as_json(self) -> dict[str, Any]:
        """Return the report for programs."""
        return {
            "subjects": self.subjects,
            "fourth": {"answer": self.fourth, "found": sum(one.is_found for one in self.sampled), "of": len(self.sampled),
                       "evidence": [one._asdict() for one in self.sampled]},
            "fifth": {"answer": self.fifth, "links": sum(one.links for one in self.vocabularies),
                      "evidence": [{"target": one.iri, "links": one.links, "targets": one.targets, "known": one.known}
                                   for one in self.vocabularies]},
        }


class StarGauge:
    """Counts subjects and links in the lines that pass. `own` begins the addresses of the data itself."""

    def __init__(self, service: OwnService, own: Callable[[str], bool]) -> None:
        self._service, self._own = service, own
        self._targets: Counter[bytes] = Counter()
        self._left = 0
        self._sample: list[tuple[int, str]] = []
        self._last = b""
        self._seen: set[int] | None = set()

    def through(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield pieces of N-Triples as they are, whole lines each."""
        for piece in pieces:
            for found in _LINE.finditer(piece):
                subject, predicate, target = found.groups()
                if predicate.startswith(_OWN_WORDS):
                    continue
                if subject != self._last:
                    self._last = subject
                    self._subject(subject)
                if target is not None and predicate not in _NO_LINKS:
                    if target in self._targets or len(self._targets) < _MOST_TARGETS:
                        self._targets[target] += 1
                    else:
                        self._left += 1
            yield piece

    def _subject(self, subject: bytes) -> None:
        """Keep a sample that is the same each time: the subjects whose hashes are smallest."""
        digest = hash(subject)
        if self._seen is not None:
            if digest in self._seen:
                return
            self._seen.add(digest)
            if len(self._seen) > 2_000_000:
                self._seen = None
        rank = -zlib.crc32(subject)
        if len(self._sample) >= SAMPLE and rank <= self._sample[0][0]:
            return
        entry = (rank, subject.decode("utf-8", "replace"))
        if entry in self._sample or not self._service.has(entry[1]):
            return
        if len(self._sample) < SAMPLE:
            heappush(self._sample, entry)
        else:
            heappushpop(self._sample, entry)

    def report(self, kind_of: Mapping[str, str]) -> StarReport:
        """Return the report; the sample is asked for now. `kind_of` has the scheme or class of what the catalogue knows."""
        sampled = tuple(map(self._service.ask, self.sample()))
        return StarReport(None if self._seen is None else len(self._seen), sampled, self.vocabularies(kind_of))

    def sample(self) -> list[str]:
        """Return the addresses of the sample: the same each time the same rows have passed."""
        return [iri for _, iri in sorted(self._sample, reverse=True)]

    def vocabularies(self, kind_of: Mapping[str, str]) -> tuple[TargetVocabulary, ...]:
        """Return what is linked to, the most linked first."""
        links: Counter[str] = Counter()
        targets: Counter[str] = Counter()
        known: Counter[str] = Counter()
        for target, count in self._targets.items():
            iri = target.decode("utf-8", "replace")
            if self._own(iri):
                continue
            name = kind_of.get(iri) or _beginning(iri)
            links[name] += count
            targets[name] += 1
            known[name] += iri in kind_of
        return tuple(TargetVocabulary(name, count, targets[name], known[name])
                     for name, count in sorted(links.items(), key=lambda pair: (-pair[1], pair[0])))


def _beginning(iri: str) -> str:
    """Return what addresses of one collection begin with: the host, else the scheme with its first part (urn:oid:)."""
    parts = urlsplit(iri)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ":".join(iri.split(":")[:2]) + ":"
