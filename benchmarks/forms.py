"""Each form on its example: rows in, documents out, findings by rule, as a table for docs/figures.md.

    python benchmarks/forms.py [FILE ...]

Each file (without any, those below `examples/`) is checked, and published into a workspace of its own: what it holds then, beside
what the catalogue has of its own, is what came of it.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from pathlib import Path

from odlinked.assets import bundled
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.publishing.publish import Publisher
from odlinked.settings import PublishSettings, Settings
from odlinked.validation.inventories import check

ENDINGS = (".csv", ".json", ".xlsx", ".ods")
HEAD = "| example | form | rows | documents | kept private | findings by rule |\n|---|---|--:|---|--:|---|"


def row(path: Path, settings: Settings) -> str:
    """Return the line of one example; a case's `table.csv` is handed in under the name of its form."""
    with tempfile.TemporaryDirectory() as folder:
        if path.stem == "table":
            path = Path(shutil.copy(path, Path(folder) / f"{path.parent.name}{path.suffix}"))
        report, _ = check([path], None, None, settings, lambda _stage, _done: None)
        workspace = Workspace(Path(folder) / "var")
        done = Publisher(workspace, settings).publish([path], "example")
        index = sqlite3.connect(workspace.releases / done.release / "catalog.sqlite")
        kinds = index.execute("SELECT CASE state WHEN 'gone' THEN 'tombstone' ELSE kind END k, count(*) FROM record"
                              " WHERE source = 'example' AND state != 'private' GROUP BY k ORDER BY count(*) DESC, k").fetchall()
        form = index.execute("SELECT form FROM input").fetchone()[0]
        index.close()
    rules = Counter(finding.rule for finding in report.findings)
    told = ", ".join(f"{name} {number}" for name, number in sorted(rules.items()))
    made = ", ".join(f"{number} {kind}" for kind, number in kinds)
    forms = ", ".join(f"`{name}`" for name in form.split())
    return f"| `{path.name}` | {forms} | {done.rows} | {made} | {done.private} | {told} |"


def main() -> None:
    """Print the table."""
    print(HEAD)
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted((bundled() / "examples").iterdir()):
        if path.suffix in ENDINGS and path.name != "planted.json":
            print(row(path, Settings(publish=PublishSettings(workers=1))), flush=True)


if __name__ == "__main__":
    main()
