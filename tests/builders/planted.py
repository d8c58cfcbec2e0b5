"""Inventories with persons planted in them: made-up people in every column, shifted row and signature row, in every spelling.

Nothing here is anybody: names are drawn from characters, numbers from a seed. `Planted.secrets` is what may stand nowhere,
`Planted.kept` what the clean rows say and must be published as written.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import openpyxl
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdsTable
from odf.table import TableCell, TableRow
from odf.text import P

from odlinked.folding import plain

_SURNAMES = "王李張陳林黃吳劉蔡楊許鄭謝郭洪曾邱廖賴徐"
_GIVEN = "翊曜蓁妍昀澔霈瑄睿恩宥彤馨穎瀚棋婕羽璟桓"
_LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
_WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}


def wide(text: str) -> str:
    """Return a text in full width."""
    return "".join(_WIDE.get(character, character) for character in text)


@dataclass(frozen=True)
class Person:
    """A made-up person; `mobile` is ten digits, `mail` an address, `number` an identity number with a right check digit."""

    name: str
    mobile: str
    mail: str
    number: str

    @classmethod
    def drawn(cls, draw: Random) -> Person:
        """Draw one."""
        name = draw.choice(_SURNAMES) + draw.choice(_GIVEN) + draw.choice(_GIVEN)
        letter, digits = draw.choice("ABCDEFGHJKLMNPQRSTUV"), [draw.choice((1, 2)), *(draw.randrange(10) for _ in range(7))]
        code = _LETTERS[letter]
        total = code // 10 + code % 10 * 9 + sum(digit * weight for digit, weight in zip(digits, range(8, 0, -1), strict=True))
        number = letter + "".join(map(str, digits)) + str(-total % 10)
        mail = f"{draw.choice('abcdefgh')}{draw.randrange(10**6):06d}.hsu@moenv.gov.tw"
        return cls(name, f"09{draw.randrange(10**8):08d}", mail, number)

    def spelled(self, kind: str, draw: Random) -> str:
        """Return the person's mail, mobile or number in one of the ways people write it."""
        return draw.choice(SPELLINGS[kind])(getattr(self, kind))

    @property
    def tokens(self) -> tuple[str, ...]:
        """What is looked for, as `squeezed` writes it."""
        return (self.name, self.mobile[1:], squeezed(self.mail.split("@")[0]), squeezed(self.number))


SPELLINGS: dict[str, tuple[Callable[[str], str], ...]] = {
    "mail": (
        str, wide, lambda m: m.replace("@", "＠"), lambda m: m.replace("@", "(at)"), lambda m: m.replace("@", "[at]"),
        lambda m: m.replace("@", "@\u200b"), lambda m: m.replace("@", " @ "), lambda m: m[:3] + "\u2060" + m[3:], str.upper,
        lambda m: f"mailto:{m}", lambda m: f"<{m}>", lambda m: m.replace("@", "（at）"), lambda m: m.replace("@", " at "),
    ),
    "mobile": (
        str, lambda m: f"{m[:4]}-{m[4:7]}-{m[7:]}", lambda m: f"{m[:4]} {m[4:7]} {m[7:]}", lambda m: f"{m[:4]}–{m[4:7]}–{m[7:]}",
        lambda m: wide(f"{m[:4]}-{m[4:7]}-{m[7:]}"), lambda m: f"{m[:4]}.{m[4:7]}.{m[7:]}", lambda m: f"{m[:4]}·{m[4:7]}·{m[7:]}",
        lambda m: f"+886-{m[1:4]}-{m[4:7]}-{m[7:]}", lambda m: f"+886{m[1:]}", lambda m: f"{m[:2]}\u200b{m[2:]}",
        lambda m: f"{m[:4]}-{m[4:]}", lambda m: f"({m[:4]}){m[4:]}", lambda m: f"{m[:4]}\u00a0{m[4:7]}\u00a0{m[7:]}",
        lambda m: f"{m[:4]}‑{m[4:7]}‑{m[7:]}", lambda m: f"{m[:4]}−{m[4:7]}−{m[7:]}", lambda m: f"886-{m[1:4]}-{m[4:7]}-{m[7:]}",
    ),
    "number": (str, wide, str.lower, lambda n: n[:1] + "\u200d" + n[1:], lambda n: f"（{n}）", lambda n: f"ID:{n}"),
}  # fmt: skip
NAMED = (
    "承辦人{}", "承辦人：{}", "聯絡人：{}", "請洽{}", "請洽 {} 先生", "{}小姐", "洽{}女士", "承辦人{}分機6001", "聯絡窗口：{}",
    "聯絡人:{},電話", "承辦:{}", "承辦人員 {}",
)  # fmt: skip
"""How names stand in a text."""

SIGNATURES: tuple[Callable[[Person, Person], list[str]], ...] = (
    lambda a, b: [f"填表人：{a.name}", "", "", f"單位主管：{b.name}", "", "", f"機關首長：{a.name}"],
    lambda a, b: ["承辦人", "", a.name, "科長", b.name], lambda a, b: ["合計", "", "12筆"], lambda a, b: ["總計", "3"],
    lambda a, b: ["", "填 表 人", a.name, "核章", "", b.name], lambda a, b: [f"製表：{a.name}", f"電話：{a.mobile}"],
    lambda a, b: ["", "", "", f"審核：{a.name}", "", f"主管：{b.name}"], lambda a, b: [f"聯絡人：{a.name} {a.mail}"],
    lambda a, b: ["單位主管", a.name, "", "機關首長", b.name], lambda a, b: ["小計", "", "", "", "5"],
)  # fmt: skip


def squeezed(text: str) -> str:
    """Return a text with nothing but letters, digits and Chinese characters, folded: what hides in separators shows."""
    return re.sub(r"[^0-9a-z\u4e00-\u9fff\n]", "", plain(text).lower())


@dataclass
class Planted:
    """A made inventory: its form's headings and rows, what may stand nowhere, what must be published as written."""

    form: str
    headings: list[str]
    rows: list[list[str]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)

    def write(self, path: Path, style: str) -> Path:
        """Write the table as csv, xlsx, ods or json; return the file."""
        path = path.with_suffix("." + style)
        _WRITERS[style](path, self.headings, self.rows)
        return path


def _csv(path: Path, headings: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([headings, *rows])


def _xlsx(path: Path, headings: list[str], rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (headings, *rows):
        sheet.append([cell or None for cell in line])
    book.save(path)


def _ods(path: Path, headings: list[str], rows: list[list[str]]) -> None:
    book = OpenDocumentSpreadsheet()
    table = OdsTable(name="盤點表")
    for line in (headings, *rows):
        row = TableRow()
        for cell in line:
            made = TableCell(valuetype="string")
            made.addElement(P(text=cell))
            row.addElement(made)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(path))


def _json(path: Path, headings: list[str], rows: list[list[str]]) -> None:
    records = [dict(zip(headings, row, strict=False)) for row in rows]
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")


_WRITERS: dict[str, Callable[[Path, list[str], list[list[str]]], None]] = {"csv": _csv, "xlsx": _xlsx, "ods": _ods, "json": _json}
STYLES = tuple(_WRITERS)

_TITLES = (
    "空氣品質監測資料{}", "承辦人員訓練時數統計{}", "合計能源消費量{}", "聯絡人資料維護紀錄{}", "全國河川水位測站{}",
    "陳情案件處理情形{}", "總計畫執行進度{}", "身分證遺失件數統計{}", "行動電話用戶數{}", "電子郵件信箱申請件數{}",
    "先生源寺文物清冊{}", "製表機具清冊{}", "主管機關一覽{}",
)  # fmt: skip
_UNITS = ("大氣環境司", "水質保護司", "資源循環署", "氣候變遷署")
_NOTES = ("每月10日前更新", "資料自民國100年起", "請洽大氣環境司", "單位為公噸", "聯絡窗口為資訊單位",
          "如有疑問請洽服務專線1999")


def _values(number: int, draw: Random) -> dict[str, str]:
    """Return what a clean row says, by the word its heading holds."""
    title, unit = draw.choice(_TITLES).format(number), draw.choice(_UNITS)
    return {
        "序號": str(number),
        "開放狀況": "新增",
        "資料集名稱": title,
        "資料集代碼": f"swp_p_{number}",
        "資料集識別碼": str(500_000 + number),
        "提供單位": unit,
        "提供機關名稱": "環境部" + unit,
        "提供機關": "環境部" + unit,
        "回應機關": "環境部" + unit,
        "資料集描述": f"本資料集提供各測站每小時之觀測值，第{number}號。",
        "資料集分類": "公共資訊",
        "服務分類": "公共資訊",
        "國家環境保護計畫分類": "環境品質",
        "SDGs目標分類": "11",
        "開放年月": "115年3月",
        "承辦人": "",
        "提供機關聯絡人姓名": "",
        "聯絡電話／電子郵件": f"02-2311-7722#{number}",
        "提供機關聯絡人電話": f"02-2311-7722#{number}",
        "備註": draw.choice(_NOTES),
        "使用條件": f"2.限制利用：限學術研究使用第{number}號",
        "資料申請網址": f"https://data.moenv.gov.tw/apply/{number}",
        "實質效益": f"促進環境研究發展第{number}號",
        "不予提供資料之法令依據或理由": "政府資訊公開法第18條第1項第7款",
        "資料提供屬性": "檔案資料",
        "品質檢測": "金",
        "檔案格式": "CSV",
        "資料下載網址": f"https://data.moenv.gov.tw/f/{number}.csv",
        "編碼格式": "UTF-8",
        "資資料集上架方式": "原始資料",
        "主要欄位說明": "測站;測值",
        "更新頻率": "每1月",
        "授權方式": "政府資料開放授權條款-第1版",
        "相關網址": f"https://data.moenv.gov.tw/d/{number}",
        "計費方式": "免費",
        "上架日期": "2016-03-01 00:00:00",
        "詮釋資料更新時間": "2026-10-01 10:00:00",
        "資料量": str(number),
        "意見編號": f"fb{number}",
        "意見類別": "我想要更多",
        "意見標題": f"希望開放測站座標第{number}號",
        "發表內容": f"希望提供歷史資料第{number}號",
        "提出日期": "115/03/01",
        "開放情形": "已開放",
        "無法開放原因": "",
        "回覆內容": f"已納入開放規劃第{number}號",
        "回覆日期": "115/03/10",
        "提出人": "",
        "瀏覽人次": str(number),
        "下載次數": str(number),
        "資料集評分": "80",
        "意見回應數": "1",
        "上架日": "2016/03/01",
        "統計日期": "115年3月31日",
    }  # fmt: skip


FORMS: dict[str, tuple[str, ...]] = {
    "moenv-open": (
        "序號", "開放狀況（新增/異動/下架）", "資料集名稱", "資料集代碼", "提供單位", "資料集描述", "資料集分類",
        "國家環境保護計畫分類", "SDGs目標分類", "開放年月", "承辦人", "聯絡電話／電子郵件", "備註",
    ),
    "moenv-on-request": (
        "序號", "資料集名稱", "使用條件", "資料申請網址", "實質效益", "提供單位", "開放年月", "承辦人", "聯絡電話／電子郵件",
        "備註",
    ),
    "moenv-withheld": (
        "序號", "資料集名稱", "使用條件", "資料申請網址", "提供單位", "不予提供資料之法令依據或理由", "開放年月", "承辦人",
        "聯絡電話／電子郵件", "備註",
    ),
    "data-gov-tw": (
        "資料集識別碼", "資料集名稱", "資料提供屬性", "服務分類", "品質檢測", "檔案格式", "資料下載網址", "編碼格式",
        "資資料集上架方式", "資料集描述", "主要欄位說明", "提供機關", "更新頻率", "授權方式", "相關網址", "計費方式",
        "提供機關聯絡人姓名", "提供機關聯絡人電話", "上架日期", "詮釋資料更新時間", "備註", "資料量",
    ),
    "feedback": (
        "意見編號", "意見類別", "意見標題", "發表內容", "提出日期", "回應機關", "開放情形", "無法開放原因", "回覆內容",
        "回覆日期", "提出人",
    ),
    "usage": (
        "資料集識別碼", "提供機關名稱", "資料集名稱", "瀏覽人次", "下載次數", "資料集評分", "意見回應數", "上架日", "統計日期",
    ),
}  # fmt: skip
"""Form -> headings of the tables made for it."""

_PERSONAL = ("承辦人", "提供機關聯絡人姓名", "提出人")
_PUBLISHED = {
    "moenv-open": ("資料集名稱", "資料集代碼", "資料集描述", "備註"),
    "moenv-on-request": ("資料集名稱", "實質效益", "備註"), "moenv-withheld": (),
    "data-gov-tw": ("資料集名稱", "資料集描述", "資料集識別碼", "備註", "相關網址"),
    "feedback": ("意見標題", "發表內容", "回覆內容"), "usage": (),
}  # fmt: skip
"""What of a clean row is looked for in what is published. Withheld records are not served."""


def made(form: str, start: int, draw: Random, rows: int = 6) -> Planted:
    """Return an inventory of `rows` rows, numbered from `start`: about a third of them clean, the others with persons in them."""
    table = Planted(form, list(FORMS[form]))
    owner = Person.drawn(draw)  # stands in the column for persons, and so may stand nowhere else
    table.secrets.update(owner.tokens)
    for number in range(start, start + rows):
        values = _values(number, draw)
        row = [values[heading.split("（")[0] if heading.startswith("開放狀況") else heading] for heading in table.headings]
        for place, heading in enumerate(table.headings):
            if heading in _PERSONAL:
                row[place] = owner.name
        if (number - start) % 3 == 0:
            table.kept.update(values[heading] for heading in _PUBLISHED[form])
        else:
            row = _spoiled(row, table, owner, draw)
        table.rows.append(row)
    for _ in range(draw.randrange(3)):
        first, second = Person.drawn(draw), Person.drawn(draw)
        table.secrets.update((*first.tokens, *second.tokens))
        table.rows.append(draw.choice(SIGNATURES)(first, second))
    return table


def _spoiled(row: list[str], table: Planted, owner: Person, draw: Random) -> list[str]:
    """Return a row with persons in it, sometimes shifted by a cell."""
    person = Person.drawn(draw)
    table.secrets.update(person.tokens)
    places = [place for place, heading in enumerate(table.headings) if heading not in _PERSONAL]
    # A bare name can only be known by the column for persons of its file: elsewhere a word says whose it is.
    bare = owner.name if len(places) < len(table.headings) else NAMED[2].format(owner.name)
    for place in draw.sample(places, draw.choice((1, 1, 2, 3))):
        told = draw.choice((
            person.spelled("mail", draw), person.spelled("mobile", draw), person.spelled("number", draw),
            draw.choice(NAMED).format(person.name), bare,
            f"{draw.choice(NAMED).format(person.name)} {person.spelled('mobile', draw)} {person.spelled('mail', draw)}",
        ))  # fmt: skip
        row[place] = draw.choice((told, f"{row[place]} {told}", f"{told}，{row[place]}", f"{row[place]}（{told}）"))
    if draw.randrange(4) == 0:
        at = draw.randrange(1, len(row))
        row = [*row[:at], *row[at + 1:], ""] if draw.randrange(2) else [*row[:at], "", *row[at:-1]]
    return row


def hidden(secrets: Iterable[str], text: str) -> set[str]:
    """Return the secrets that stand in a text, however separated or spelled."""
    return set(_windows(secrets, text.splitlines()))


def where(secrets: Iterable[str], texts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return secret -> (name, line) of a text it stands in, each line looked at once: what a hundred pages say is one line."""
    lines: dict[str, str] = {}
    for name, text in texts.items():
        for line in text.splitlines():
            lines.setdefault(line, name)
    return {secret: (lines[line], line) for secret, line in _windows(secrets, lines).items()}


def _windows(secrets: Iterable[str], lines: Iterable[str]) -> dict[str, str]:
    """Return secret -> a line it stands in: all parts of the lines, squeezed, as long as a secret, are looked up."""
    wanted: dict[int, set[str]] = {}
    for secret in secrets:
        wanted.setdefault(len(secret), set()).add(secret)
    found: dict[str, str] = {}
    seen: set[str] = set()
    for line in lines:
        bare = squeezed(line)
        if bare in seen:
            continue
        seen.add(bare)
        for size, of_size in wanted.items():
            parts = {bare[at:at + size] for at in range(len(bare) - size + 1)}
            for secret in parts & of_size:
                found.setdefault(secret, line)
    return found
