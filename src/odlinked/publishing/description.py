"""The catalogue's description of itself (VoID): a document of the release, made of what its documents were counted to say.

It is in the store, the dump and the graph store like every document, and counts itself, so that a query at the endpoint finds as
many triples as it states. `catalog.summaries.partitions` counts; the queries of `queries/void/` say what the description is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.index import Entry, Index, IndexEntry
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.served.void import access, data_of, iri_of, text_of
from odlinked.catalog.summaries import partitions
from odlinked.documents import Document, split
from odlinked.kinds import Kind
from odlinked.measure.measurements import keep
from odlinked.namespaces import CODE, METRIC, VOID, XSD
from odlinked.publishing.index_entries import show
from odlinked.rdf import ask, vocabulary

TALLY = "urn:odlinked:tally:"
"""Namespace of the facts that the queries read."""

LINKSETS = "ontologies/linksets.ttl"
_QUERIES = ("classes", "properties", "class-properties", "object-classes", "vocabularies", "linksets")
_ROUNDS = 6
"""Most times it is written: it counts itself, and its second or third text is that of the first with other numbers."""

_ALIKE = 32
"""Descriptions of which it is kept what they said of themselves."""

_MadeOf = tuple[str, frozenset[str], int, frozenset[bytes]]


@lru_cache(maxsize=1)
def _counted_before() -> dict[_MadeOf, Counter[str]]:
    """Return what descriptions that this process has written said of themselves, by what they were made of."""
    return {}


@dataclass(frozen=True)
class Description:
    """Describes the releases of a catalogue under `base`, whose service is at `address`."""

    assets: Assets
    archive: Archive
    base: str
    address: str

    @cached_property
    def spaces(self) -> tuple[str, ...]:
        """The addresses that objects are told apart by: of records by kind, of codes and metrics, of others' collections."""
        others = [statement.object.value for statement in vocabulary.read(self.assets, LINKSETS)
                  if statement.predicate.value == VOID + "uriSpace" and isinstance(statement.object, ox.Literal)]
        return (*(kind.prefix(self.base) for kind in Kind), CODE, METRIC, *others)

    @property
    def edition(self) -> str:
        """The name of the way documents are counted."""
        return partitions.edition(self.spaces)

    def write(self, index: Index, facts: Counter[str], entries: dict[str, Entry], now: str) -> Counter[tuple[str, str]]:
        """Write the description into index, archive and state, as of the ISO time `now`; `facts` are those of all others.

        Return how often each (original, folded) spelling occurs more, or less, than before.
        """
        index.replace_tally(self.edition, facts)
        name, before = iri_of(self.base), text_of(self.archive, entries, self.base)
        catalog = entries.get(Kind.CATALOG.iri(self.base))
        document = self.document(facts, (self.archive.text(catalog.hash) or b"") if catalog else b"", index.examples(), before)
        number, spelled = index.number(name), Counter[tuple[str, str]]()
        if number is not None:
            spelled.subtract(self._shown(entries[name]).spellings)
            index.remove(number)
        keep(self.archive, entries, [document], now)
        shown = self._shown(entries[name])
        spelled.update(shown.spellings)
        index.insert(entries[name], shown, "", now, number)
        return spelled

    def _shown(self, entry: Entry) -> IndexEntry:
        return show(str(self.archive.path), [(entry.iri, entry.hash, None)])[0][0]

    def count(self, entries: Mapping[str, Entry]) -> Counter[str]:
        """Return the facts of all documents of a state but its description."""
        name = iri_of(self.base)
        digests = [entry.hash for entry in entries.values() if entry.is_public and entry.iri != name]
        return self._counted(text for _, text in self.archive.texts(digests))

    def document(self, facts: Counter[str], catalog: bytes, examples: Sequence[str], before: bytes = b"") -> Document:
        """Return the description of documents that hold `facts`, and of itself.

        `catalog` is the catalogue's own document, `examples` are IRIs of records, `before` is the description there was before.
        """
        # What it says of itself depends on which facts there are, not on how many of each.
        said = frozenset(line.split(b" ", 2)[1] for line in catalog.split(b"\n")[:-1])
        alike = (self.edition, frozenset(facts), len(examples), said)
        own = self._counted([before]) if before else _counted_before().get(alike, Counter())
        document = Document(iri_of(self.base), b"")
        for _ in range(_ROUNDS):
            document = self._written(_graph(facts + own, examples) + catalog)
            counted = self._counted([document.text])
            if counted == own:
                if len(_counted_before()) >= _ALIKE:
                    _counted_before().clear()
                _counted_before()[alike] = own
                break
            own = counted
        return document

    def _counted(self, texts: Iterable[bytes]) -> Counter[str]:
        return partitions.Counting(self.spaces).tally(texts).facts()

    def _written(self, known: bytes) -> Document:
        """Return the description that the queries make of what is known (N-Triples)."""
        store, data = ox.Store(), data_of(self.base)
        store.bulk_load(known + vocabulary.ntriples(self.assets, LINKSETS), format=ox.RdfFormat.N_TRIPLES)
        made = [ask.construct(store, ask.load(self.assets, f"queries/void/{name}.rq"), data=data) for name in _QUERIES]
        made.append(ask.construct(store, ask.load(self.assets, "queries/void/dataset.rq"), data=data, space=f"{self.base}/id/",
                                  catalog=Kind.CATALOG.iri(self.base)))
        described = split(b"".join(made)).documents[iri_of(self.base)]
        reached = access(self.assets, data, f"{self.address}/", f"{self.address}/dump.nq.gz", f"{self.address}/sparql")
        return Document.of(described.iri, described.lines + reached.lines)


def _graph(facts: Mapping[str, int], examples: Iterable[str]) -> bytes:
    """Return facts as N-Triples for the queries."""
    lines: list[str] = [f"_:e <{TALLY}example> <{example}> ." for example in examples]
    for place, (fact, number) in enumerate(facts.items()):
        kind, *parts = fact.split("\t")
        said = [(kind, f'"{number}"^^<{XSD}integer>')]
        said += [("class", f"<{name}>") for name in (parts[1] if kind == "things" else "".join(parts[:1])).split()]
        if kind in ("triples", "links"):
            said.append(("property", f"<{parts[1]}>"))
        if kind == "links":
            said += [("objectClass", f"<{name}>") for name in parts[2].split()]
        elif kind == "things":
            said.append(("space", f'"{parts[0]}"'))
        elif kind == "triples" and parts[2][:1] == "^":
            datatype, _, day = parts[2][1:].partition(" ")
            said += [("datatype", f"<{datatype}>"), *([("day", f'"{day}"')] if day else [])]
        elif kind == "triples" and parts[2][1:]:
            said.append(("space", f'"{parts[2][1:]}"'))
        lines += [f"_:f{place} <{TALLY}{name}> {term} ." for name, term in said]
    return "".join(line + "\n" for line in lines).encode()
