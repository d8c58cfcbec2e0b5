"""Quality pages: what is measured, what is not, and why, as pages and as RDF; a dataset that is gone says so here too."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from builders.catalogs import iri, served
from builders.measured import FILE_TYPE, MEASURED, NOON, looked_at
from builders.national_list import row, write
from flask.testing import FlaskClient

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.served.releases import Releases
from odlinked.evidence.notebook import FILE, Notebook
from odlinked.evidence.observation import ANSWER, ContentObservation, Observation, PersonalColumn, StandardField, Written
from odlinked.publishing.publish import Publisher
from odlinked.settings import Settings
from odlinked.web.app import create


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A catalogue of three datasets: the files of one were looked at, one is gone."""
    return looked_at(tmp_path_factory.mktemp("quality"))


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return create(Releases(workspace), Settings()).test_client()


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(("language", "failed", "unchecked"), [("zh-Hant", "未通過", "未檢測"), ("en", "failed", "not checked")])
def test_a_dataset_tells_each_answer_and_its_evidence(client: FlaskClient, language: str, failed: str, unchecked: str) -> None:
    text = page(client, f"/quality/dataset/1?lang={language}")
    assert failed in text
    assert unchecked in text
    assert "404" in text
    assert "#seen-distribution-" in text
    assert "/metric/link-validity" in text
    assert "/ 405" in text


def test_nothing_is_asserted_of_what_nobody_looked_at(client: FlaskClient) -> None:
    text = page(client, "/quality/dataset/2")
    assert "標章：未檢測" in text
    assert "尚未檢測連結與內容" in text
    assert "#seen-" not in text


def test_what_datasets_have_in_common_has_an_address(client: FlaskClient, workspace: Workspace) -> None:
    kept = served(workspace).document(iri(1).replace("/id/", "/id/quality/"))
    assert kept is not None
    name = next(triple.subject for triple in kept.triples() if "#mqa-total-" in triple.subject)
    assert client.get(f"/id/quality/{name.partition('/id/quality/')[2].partition('#')[0]}").location.endswith("/quality/common")
    assert f"<{name}> <http://www.w3.org/ns/dqv#isMeasurementOf> " in client.get("/quality/common.nt").get_data(as_text=True)
    shown = client.get("/quality/common?lang=en").get_data(as_text=True)
    assert "<h1>Measurements that datasets have in common</h1>" in shown
    assert f'id="{name.partition("#")[2]}"' in shown
    assert client.get("/quality/common.xyz").status_code == 404


def test_the_data_of_the_page_tell_what_the_store_leaves_to_be_derived(client: FlaskClient, workspace: Workspace) -> None:
    told = client.get("/quality/dataset/1.nt").get_data(as_text=True)
    kept = served(workspace).quality(iri(1))
    assert kept is not None
    assert all(line.decode() in told for line in kept.lines)
    assert "notChecked> <https://w3id.org/odlinked/metric/timeliness>" in told
    assert '#gain-link-validity> <https://w3id.org/odlinked/ns#points> "4"' in told
    assert b"gain-" not in kept.text
    assert b"metric/timeliness" not in kept.text


def test_the_numbers_are_had_as_rdf_and_the_thing_points_there(client: FlaskClient) -> None:
    answer = client.get("/quality/dataset/1.ttl")
    assert answer.status_code == 200
    assert "dqv:isMeasurementOf" in answer.get_data(as_text=True)
    seen = client.get("/id/quality/dataset/1")
    assert seen.status_code == 303
    assert seen.headers["Location"].endswith("/quality/dataset/1")


def test_a_dataset_that_is_gone_is_gone_here_too(client: FlaskClient) -> None:
    page(client, "/quality/dataset/3", 410)
    page(client, "/quality/dataset/9", 404)


def test_organisations_are_listed_and_have_a_page(client: FlaskClient) -> None:
    text = page(client, "/quality")
    assert "環境部" in text
    link = next(part.split('"')[0] for part in text.split('href="') if part.startswith("/quality/organization/"))
    about = page(client, link)
    assert "2026-11-22" in about
    assert "<svg" in about


def test_a_family_is_told_with_its_members(tmp_path: Path) -> None:
    made = Workspace(tmp_path / "var")
    rows = [row(n, 資料集名稱=f"稽查件數{n}月統計") for n in range(1, 9)]
    Publisher(made, MEASURED, clock=NOON).publish([write(tmp_path / "list.csv", *rows)], "national")
    client = create(Releases(made), Settings()).test_client()
    text = page(client, "/quality/dataset/1")
    link = next(part.split('"')[0] for part in text.split('href="') if part.startswith("/quality/series/"))
    family = page(client, link)
    assert "稽查件數各月統計" in family
    assert all(f"稽查件數{n}月統計" in family for n in range(1, 9))
    page(client, "/quality/series/none", 404)


def test_a_metric_shows_how_it_is_computed(client: FlaskClient) -> None:
    assert "/metric/timeliness" in page(client, "/metric")
    text = page(client, "/metric/timeliness")
    assert "queries/metrics/dataset/" in text
    assert "CONSTRUCT" in text
    page(client, "/metric/none-such", 404)


def test_records_link_to_their_quality(client: FlaskClient) -> None:
    assert 'href="/quality/dataset/1"' in page(client, "/dataset/1")


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A catalogue of five datasets: persons in a file, a standard's columns wrong, a dead link, a login page, listed early."""
    folder = tmp_path_factory.mktemp("troubled")
    made = Workspace(folder / "var")
    said = {"檔案格式": "CSV", "編碼格式": "UTF-8", "資料量": "2", "主要欄位說明": "姓名;日期"}
    rows = [row(n, 資料下載網址=f"https://example.org/{n}.csv", **said) for n in (1, 2, 3, 4)]
    rows.append(row(5, 上架日期="2014-01-01 00:00:00", 資料下載網址="https://example.org/5.csv", **said))
    Publisher(made, MEASURED, clock=NOON).publish([write(folder / "list.csv", *rows)], "national")
    code, direct = "https://w3id.org/odlinked/code/", "https://w3id.org/odlinked/code/delivery/direct"
    good = ContentObservation(delivery=direct, format=FILE_TYPE + "CSV", encoding=code + "character-encoding/utf-8",
                              fields=("姓名", "日期"), missing_fields=(), record_count=2, complete=True, personal_columns=())
    person = replace(good, personal_columns=(PersonalColumn("手機", code + "personal-kind/mobile", 2, 3),))
    wrong = replace(good, standard_fields=(
        StandardField("日期", code + "standard-common/date", code + "recognition/name", 12, 12, ("row 2",), 3,
                      (Written(code + "value-writing/roc-date", 12),)),
        StandardField("公司名稱", code + "standard-commerce/company-name", code + "recognition/name", 2, 0),
        StandardField("傳真", code + "standard-common/telephone", code + "recognition/name", 0, 0, (), 2)))
    login = ContentObservation(delivery=code + "delivery/login", format=FILE_TYPE + "HTML", complete=True)
    notebook = Notebook(made.root / FILE)
    met = (("answered", person), ("answered", wrong), ("not-found", ContentObservation()), ("answered", login),
           ("answered", good))
    for number, (answer, seen) in enumerate(met, 1):
        document = served(made).document(iri(number))
        assert document is not None
        file = next(line.split(b"<")[-1].split(b">")[0].decode() for line in document.lines if b"dcat#distribution>" in line)
        notebook.put(Observation(file, ANSWER + answer, served(made).created, seen, status=200), "h")
    notebook.close()
    Publisher(made, MEASURED, clock=NOON).measure(NOON.today())
    return create(Releases(made), Settings()).test_client()


def test_personal_data_are_the_first_finding(troubled: FlaskClient) -> None:
    for path in ("/dataset/1?lang=en", "/quality/dataset/1?lang=en"):
        text = page(troubled, path)
        assert "手機 (mobile numbers: 2 of 3 values)" in text
        assert text.index('class="alarm"') < text.index("</header>", text.index("</h1>")) + 40, "before anything else"
    assert "withheld: personal data" in page(troubled, "/quality/dataset/1?lang=en")
    assert 'class="get' not in page(troubled, "/dataset/1?lang=en"), "the catalogue hands no persons on"


def test_columns_that_fail_are_told_beside_the_badge(troubled: FlaskClient) -> None:
    text = page(troubled, "/quality/dataset/2?lang=en")
    assert "fields of data standards not passed: 1" in text
    assert "12 of 12 values checked fail; 3 empty" in text
    assert "ROC dates: 12 of 12" in text
    assert "0 of 2 values checked fail; 0 empty" in text
    rows = text.split("<tr>")
    assert "not checked" in next(one for one in rows if ">傳真<" in one), "a column without values is not checked"
    assert "民國日期：12 值中 12 值" in page(troubled, "/quality/dataset/2")


def test_files_that_give_no_data_are_shown_as_that(troubled: FlaskClient) -> None:
    for number, reason in ((3, "not found"), (4, "login page")):
        text = page(troubled, f"/dataset/{number}?lang=en")
        assert f"not the data: {reason}" in text
        assert 'class="wrong"' in text
        assert 'class="get off"' in text
    assert 'class="wrong"' not in page(troubled, "/dataset/2")
    listed = page(troubled, "/?q=&lang=en")
    assert (listed.count("files not to be had: 1"), listed.count('fault">personal data')) == (2, 1)


def test_what_does_not_apply_is_not_told_as_not_checked(troubled: FlaskClient) -> None:
    text = page(troubled, "/quality/dataset/5?lang=en")
    assert "Badge: does not apply" in text
    assert "Badge: not checked" not in text


def test_points_of_the_european_assessment_are_listed_once(troubled: FlaskClient) -> None:
    text = page(troubled, "/quality/dataset/2?lang=en")
    assert text.count('<th scope="row"><a href="/metric/mqa-byteSizeAvailability?lang=en">') == 1
    assert text.count("</strong> <a href=\"/metric/mqa-byteSizeAvailability?lang=en\">") == 1


def test_what_measurements_have_in_common_is_told_in_words(client: FlaskClient) -> None:
    page = client.get("/quality/common?lang=zh-Hant").get_data(as_text=True).partition("<main")[2]
    assert {"指標", "數值", "結果", "所述標章", "由誰所述"} <= set(re.findall(r"<dt>(.*?)</dt>", page))
    assert {"未通過", "否"} <= set(re.findall(r"<dd>(.*?)</dd>", page))
    assert re.search(r"<a [^>]*></a>", page) is None
