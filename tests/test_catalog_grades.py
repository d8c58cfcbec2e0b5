"""What was measured of a dataset in short, and that it is found by it: over publishes, changes and withdrawals alike."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from builders.catalogs import iri, served
from builders.measured import DAY, FILE_TYPE, MEASURED, NOON
from builders.national_list import row, write

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.summaries.grades import BESIDE, GRADE, STARS, UNCHECKED, UNDECIDED, Grade, graded
from odlinked.documents import Document
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, ContentObservation, Observation
from odlinked.namespaces import CODE, DQV, METRIC, ODL
from odlinked.publishing.publish import Publisher

QUALITY = "http://example.org/id/quality/dataset/1"
GOLD, SILVER = CODE + "quality-badge/gold", CODE + "quality-badge/silver"


def measured(metric: str, value: str) -> list[bytes]:
    node = f"<{QUALITY}#{metric}>"
    return [f"{node} <{DQV}isMeasurementOf> <{METRIC}{metric}> .".encode(), f"{node} <{DQV}value> {value} .".encode()]


@pytest.mark.parametrize(("lines", "value", "possible"), [
    ([], UNCHECKED, ()),
    ([*measured("badge-lowest", f"<{GOLD}>"), *measured("badge-highest", f"<{GOLD}>")], GOLD, (GOLD,)),
    ([*measured("badge-lowest", f"<{SILVER}>"), *measured("badge-highest", f"<{GOLD}>")], UNDECIDED, (SILVER, GOLD)),
    ([*measured("badge-lowest", f"<{SILVER}>")], UNDECIDED, (SILVER,)),
    ([f"<{QUALITY}> <{ODL}notApplicable> <{METRIC}badge-lowest> .".encode()], BESIDE, ()),
])
def test_a_badge_is_found_only_where_it_is_certain(lines: list[bytes], value: str, possible: tuple[str, ...]) -> None:
    grade = graded(Document.of(QUALITY, lines))
    assert (grade.value, grade.possible) == (value, possible)


def test_stars_are_told_with_their_basis() -> None:
    basis = f"<{QUALITY}#format-ladder> <{ODL}basis> <{CODE}measurement-basis/declared> .".encode()
    lines = [*measured("format-ladder", '"3"^^<http://www.w3.org/2001/XMLSchema#integer>'), basis]
    assert graded(Document.of(QUALITY, lines)) == Grade(stars="3", basis=CODE + "measurement-basis/declared")


def test_what_a_stranger_wrote_is_no_statement() -> None:
    """The heading of a column may look like a line of the document."""
    inner = f"{QUALITY}#badge-lowest> <{DQV}isMeasurementOf> <{METRIC}badge-lowest> ."
    heading = f'<{QUALITY}#visit-1> <{ODL}fieldName> "\\n<{inner}\\n<{QUALITY}#badge-lowest> <{DQV}value> <{GOLD}> .\\n" .'
    assert graded(Document.of(QUALITY, [heading.encode()])) == Grade()


def dimensions(workspace: Workspace, number: int) -> set[tuple[str, str]]:
    """Return by what was measured of it a dataset is found."""
    release = served(workspace)
    return {(name, value) for name in (GRADE, STARS) for value in release.values(name)
            if iri(number) in {record.iri for record in release.search("", {name: [value]}, size=200).records}}


def agrees(workspace: Workspace, most: int) -> None:
    """Each dataset is found by what its quality document states, and no other record is."""
    release = served(workspace)
    for number in range(1, most + 1):
        record, quality = release.record(iri(number)), release.quality(iri(number))
        living = record is not None and record.state == "live" and quality is not None
        grade = graded(quality) if living and quality is not None else None
        wanted = {(GRADE, grade.value), *([(STARS, grade.stars)] if grade.stars else [])} if grade else set()
        assert dimensions(workspace, number) == wanted, number
    for name in (GRADE, STARS):
        for value in release.values(name):
            found = release.search("", {name: [value]}, size=200)
            assert len(found.records) == found.total == release.selections.count(name, value)


@pytest.mark.parametrize("seed", [1, 2])
def test_datasets_are_found_by_what_is_measured_over_all_changes(tmp_path: Path, seed: int) -> None:
    workspace, dice, most = Workspace(tmp_path / "var"), random.Random(seed), 6
    publisher = Publisher(workspace, MEASURED, clock=NOON)
    said = {"檔案格式": "CSV", "編碼格式": "UTF-8", "資料量": "3"}
    for turn in range(5):
        rows = [row(n, 資料集描述=f"描述{dice.choice('甲乙')}。", 資料下載網址=f"https://example.org/{n}.csv", **said)
                for n in range(1, most + 1) if turn == 0 or dice.random() > 0.15]
        publisher.publish([write(tmp_path / "list.csv", *rows)], "national", allow_removals=True)
        agrees(workspace, most)
        document = served(workspace).document(iri(dice.randint(1, most)))
        if document is not None and b"dcat#distribution>" in document.text:
            file = next(line.split(b"<")[-1].split(b">")[0].decode() for line in document.lines if b"dcat#distribution>" in line)
            notebook = Notebook(workspace.root / FILE)
            seen = ContentObservation(format=FILE_TYPE + "CSV", record_count=3, delivery=CODE + "delivery/direct")
            notebook.put(Observation(file, ANSWER + dice.choice(("answered", "not-found")), served(workspace).created, seen), "h")
            notebook.close()
            publisher.measure(DAY)
            agrees(workspace, most)
