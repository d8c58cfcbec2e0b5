"""The quality page of a dataset: what blocks the next badge, what corrections add, what was seen beside what is declared."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from builders.catalogs import answers, iri, served
from builders.measured import DAY, MEASURED, NOON, looked_at

from odlinked.assets import Assets, bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.measure.bench import Parameters
from odlinked.measure.explain import Explained, Explainer, item
from odlinked.namespaces import DCAT, ODL
from odlinked.publishing.publish import Publisher
from odlinked.settings import MeasureSettings
from odlinked.web.site import evidence, words
from odlinked.web.site.display import Display
from odlinked.web.site.document import Reader
from odlinked.web.site.vocabulary import Vocabulary

OUTCOMES = ("passed", "failed", "untested")
COMMAND = re.compile(r"odlinked (?:check|measure|list|publish|validate|report|map|purge|prune|lift|query)")


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return looked_at(tmp_path_factory.mktemp("looked"))


def explained(workspace: Workspace, code: int) -> Explained:
    release = served(workspace)
    record, quality = release.document(iri(code)), release.quality(iri(code))
    assert record is not None
    assert quality is not None
    return Explainer(Assets(), Parameters.of(MeasureSettings()), DAY).explained(item(record, quality))


def told(workspace: Workspace, language: str = "en") -> str:
    status, page = answers(workspace, f"/quality/dataset/1?lang={language}")
    assert status == 200
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))


def test_the_steps_follow_the_verdicts(looked: Workspace) -> None:
    steps = {(one.rank, one.metric.rpartition("/")[2]): one.how for one in explained(looked, 1).steps}
    assert steps == {(1, "direct-download"): "lost", (1, "link-validity"): "lost", (2, "structured-type"): "open",
                     (3, "encoding-match"): "open", (3, "field-match"): "open", (3, "timeliness"): "open",
                     (4, "standard-fields"): "open"}
    unseen = explained(looked, 2)
    assert {one.how for one in unseen.steps} == {"open"}, "what nobody looked at is not lost"
    assert not [one for one in unseen.mendings if "badge" in one.metric]


def test_what_corrections_add_is_what_is_derived(looked: Workspace) -> None:
    found = {one.metric.rpartition("/")[2]: (one.points, one.together) for one in explained(looked, 1).mendings}
    assert found["link-validity"] == found["direct-download"] == (4, 2)


def test_the_strip_of_a_dataset_counts_what_explaining_it_gives(tmp_path: Path) -> None:
    """With and without files, and with an API: the strip is counted from two documents, the explanation by the queries."""
    workspace, examples = Workspace(tmp_path / "var"), bundled() / "examples"
    publisher = Publisher(workspace, MEASURED, clock=NOON)
    for name, source in (("data-gov-tw-excerpt.csv", "national"), ("moenv-inventory-climate-big5-2026.csv", "moenv"),
                         ("data-gov-tw-api-28178.json", "api")):
        publisher.publish([examples / name], source)
    release, vocabulary = served(workspace), Vocabulary.load(Assets())
    explainer, files = Explainer(Assets(), Parameters.of(MeasureSettings()), DAY), set()
    for record in release.page("dataset", 1, 200)[1]:
        document, quality = release.document_of(record), release.quality(record.iri)
        assert document is not None
        assert quality is not None
        tally = evidence.tally(vocabulary, Reader(document), Reader(quality))
        counts = Counter(point.outcome for point in explainer.explain(item(document, quality))
                         if point.node == record.iri and vocabulary.all(point.metric, ODL + "part") and point.possible is None)
        assert (tally.passed, tally.failed, tally.untested) == tuple(counts[name] for name in OUTCOMES), record.iri
        files.add((b"accessService" in document.text, bool(Reader(document).iris(DCAT + "distribution"))))
    assert {(False, False), (False, True)} <= files


def test_the_step_that_blocks_is_named_first(looked: Workspace) -> None:
    text = told(looked)
    assert "Not bronze until: Direct download (failed), Link works (1 of 2 files pass)" in text
    assert text.index("The steps of the badge") < text.index("Fix this first") < text.index("The yardsticks side by side") \
        < text.index("What was seen")
    assert "要達到銅，尚待：" in told(looked, "zh-Hant")
    assert "（2 個檔案中 1 個通過）" in told(looked, "zh-Hant")


def test_a_gain_says_by_which_yardstick_and_whether_it_is_certain(looked: Workspace) -> None:
    text = told(looked)
    assert "steps of the badge: 4 possible: something on the way was not checked only together with 1 more" in text
    assert "+30 Keyword usage points of the European assessment: 30 certain" in text


def test_a_value_seen_stands_beside_the_declared_one(looked: Workspace) -> None:
    text = told(looked)
    assert "observed number of records 56 56" in text
    assert "HTTP status 404 –" in text
    assert "2026-11-22 12:00+08:00" in text, "in the catalogue's zone, which is named"


def test_measured_and_stated_stand_beside_each_other(looked: Workspace) -> None:
    text = told(looked)
    assert "Badge as measured here none: failed the test Badge as its source states it gold disagrees Formats 3 stars" in text
    assert "Six rules of the environment ministry, 6 0 passed, 1 failed, 5 not checked" in text


@pytest.mark.parametrize(("value", "day", "time"), [
    ("2026-11-22T20:00:00Z", "2026-11-23", "2026-11-23 04:00+08:00"), ("2026-11-22", "2026-11-22", "2026-11-22"),
    ("2026-11", "2026-11", "2026-11"), ("", "", ""), ("soon", "soon", "soon"),
    ("2026-11-22T20:00:00", "2026-11-22", "2026-11-22T20:00:00"),
])  # fmt: skip
def test_a_visit_is_shown_on_the_day_it_was_here(value: str, day: str, time: str) -> None:
    display = Display("en", words.load().into("en"), Clock.of("+08:00"))
    assert (display.local(value), display.time(value)) == (day, time)


def test_no_page_advises_commands() -> None:
    texts = {key: entry for key, entry in words.load().texts.items() if "validate" not in key and "developers" not in key}
    assert [key for key, entry in texts.items() if any(COMMAND.search(text) for text in entry.values())] == []
    for path in sorted((bundled() / "ontologies" / "metrics").glob("*.ttl")):
        assert not COMMAND.search(path.read_text(encoding="utf-8")), path.name
    assert tomllib.loads(Path(words.FILE).read_text(encoding="utf-8"))
