"""The fields of files on a dataset's page: in their order, with meaning and data standard."""

from __future__ import annotations

import json
import re
from pathlib import Path

from builders.catalogs import answers

from odlinked.catalog.keeping.workspace import Workspace
from odlinked.publishing.publish import Publisher
from odlinked.settings import PublishSettings, Settings

EXAMPLE = Path(__file__).parents[1] / "examples" / "data-gov-tw-api-28178.json"
UNIT = "https://schema.gov.tw/api/Environment/Air/ObservationData/Unit"


def rows(page: str) -> list[list[str]]:
    """Return the cells of the tables of fields, without markup."""
    section = page[page.index('id="fields"') : page.index('id="findings"')]
    return [[re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", row)] for row in section.split("<tr>")]


def test_fields_stand_in_their_order_with_meaning_and_standard(tmp_path: Path) -> None:
    answer = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    fields = answer["result"]["distribution"][0]["resourceField"]
    fields[0]["name"], fields[1]["name"] = "zone(空品區)", "<b>站名</b>"
    path = tmp_path / "record.json"
    path.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    workspace = Workspace(tmp_path / "var")
    Publisher(workspace, Settings(publish=PublishSettings(workers=1))).publish([path], "api")
    for language, stated in (("zh-Hant", "（原文：日期標準）"), ("en", "(as stated: 日期標準)")):
        status, page = answers(workspace, f"/dataset/28178?lang={language}")
        assert status == 200
        first = [row for row in rows(page) if row][:5]
        assert first == [
            ["zone", "空品區", ""], ["&lt;b&gt;站名&lt;/b&gt;", "", ""], ["itemname", "", ""], ["itemunit", "", "Unit"],
            ["monitordate", "", stated],
        ]  # fmt: skip
        assert f'href="{UNIT}"' in page
