"""What was found out about a dataset and its files, where readers click: the measured badge and stars; good, dead, wrong,
personal, failing files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from odlinked.catalog.summaries.grades import Grade, graded
from odlinked.documents import Document
from odlinked.namespaces import CODE, DCAT, DCTERMS, DQV, EARL, METRIC, ODL, PROV, RDF, SKOS
from odlinked.web.site.document import Reader
from odlinked.web.site.view import NamedItem, Viewer
from odlinked.web.site.vocabulary import Vocabulary

LOWEST, HIGHEST = METRIC + "badge-lowest", METRIC + "badge-highest"
DELIVERY: Final = CODE + "delivery/"
DIRECT: Final = DELIVERY + "direct"
FAILS: Final = CODE + "answer/fails"
WORKS: Final = CODE + "answer/works"
GIVEN: Final = CODE + "answer/given-file"
"""A file that was given was looked at; its address was not."""

_COLUMN: Final = f"<{ODL}personalColumn>".encode()
_ENDED: Final = f"<{PROV}endedAtTime>".encode()
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
    """The last visit to a file: when; what came of it ("good", "wrong", personal columns included, "unknown", or "given" where a
    file was looked at in its stead); the answer; why it is not the data (None where no fault is known); its personal columns, and
    the columns that do not follow their data standard; how many records and bytes were seen ("" where not counted); since which
    visit it has been wrong in the same way ("" where only the last one found it so)."""

    when: str
    state: str
    answer: NamedItem | None
    wrong: NamedItem | None
    personal: list[Personal]
    failing: list[Failing]
    rows: str = ""
    size: str = ""
    since: str = ""


@dataclass(frozen=True)
class ThreeAnswers:
    """The three answers about a dataset: how many indicators pass, fail and were not checked."""

    passed: int
    failed: int
    untested: int


@dataclass(frozen=True)
class Badge:
    """The measured badge: the lowest and the highest still possible (one where these are the same, none where not checked);
    `inapplicable`: badges do not apply to the dataset. `stars` are those of its formats, and `basis` what they are based on."""

    possible: list[NamedItem]
    inapplicable: bool
    stars: str = ""
    basis: NamedItem | None = None


@dataclass(frozen=True)
class Gist:
    """What is known of a dataset by evidence, for its entry in a list: how many of its files hold personal data, how many cannot
    be obtained or are not the data, how many were found good and when last; its grade, None where it was not measured."""

    personal: int = 0
    wrong: int = 0
    good: int = 0
    when: str = ""
    grade: Grade | None = None


def visits(viewer: Viewer, reader: Reader) -> dict[str, Visited]:
    """Return distribution's anchor -> the last visit to it, from the quality document of a dataset."""
    found: dict[str, Visited] = {}
    for node in sorted(reader.nodes):
        if ODL + "Observation" in reader.iris(RDF + "type", node):
            wrong, answer = _wrong(viewer, reader, node), reader.iri_of(ODL + "answer", node)
            columns = [_personal(viewer, reader, column) for column in sorted(reader.iris(ODL + "personalColumn", node))]
            found[reader.iri_of(PROV + "used", node).partition("#")[2]] = Visited(
                reader.value(PROV + "endedAtTime", node),
                "wrong" if wrong or columns else _state(viewer.vocabulary, answer),
                viewer.named(answer) if answer else None, viewer.named(wrong) if wrong else None, columns,
                _failing(viewer.vocabulary, reader, node),
                reader.value(ODL + "observedRecordCount", node), reader.value(DCAT + "byteSize", node),
                _since(reader, node) if wrong else "")
    return found


def tally(vocabulary: Vocabulary, record: Reader, quality: Reader) -> ThreeAnswers:
    """Return the three answers about a dataset, from its record and its quality document, which tells what passed, failed or does
    not apply; a metric that is judged on a class of nodes that the record has and is told of in neither way was not checked.

    Points of the European assessment are none of them.
    """
    told = {quality.iri_of(DQV + "isMeasurementOf", node): quality.iri_of(ODL + "outcome", node) for node in quality.nodes
            if quality.all(ODL + "outcome", node)}
    beside = set(quality.iris(ODL + "notApplicable"))
    is_service = any(record.iris(DCAT + "accessService", node) for node in record.iris(DCAT + "distribution"))
    # A dataset without distributions stands in for one (queries/metrics/dataset/nodes/nodes.rq).
    judged = {DCAT + "Dataset", DCAT + "Distribution", *([DCAT + "DataService"] if is_service else [])}
    counts = Counter(told.get(metric, "") for metric in vocabulary.metrics.values()
                     if metric not in beside and not judged.isdisjoint(vocabulary.judged[metric]))
    return ThreeAnswers(counts[EARL + "passed"], counts[EARL + "failed"], counts[""])


def last_change(quality: Reader) -> tuple[str, str]:
    """Return the latest time at which a file changed, as its host or its content told, and the time of the visit that found so;
    "" where no visit did."""
    found = [(quality.value(name, node), quality.value(PROV + "endedAtTime", node))
             for node in quality.nodes for name in (ODL + "lastModified", ODL + "contentChanged")]
    return max((one for one in found if one[0]), default=("", ""))


def badge(viewer: Viewer, quality: Document) -> Badge:
    """Return the measured badge of a dataset, from its quality document; it never replaces the one that the source states."""
    grade = graded(quality)
    return Badge([viewer.named(value) for value in grade.possible], not grade.applies, grade.stars,
                 viewer.named(grade.basis) if grade.basis else None)


def gist(vocabulary: Vocabulary, quality: Document | None) -> Gist:
    """Return what the entry of a dataset in a list tells of its evidence; called for each, so that lines are only scanned."""
    if quality is None:
        return Gist()
    personal: set[bytes] = set()
    wrong: set[bytes] = set()
    good: set[bytes] = set()
    ended: dict[bytes, str] = {}
    for line in quality.lines:
        subject, predicate, rest = line.split(b" ", 2)
        if predicate == _COLUMN:
            personal.add(subject)
        elif predicate in _MET:
            met = rest[1:rest.find(b">")].decode()
            if _is_wrong(vocabulary, met):
                wrong.add(subject)
            elif not met.startswith(DELIVERY) and _state(vocabulary, met) == "good":
                good.add(subject)
        elif predicate == _ENDED:
            ended[subject] = rest[1:rest.find(b'"', 1)].decode()
    good -= wrong | personal  # nothing is good that should not be there
    return Gist(len(personal), len(wrong), len(good), max((ended.get(one, "") for one in good), default=""), graded(quality))


def _state(vocabulary: Vocabulary, answer: str) -> str:
    """Return what an answer says of a file where nothing is known to be wrong with it."""
    if answer == GIVEN:
        return "given"
    return "good" if any(term.value == WORKS for term in vocabulary.all(answer, SKOS + "broader")) else "unknown"


def _wrong(viewer: Viewer, reader: Reader, node: str) -> str:
    """Return the IRI of what came instead of the data, "" for nothing."""
    met = (reader.iri_of(ODL + "answer", node), reader.iri_of(ODL + "delivery", node))
    return next((iri for iri in met if _is_wrong(viewer.vocabulary, iri)), "")


def _since(reader: Reader, node: str) -> str:
    """Return since when visits came to the same, "" where that is only the last one."""
    since = reader.value(ODL + "stateSince", node)
    return since if since != reader.value(PROV + "endedAtTime", node) else ""


def _is_wrong(vocabulary: Vocabulary, iri: str) -> bool:
    """True when an answer, or a delivery, is something other than the data."""
    if iri.startswith(DELIVERY):
        return iri != DIRECT
    return any(term.value == FAILS for term in vocabulary.all(iri, SKOS + "broader"))


def _failing(vocabulary: Vocabulary, reader: Reader, node: str) -> list[Failing]:
    columns = [(column, int(reader.value(ODL + "valuesFailed", column) or 0))
               for column in sorted(reader.iris(ODL + "standardField", node))
               if vocabulary.is_settled(reader.iri_of(DCTERMS + "conformsTo", column))]
    return [Failing(reader.value(ODL + "fieldName", column), failed, int(reader.value(ODL + "valuesChecked", column) or 0))
            for column, failed in columns if failed]


def _personal(viewer: Viewer, reader: Reader, node: str) -> Personal:
    found, filled = (reader.value(ODL + name, node) for name in ("valuesFound", "valuesFilled"))
    return Personal(reader.value(ODL + "fieldName", node), viewer.named(reader.iri_of(DCTERMS + "type", node)),
                    int(found or 0), int(filled or 0))
