"""Reuse keys stand for code by a number: it is raised where the code gives other results, and nowhere else."""

from __future__ import annotations

from functools import cache

import editions
import pytest
from editions import WORKERS, Record, digest, recorded

TOLD = """The code behind the reuse keys of {module} has changed: {changed}.
Where it can give other results than before, raise EDITION in {holder}, so that what was kept is worked out anew.
Then, or where it cannot, record the code as it is: python tests/editions.py"""




@cache
def found() -> Record:
    """What stands in the source now, worked out once."""
    return editions.found()


@pytest.mark.parametrize("module", WORKERS)
def test_an_edition_stands_for_the_code_that_was_recorded(module: str) -> None:
    now, then = found(), recorded()
    changed = [name for name in sorted({*now.reach[module], *then.reach[module]}) if now.code.get(name) != then.code.get(name)]
    assert not changed, TOLD.format(module=module, changed=", ".join(changed), holder=WORKERS[module])
    assert now.editions[module] == then.editions[module], "the edition was raised: python tests/editions.py"


def test_an_edition_stands_for_all_that_can_change_a_row() -> None:
    rows = set(found().reach["odlinked.intake.rows"])
    assert {"odlinked.folding", "odlinked.quality.cells", "odlinked.mapping.gate", "odlinked.persons.recognition"} <= rows
    assert {"odlinked.csvw.compile", "odlinked.rdf.ntriples", "odlinked.sheets.tables"} <= rows


def test_remarks_are_no_code() -> None:
    bare = "def one(a: int) -> int:\n    return a + 1\n"
    assert digest(bare) == digest('"""A module."""\n\n# Why.\ndef one(a: int) -> int:\n    """More."""\n    return (a+1)\n')
    assert digest(bare) != digest(bare.replace("1", "2"))
    assert digest(bare) != digest(bare.replace("+", "-"))
