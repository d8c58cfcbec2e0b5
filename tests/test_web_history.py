"""The history of a record: what changed between the releases that are kept, and what of it is never told again."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from builders.catalogs import LEAK, answers, iri, publish
from builders.national_list import row, write
from hypothesis import given
from hypothesis import strategies as st

from odlinked.assets import Assets
from odlinked.catalog.keeping.archive import Archive
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.catalog.log.history import revisions
from odlinked.documents import Document
from odlinked.publishing.purge import purge
from odlinked.publishing.retention import prune, rollback
from odlinked.settings import PublishSettings, Settings
from odlinked.web.pages.history import marked

FREE = Settings(publish=PublishSettings(most_removals=100))


def put(workspace: Workspace, folder: Path, *rows: list[str]) -> None:
    publish(workspace, write(folder / "list.csv", *rows), settings=FREE)


def history(workspace: Workspace, language: str = "en", code: int = 1) -> tuple[int, str]:
    status, page = answers(workspace, f"/history/dataset/{code}?lang={language}")
    return status, re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))


def test_a_change_is_told_with_the_values_before_and_after(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, row(1, 更新頻率="每1日", 主要欄位說明="測站;數值"), row(2))
    put(workspace, tmp_path, row(1, 主要欄位說明="測站;濃度"), row(2))
    put(workspace, tmp_path, row(1, 主要欄位說明="測站;濃度"), row(2, 資料集描述="只改這一筆。"))
    publish(workspace, write(tmp_path / "other.csv", row(2, 計費方式="依量計費")), "other", settings=FREE)
    status, page = history(workspace)
    assert status == 200
    assert "Perhaps the same dataset" in history(workspace, code=2)[1], "a change of a relation is told with its values"
    assert "Update frequency daily hourly" in page
    assert "Fields 數值 濃度" in page
    assert re.findall(r"Release (\d+)", page) == ["000002", "000001"], "the third release left it as it was"
    assert "The oldest content that is kept." in page
    assert "更新頻率 每1日 每1時" in history(workspace, "zh-Hant")[1]
    assert 'href="/history/dataset/1"' in answers(workspace, "/dataset/1")[1]
    landmarks = re.findall(r'<section aria-labelledby="([^"]+)"|role="region" aria-labelledby="([^"]+)"',
                           answers(workspace, "/history/dataset/1")[1])
    assert len(landmarks) == len({one or other for one, other in landmarks}), "two landmarks of one name are not told apart"


def test_a_file_that_moved_is_told_without_the_parameters_of_its_old_address(workspace: Workspace, tmp_path: Path) -> None:
    said = {"檔案格式": "CSV", "編碼格式": "UTF-8", "資料量": "3"}
    put(workspace, tmp_path, row(1, 資料下載網址="https://old.example.org/a.csv?session=abcdef", **said))
    put(workspace, tmp_path, row(1, 資料下載網址="https://new.example.org/b.csv?page=2", **said))
    page = history(workspace)[1]
    assert "https://old.example.org/a.csv" in page
    assert "session" not in page
    assert "https://new.example.org/b.csv?page=2" in page


def test_an_address_of_a_page_is_whole_where_it_still_stands(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, row(1, 相關網址="https://example.org/p?id=1"))
    put(workspace, tmp_path, row(1, 相關網址="https://example.org/p?id=2"))
    page = history(workspace)[1]
    assert "https://example.org/p?id=2" in page
    assert "id=1" not in page


def test_of_a_contact_only_that_it_changed_is_told(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, row(1, 提供機關聯絡人電話="02-23117722"))
    put(workspace, tmp_path, row(1, 提供機關聯絡人電話="02-23117799"))
    page = history(workspace)[1]
    assert "The contact changed" in page
    assert "7722" not in page


def test_a_person_of_an_earlier_release_is_not_published_again(workspace: Workspace, tmp_path: Path) -> None:
    """A release of an earlier version may have let a person through: the document is written into it by hand here."""
    put(workspace, tmp_path, row(1, 資料集描述="洽詢處。"))
    put(workspace, tmp_path, row(1, 資料集描述="改寫。"))
    before = revisions(workspace, iri(1), "000002")[0].document
    assert before is not None
    person = "聯絡人：王小明 0912-345-678 ming.wang@gmail.com"
    leaking = Document.of(before.iri, [line.replace("洽詢處。".encode(), person.encode()) for line in before.lines])
    with closing(Archive(workspace.documents, write=True)) as archive:
        archive.put(leaking)
    with closing(sqlite3.connect(workspace.releases / "000001" / "catalog.sqlite")) as index, index:
        index.execute("UPDATE record SET hash = ? WHERE iri = ?", (leaking.hash, iri(1)))
    page = history(workspace, "zh-Hant")[1]
    assert "改寫。" in page
    assert not [part for part in ("0912", "345-678", "ming.wang", "王小明") if part in page]


def test_a_pruned_release_is_told_as_gone(workspace: Workspace, tmp_path: Path) -> None:
    for text in ("一", "二", "三", "四"):
        put(workspace, tmp_path, row(1, 資料集描述=f"第{text}版之說明。"))
    assert "第一版之說明。" in history(workspace)[1]
    prune(workspace, 2)
    page = history(workspace)[1]
    assert "Releases kept: 2, the oldest is 000003." in page
    assert "第一版" not in page
    assert "第二版" not in page
    assert "第三版之說明。" in page
    (workspace.releases / "000003" / "catalog.sqlite").write_bytes(b"half")
    status, page = history(workspace)
    assert (status, "第三版" in page) == (200, False)


def test_a_gap_between_releases_is_told(workspace: Workspace, tmp_path: Path) -> None:
    for text in ("一", "二", "三"):
        put(workspace, tmp_path, row(1, 資料集描述=f"第{text}版之說明。"))
    (workspace.releases / "000002" / "manifest.json").unlink()
    page = history(workspace)[1]
    assert "Releases just before it were removed" in page
    assert "第一版之說明。 第三版之說明。" in page


def test_what_was_not_public_is_not_told(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, row(2))
    put(workspace, tmp_path, row(1, 資料集描述="先前之說明。"), row(2))
    put(workspace, tmp_path, row(2))
    status, page = history(workspace)
    assert status == 410
    assert "先前之說明" not in page
    put(workspace, tmp_path, row(1), row(2))
    page = history(workspace)[1]
    assert page.index("Listed (again).") < page.index("Taken down.") < page.rindex("Listed (again).")
    assert answers(workspace, "/history/dataset/77")[0] == 404
    assert answers(workspace, f"/history/dataset/{'9' * 600}")[0] == 404


def test_what_was_purged_is_in_no_history(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, row(1, 資料集描述=LEAK), row(2))
    put(workspace, tmp_path, row(1), row(2))
    assert LEAK in history(workspace)[1]
    purge(workspace, Assets(), iri(1), "2026-11-29T09:00:00+08:00")
    status, page = history(workspace)
    assert status == 410
    assert LEAK not in page


def test_a_release_after_the_served_one_is_not_told(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, row(1, 資料集描述="先前。"))
    put(workspace, tmp_path, row(1, 資料集描述="以後之說明。"))
    rollback(workspace, None)
    assert "以後之說明" not in history(workspace)[1]


def test_the_page_of_what_was_taken_down_tells_whose_it_was_and_what_is_nearest(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, tmp_path, row(1, "河川水質監測"), row(2, "河川水質"), row(3, "空氣品質", 提供機關="經濟部"))
    put(workspace, tmp_path, row(2, "河川水質"), row(3, "空氣品質", 提供機關="經濟部"))
    status, page = answers(workspace, "/dataset/1?lang=en")
    assert status == 410
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))
    for told in ("河川水質監測1", "What it was Dataset", "Providing unit Ministry of Environment", "Taken down on 20",
                 "Not stated: it is no longer",
                 "Who approved it is not stated", "Datasets with the nearest names 河川水質2"):
        assert told in text, told
    assert "空氣品質3" not in text


@pytest.mark.parametrize(("before", "after", "expected"), [
    # Only what differs is marked, and of the rest what is near it is shown.
    ("空氣品質監測站之名稱、位置與類型。", "空氣品質監測站之名稱、位置、海拔與類型。",
     (("空氣品質監測站之名稱、位置", "", "與類型。"), ("空氣品質監測站之名稱、位置", "、海拔", "與類型。"))),
    # No word of Latin letters and no number is cut.
    ("The list of stations of 2023 in the north", "The list of stations of 2024 in the north",
     (("The list of stations of ", "2023", " in the north"), ("The list of stations of ", "2024", " in the north"))),
    # Codes, days and what has little in common are marked whole.
    ("每1日", "每1時", (("", "每1日", ""), ("", "每1時", ""))),
    ("測站所在地之名稱與位置一覽表甲乙丙", "河川水質監測之各項數值與單位，逐月更新",
     (("", "測站所在地之名稱與位置一覽表甲乙丙", ""), ("", "河川水質監測之各項數值與單位，逐月更新", ""))),
    ("a" * 700 + "一", "a" * 700 + "二", (("…" + "a" * 80, "一", ""), ("…" + "a" * 80, "二", ""))),
])
def test_what_differs_in_a_text_is_marked(before: str, after: str, expected: tuple[tuple[str, str, str], ...]) -> None:
    assert marked(before, after) == expected


@given(st.text(st.sampled_from("ab1 一二"), max_size=60), st.text(st.sampled_from("ab1 一二"), max_size=60))
def test_a_marked_text_is_the_text(before: str, after: str) -> None:
    assert tuple("".join(one) for one in marked(before, after)) == (before, after)
