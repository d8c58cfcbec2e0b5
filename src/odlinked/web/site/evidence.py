"""What was found out about a dataset and its files, where readers click: the measured badge; dead, wrong, personal, failing
files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from odlinked.documents import Document
from odlinked.namespaces import CODE, DCTERMS, DQV, METRIC, ODL, PROV, RDF, SKOS
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer
from odlinked.web.site.vocabulary import Vocabulary

LOWEST, HIGHEST = METRIC + "badge-lowest", METRIC + "badge-highest"
DELIVERY: Final = CODE + "delivery/"
DIRECT: Final = DELIVERY + "direct"
FAILS: Final = CODE + "answer/fails"
_COLUMN: Final = f"<{ODL}personalColumn>".encode()
_MET: Final = tuple(f"<{ODL}{name}>".encode() for name in ("answer", "delivery"))


@dataclass(frozen=True)
class Personal:
    """A column that holds personal data: its name ("" where that is itself a value), the kind, values of it, filled values."""

    name: str
    kind: NamedItem
    found: int
    filled: int


@dataclass(frozen=True)
class Failing:
    """A column with values that do not follow its data standard: its name, how many of the values checked fail."""

    name: str
    failed: int
    checked: int


@dataclass(frozen=True)
class Visited:
    """The last visit to a file: when, why it is not the data (None where no fault is known), its personal columns, and the
    columns that do not follow their data standard."""

    when: str
    wrong: NamedItem | None
    personal: list[Personal]
    failing: list[Failing]


@dataclass(frozen=True)
class Badge:
    """The measured badge: the lowest and the highest still possible (one where these are the same, none where not checked);
    `inapplicable`: badges do not apply to the dataset."""

    possible: list[NamedItem]
    inapplicable: bool


@dataclass(frozen=True)
class Trouble:
    """How many files of a dataset hold personal data, and how many cannot be obtained or are not the data."""

    personal: int = 0
    wrong: int = 0


def visits(viewer: Viewer, reader: Reader) -> dict[str, Visited]:
    """Return distribution's anchor -> the last visit to it, from the quality document of a dataset."""
    found: dict[str, Visited] = {}
    for node in sorted(reader.nodes):
        if ODL + "Observation" in reader.iris(RDF + "type", node):
            wrong = _wrong(viewer, reader, node)
            columns = [_personal(viewer, reader, column) for column in sorted(reader.iris(ODL + "personalColumn", node))]
            found[reader.iri_of(PROV + "used", node).partition("#")[2]] = Visited(
                reader.value(PROV + "endedAtTime", node), viewer.named(wrong) if wrong else None, columns, _failing(reader, node))
    return found


def badge(viewer: Viewer, reader: Reader) -> Badge:
    """Return the measured badge of a dataset, from its quality document; it never replaces the one that the source states."""
    values = {metric: reader.iri_of(DQV + "value", node) for node in reader.nodes
              if (metric := reader.iri_of(DQV + "isMeasurementOf", node)) in (LOWEST, HIGHEST)}
    possible = {value: viewer.named(value) for metric in (LOWEST, HIGHEST) if (value := values.get(metric))}
    return Badge(list(possible.values()), LOWEST in reader.iris(ODL + "notApplicable"))


def trouble(vocabulary: Vocabulary, quality: Document | None) -> Trouble:
    """Return the faults of a dataset's files, counted; called for each entry of a list, so that lines are only scanned."""
    personal: set[bytes] = set()
    wrong: set[bytes] = set()
    for line in quality.lines if quality is not None else ():
        subject, predicate, rest = line.split(b" ", 2)
        if predicate == _COLUMN:
            personal.add(subject)
        elif predicate in _MET and _is_wrong(vocabulary, rest[1:rest.find(b">")].decode()):
            wrong.add(subject)
    return Trouble(len(personal), len(wrong))


def _wrong(viewer: Viewer, reader: Reader, node: str) -> str:
    """Return the IRI of what came instead of the data, "" for nothing."""
    met = (reader.iri_of(ODL + "answer", node), reader.iri_of(ODL + "delivery", node))
    return next((iri for iri in met if _is_wrong(viewer.vocabulary, iri)), "")


def _is_wrong(vocabulary: Vocabulary, iri: str) -> bool:
    """True when an answer, or a delivery, is something other than the data."""
    if iri.startswith(DELIVERY):
        return iri != DIRECT
    return any(term.value == FAILS for term in vocabulary.all(iri, SKOS + "broader"))


def _failing(reader: Reader, node: str) -> list[Failing]:
    columns = [(column, int(reader.value(ODL + "valuesFailed", column) or 0))
               for column in sorted(reader.iris(ODL + "standardField", node))]
    return [Failing(reader.value(ODL + "fieldName", column), failed, int(reader.value(ODL + "valuesChecked", column) or 0))
            for column, failed in columns if failed]


def _personal(viewer: Viewer, reader: Reader, node: str) -> Personal:
    found, filled = (reader.value(ODL + name, node) for name in ("valuesFound", "valuesFilled"))
    return Personal(reader.value(ODL + "fieldName", node), viewer.named(reader.iri_of(DCTERMS + "type", node)),
                    int(found or 0), int(filled or 0))
