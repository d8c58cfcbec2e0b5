"""Pages that are kept are the pages that would be made now: over publishes, for every host, language and format."""

from __future__ import annotations

import asyncio
import csv
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from builders.catalogs import BASE, iri, publish, served
from builders.extent import extent
from builders.measured import DAY, FILE_TYPE, MEASURED, NOON
from builders.national_list import row, write
from flask import Flask
from flask.testing import FlaskClient

from odlinked.assets import bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.notes import mark
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, ContentObservation, Observation
from odlinked.publishing.publish import Publisher
from odlinked.settings import PublishSettings, ServeSettings, Settings
from odlinked.web.app import create
from odlinked.web.asgi import Front

LIST = bundled() / "examples" / "oid-gds-excerpt.csv"
KINDS = ("dataset", "series", "service", "organization", "event")
LISTS = ("/", "/?q=空氣", "/?sort=title", "/?faults=none", "/organizations", "/organizations.csv", "/organizations?q=經濟",
         "/quality", "/catalog", "/catalog.ttl", "/void", "/void.ttl", "/query", "/api", "/openapi.json", "/rule",
         "/code/quality-badge/gold", "/code/service-category/500", "/sitemap.xml", "/sitemap/dataset-1.xml", "/metric",
         "/datasets", "/themes", "/developers", "/requests", "/compare", "/compare?id=1", "/compare?id=1&id=2&id=3")
SERVED = Settings(serve=ServeSettings(hosts=("data.example.tw",), proxies=("127.0.0.1",)))
FREE = Settings(publish=PublishSettings(most_removals=1), measure=MEASURED.measure)


def app_of(workspace: Workspace) -> Flask:
    return create(Releases(workspace), SERVED)


def paths(release: Release) -> Iterator[str]:
    """Yield the addresses of all pages of a catalogue that show a record or count records."""
    yield from LISTS
    for dimension in ("publisher", "theme", "format", "badge", "rule"):
        yield from (f"/?{dimension}={quote(value, safe='')}" for value in sorted(release.values(dimension)))
    for kind in KINDS:
        for record in release.roster(kind):
            name = record.iri.rpartition("/")[2]
            yield from (f"/{kind}/{name}", f"/{kind}/{name}.ttl", f"/quality/{kind}/{name}")


def asked(client: FlaskClient, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers; not the time from when on a page is as it is, which a later start puts later."""
    answer = client.get(path, headers={"Accept": "text/html", **headers})
    return answer.status_code, answer.data, {name: value for name, value in answer.headers.items() if name != "Last-Modified"}


def equal(known: Flask, workspace: Workspace, dice: random.Random) -> None:
    """Every page of an application that has long been running is the one of an application that begins now."""
    fresh, kept = app_of(workspace).test_client(), known.test_client()
    for path in paths(served(workspace)):
        language = dice.choice(("zh-TW", "en"))
        assert asked(kept, path, **{"Accept-Language": language}) == asked(fresh, path, **{"Accept-Language": language}), path


def renamed(path: Path, dice: random.Random) -> Path:
    """Write the list of organisations with some names changed."""
    with LIST.open(encoding="utf-8-sig", newline="") as file:
        heading, *lines = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *([one[0] + dice.choice(("", "", "新")), *one[1:]] for one in lines)])
    return path


def drawn(path: Path, dice: random.Random) -> Path:
    """Write a list of datasets that differs a little from one time to the next."""
    def one(number: int) -> list[str]:
        return row(number, 提供機關=dice.choice(("經濟部工業局", "經濟部工業局", "某某處")),
                   更新頻率=dice.choice(("每1年", "每1年", "有空時")), 服務分類=dice.choice(("公共資訊", "公共資訊", "就醫")),
                   品質檢測=dice.choice(("金", "金", "白金", "")))

    return write(path, *(one(number) for number in range(1, 9) if dice.random() > 0.1))


@pytest.mark.parametrize("seed", extent([1], [1, 2]))
def test_kept_pages_are_those_that_would_be_made_now(workspace: Workspace, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    publish(workspace, LIST, "oid")
    publish(workspace, drawn(tmp_path / "0.csv", dice), settings=FREE)
    known = app_of(workspace)
    equal(known, workspace, random.Random(0))
    for number in range(1, 4):
        publish(workspace, drawn(tmp_path / f"{number}.csv", dice), settings=FREE)
        equal(known, workspace, random.Random(0))
        if number == 2:
            publish(workspace, renamed(tmp_path / "names.csv", dice), "oid", settings=FREE)
            equal(known, workspace, random.Random(0))
    equal(known, workspace, random.Random(1))


def rendered_again(app: Flask, paths: tuple[str, ...]) -> list[str]:
    """Return which of some pages are made anew when they are asked for."""
    site, client, found = app.extensions["odlinked.site"], app.test_client(), []
    render, calls = site.render, [0]

    def counted(*arguments: Any, **facts: Any) -> str:
        calls[0] += 1
        return str(render(*arguments, **facts))

    site.render = counted
    for path in paths:
        before = calls[0]
        assert asked(client, path)[0] == 200
        found += [path] * (calls[0] > before)
    site.render = render
    return found


def test_a_publish_of_one_record_leaves_the_pages_of_others_known(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "a.csv", *(row(n) for n in range(1, 6))))
    app, pages = app_of(workspace), ("/dataset/1", "/dataset/2", "/quality/dataset/2", "/code/quality-badge/gold", "/", "/rule")
    assert rendered_again(app, pages) == list(pages)
    assert rendered_again(app, pages) == []
    publish(workspace, write(tmp_path / "a.csv", row(1, 資料集描述="改寫。"), *(row(n) for n in range(2, 6))))
    assert rendered_again(app, pages) == ["/dataset/1", "/code/quality-badge/gold", "/"]
    assert rendered_again(app, pages) == []


def text(app: Flask, path: str) -> str:
    return asked(app.test_client(), path)[1].decode()


def test_what_changes_is_shown_at_once(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, LIST, "oid")
    listed = tmp_path / "list.csv"
    first = [row(1, 提供機關="經濟部工業局"), row(2, 提供機關="經濟部工業局")]
    publish(workspace, write(listed, *first), settings=FREE)
    app = app_of(workspace)
    found = served(workspace).record(iri(1))
    assert found is not None
    organization = f"/organization/{found.publisher.rpartition('/')[2]}"
    pages = ("/dataset/1", "/", organization, "/organizations", "/dataset/2")
    before = {path: text(app, path) for path in pages}

    publish(workspace, write(listed, row(1, 提供機關="經濟部工業局", 資料集描述="改寫之描述。"), first[1]), settings=FREE)
    assert "改寫之描述" in text(app, "/dataset/1")
    assert "改寫之描述" in text(app, organization)
    assert text(app, "/dataset/2") == before["/dataset/2"]

    names = tmp_path / "names.csv"
    names.write_text(LIST.read_text(encoding="utf-8-sig").replace("經濟部工業局", "經濟部產業發展署"), encoding="utf-8")
    publish(workspace, names, "oid", settings=FREE)
    assert [path for path in pages if "經濟部產業發展署" not in text(app, path)] == []

    publish(workspace, write(listed, row(1, 提供機關="經濟部產業發展署", 更新頻率="有空時"), first[1]), settings=FREE)
    assert "U05-frequency-code" in text(app, "/dataset/1")
    publish(workspace, write(listed, row(1, 提供機關="經濟部產業發展署"), first[1]), settings=FREE)
    assert "U05-frequency-code" not in text(app, "/dataset/1")


def test_a_measured_badge_is_shown_at_once(workspace: Workspace, tmp_path: Path) -> None:
    said = {"檔案格式": "CSV", "編碼格式": "UTF-8", "資料量": "3", "資料下載網址": "https://example.org/1.csv"}
    Publisher(workspace, MEASURED, clock=NOON).publish([write(tmp_path / "list.csv", row(1, **said), row(2))], "national")
    app = app_of(workspace)
    before = {path: text(app, path) for path in ("/dataset/1", "/dataset/2", "/quality/dataset/1", "/datasets")}
    notebook = Notebook(workspace.root / FILE)
    document = served(workspace).document(iri(1))
    assert document is not None
    file = next(line.split(b"<")[-1].split(b">")[0].decode() for line in document.lines if b"dcat#distribution>" in line)
    seen = ContentObservation(format=FILE_TYPE + "CSV", record_count=3)
    notebook.put(Observation(file, ANSWER + "not-found", served(workspace).created, seen, status=404), "h")
    notebook.close()
    Publisher(workspace, MEASURED, clock=NOON).measure(DAY)
    after = {path: text(app, path) for path in before}
    assert [path for path in before if after[path] == before[path]] == ["/dataset/2"]
    fresh = app_of(workspace)
    assert after == {path: text(fresh, path) for path in before}


def test_no_page_is_given_for_another_host_language_or_format(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    known = app_of(workspace).test_client()
    dice = random.Random(3)
    choices = {
        "Host": ("localhost:8000", "127.0.0.1:9", "data.example.tw", "elsewhere.example"),
        "Accept-Language": ("zh-TW", "en", "fr", ""), "Accept-Encoding": ("gzip", "identity"),
        "Accept": ("text/html", "text/turtle", "application/ld+json", "*/*"),
        "X-Forwarded-Prefix": ("", "/data"), "X-Forwarded-Proto": ("", "https"), "X-Forwarded-Host": ("", "other.example"),
    }
    places = ("/dataset/1", "/dataset/1.ttl", "/", "/catalog.ttl", "/void", "/organizations", "/api", "/dataset/1?lang=en",
              "/?lang=en", "/dataset/1.html")
    fresh, met = app_of(workspace).test_client(), set[str]()
    for _ in range(250):
        headers = {name: value for name, values in choices.items() if (value := dice.choice(values))}
        path = dice.choice(places)
        found = asked(known, path, **headers)
        assert found == asked(known, path, **headers)
        if dice.random() < 0.2:
            if path in met:  # no page that is asked for twice of an application that has just begun
                fresh, met = app_of(workspace).test_client(), set()
            met.add(path)
            assert found == asked(fresh, path, **headers), (path, headers)


def test_pages_of_one_catalogue_are_not_those_of_another_public_address(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    plain, public = (create(Releases(workspace), Settings(serve=ServeSettings(public_url=url)))
                     for url in ("", "https://open.example.tw/data"))
    assert "/data/static/" not in text(plain, "/dataset/1")
    assert "/data/static/" in text(public, "/dataset/1")


def through(front: Front, path: str, method: str = "GET", client: str = "127.0.0.1", **headers: str) -> tuple[int, bytes, object]:
    """Return what the ASGI application answers: status, body, and headers but the times (of the answer, since when it holds)."""
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": method, "raw_path": path.partition("?")[0].encode(), "scheme": "http",
             "query_string": path.partition("?")[2].encode(), "http_version": "1.1", "server": ("127.0.0.1", 8000),
             "client": (client, 5000), "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()]}

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    asyncio.run(front(scope, receive, send))
    told = sorted(pair for pair in sent[0]["headers"] if pair[0] not in (b"last-modified", b"date"))
    return sent[0]["status"], b"".join(event.get("body", b"") for event in sent[1:]), told


def fronts(workspace: Workspace) -> tuple[Front, Front]:
    """Return an application that gives answers again, and one that does not."""
    app = app_of(workspace)
    return Front(app, 2, 5, 5, app.extensions["odlinked.site"].edition), Front(app_of(workspace), 2, 5, 5)


def test_an_answer_is_given_again_to_the_same_request_alone(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1), row(2)))
    again, anew = fronts(workspace)
    dice, tags = random.Random(11), ["*", '"none"']
    choices = {
        "Host": ("localhost:8000", "data.example.tw", "elsewhere.example"), "Accept-Language": ("zh-TW", "en", ""),
        "Accept": ("text/html", "text/turtle", "*/*"), "Accept-Encoding": ("gzip", "identity", ""),
        "X-Forwarded-Prefix": ("", "", "/data"), "X-Forwarded-Host": ("", "", "other.example"), "User-Agent": ("a", "b"),
        "X-Forwarded-For": ("", "10.1.1.1"), "If-Modified-Since": ("", "", "Sun, 06 Nov 1994 08:49:37 GMT"),
    }
    places = ("/dataset/1", "/dataset/1.ttl", "/", "/void", "/dataset/1?lang=en", "/dataset/nothing", "/rule", "/static/mark.svg")
    seen = 0
    for number in range(300):
        if number == 150:
            publish(workspace, write(tmp_path / "list.csv", row(1, 資料集描述="改寫。"), row(2)))
        headers = {name: value for name, values in choices.items() if (value := dice.choice(values))}
        if dice.random() < 0.3:
            headers["If-None-Match"] = dice.choice(tags)
        path, peer = dice.choice(places), dice.choice(("127.0.0.1", "192.0.2.7"))
        method = dice.choice(("GET", "GET", "GET", "HEAD"))
        found = [through(front, path, method, peer, **headers) for front in (again, again, anew)]
        assert found[0] == found[1] == found[2], (path, headers)
        seen += found[0][0] == 304
        tags += [value.decode() for name, value in found[0][2] if name == b"etag"]  # type: ignore[attr-defined]
    assert seen


def test_an_answer_given_again_is_counted(workspace: Workspace, tmp_path: Path) -> None:
    publish(workspace, write(tmp_path / "list.csv", row(1)))
    app = create(Releases(workspace), Settings(serve=ServeSettings(metrics=("127.0.0.1/32",))))
    front = Front(app, 2, 5, 5, app.extensions["odlinked.site"].edition)
    for _ in range(3):
        assert through(front, "/dataset/1", Accept="text/html")[0] == 200
    counted = through(front, "/metrics")[1].decode()
    assert 'odlinked_answers_total{method="GET",route="/<kind>/<path:name>",status="200"} 3.0' in counted


def test_an_answer_without_parts_to_compare_is_like_no_other() -> None:
    assert mark(iter([1])) != mark(iter([1]))
    assert mark(object()) != mark(object())
    assert mark(["a", 1]) == mark(["a", 1]) != mark(["a", "1"])
    assert mark(b"x" * 32) == b"x" * 32
    assert BASE not in str(mark(BASE))
