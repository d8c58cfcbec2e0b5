"""How fast content is looked at, and what memory that takes, by kind.

    python benchmarks/content.py [FILE…]

Without files it makes one of each kind (about 30 MB unpacked). Each is looked at in a process of its own; memory is by how
much that process grew above what it had ever had before looking; time is processor time. In the second column of speeds a
check gets every value.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from odlinked.assets import Assets
from odlinked.evidence.inspection import codes
from odlinked.evidence.inspection.examine import examine
from odlinked.evidence.observation import Content, ContentObservation, Declared, DescribedField, PersonalColumn, StandardField

ROWS = 250_000
NAMES = ("測站名稱", "縣市", "AQI", "發布時間", "經度", "緯度", "說明")
DECLARED = Declared(fields=tuple(DescribedField(name) for name in NAMES))


class Every:
    """A check that wants every value and does nothing with it."""

    def begin(self, _: Sequence[str]) -> bool:
        return True

    def personal(self) -> tuple[PersonalColumn, ...] | None:
        return None

    def headless(self) -> bool:
        return False

    def take(self, _: int, __: Sequence[str]) -> None:
        return None

    def outcome(self) -> tuple[StandardField, ...]:
        return ()


def _row(number: int) -> tuple[str, ...]:
    return (f"測站{number % 90}", "新北市", str(number % 300), f"2026/11/{number % 28 + 1:02} 13:00:00",
            "121.760056", "25.129167", "空氣品質監測小時值，單位為微克每立方公尺")


def _csv(codec: str, separator: str = ",") -> bytes:
    lines = [separator.join(NAMES), *(separator.join(_row(number)) for number in range(ROWS))]
    return "\r\n".join(lines).encode(codec)


def _json() -> bytes:
    return json.dumps([dict(zip(NAMES, _row(number), strict=True)) for number in range(ROWS)], ensure_ascii=False).encode()


def _xml() -> bytes:
    rows = ("<row>" + "".join(f"<{name}>{value}</{name}>" for name, value in zip(NAMES, _row(number), strict=True)) + "</row>"
            for number in range(ROWS // 2))
    return ("<data>" + "\n".join(rows) + "</data>").encode()


def _xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("a")
    sheet.append(NAMES)
    for number in range(ROWS // 5):
        sheet.append(_row(number))
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _zip() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", _csv("utf-8"))
    return held.getvalue()


MADE: dict[str, Callable[[], bytes]] = {
    "csv utf-8": lambda: _csv("utf-8-sig"), "csv big5": lambda: _csv("cp950"), "tsv utf-16": lambda: _csv("utf-16", "\t"),
    "json": _json, "xml": _xml, "xlsx": _xlsx, "zip": _zip}


def _looked(path: Path, *, checked: bool) -> tuple[float, int, ContentObservation]:
    known = codes.load(Assets())
    examine(Content(io.BytesIO(b"a,b\n1,2\n"), 8), DECLARED, codes=known)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with path.open("rb") as stream:
        started = time.process_time()
        seen = examine(Content(stream, path.stat().st_size), DECLARED, Every() if checked else None, codes=known)
        took = time.process_time() - started
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, seen


def _tell(name: str, path: Path) -> None:
    size = path.stat().st_size / 1e6
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        took, memory, seen = pool.apply(_looked, (path,), {"checked": False})
        checked, _, _ = pool.apply(_looked, (path,), {"checked": True})
    kind = (seen.format or "?").rpartition("/")[2]
    print(f"{name:<44} {kind:<8} {size:8.1f} MB {size / took:8.1f} MB/s {size / checked:8.1f} MB/s checked "
          f"{seen.record_count if seen.record_count is not None else '–':>9} records  +{memory / 1024:.0f} MB", flush=True)


def main(names: Sequence[str]) -> None:
    """Look at the given files, or at one of each kind."""
    for name in names:
        _tell(Path(name).name, Path(name))
    if not names:
        with tempfile.TemporaryDirectory() as folder:
            for kind, make in MADE.items():
                path = Path(folder) / "content"
                path.write_bytes(make())
                _tell(kind, path)


if __name__ == "__main__":
    main(sys.argv[1:])
