"""Files within the caps that would take minutes or gigabytes end in one line."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from odlinked import graphs, inventory
from odlinked.errors import InputError
from odlinked.settings import ReadSettings
from odlinked.sheets import caps

CAPS = ReadSettings()
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://d/">{}</rdf:RDF>'
PREFIX = "@prefix d: <http://d/> .\n"
MIB = 1 << 20

Content = Callable[[], str | bytes]
"""What a file holds, made when its test runs: some are tens of megabytes."""


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(("name", "content", "why"), [
    ("deep.rdf", lambda: RDF.format("<d:A><d:p>" * 1_000 + "x" + "</d:p></d:A>" * 1_000), "nested more than 200 deep"),
    ("wide.rdf", lambda: RDF.format("<d:A " + " ".join(f'd:a{n}="1"' for n in range(2_000)) + "/>"),
     "more than 1,000 attributes"),
    ("names.rdf",
     lambda: RDF.replace("xmlns:d=", " ".join(f'xmlns:n{n}="http://n/{n}/"' for n in range(2_000)) + " xmlns:d=").format(""),
     "more than 1,000 attributes"),
    ("deep.jsonld", lambda: '{"http://d/a":' * 100_000 + "1" + "}" * 100_000, "no JSON|nested"),
    ("brackets.jsonld", lambda: "[" * MIB, "no JSON"),
    ("open.ttl", lambda: PREFIX + "d:a d:b " + "[" * MIB, "no sound Turtle"),
    ("quote.ttl", lambda: PREFIX + 'd:a d:b "' + "x y . \n" * (3 * MIB), "longer than 16 MiB"),
    ("quotes.ttl", lambda: PREFIX + 'd:a d:b """' + "x y . \n" * (3 * MIB), "longer than 16 MiB"),
    ("line.nt", lambda: '<http://d/a> <http://d/b> "' + "x" * (17 * MIB) + '" .', "longer than 16 MiB"),
    ("comment.ttl", lambda: "#" * (17 * MIB), "longer than 16 MiB"),
    ("zeros.ttl", lambda: b"\0" * MIB, "no sound Turtle: line 1"),
    ("zeros.rdf", lambda: b"\0" * MIB, "no sound RDF/XML"),
    ("zeros.jsonld", lambda: b"\0" * MIB, "no JSON"),
])
def test_rdf_that_is_not_read(tmp_path: Path, name: str, content: Content, why: str) -> None:
    with pytest.raises(InputError, match=why) as told:
        graphs.read(put(tmp_path, name, content()), CAPS)
    assert len(told.value.line()) < 1_000


@pytest.mark.parametrize(("content", "count"), [
    (PREFIX + "d:a d:b " + "(" * 10_000 + ")" * 10_000 + " .", 19_999),
    (PREFIX + "d:a d:b " + "[ d:p " * 10_000 + "1" + "]" * 10_000 + " .", 10_001),
])
def test_what_is_deep_and_harmless_is_read(tmp_path: Path, content: str, count: int) -> None:
    assert graphs.read(put(tmp_path, "a.ttl", content), CAPS).ntriples.count(b"\n") == count


def test_slips_without_end_are_told_up_to_a_bound(tmp_path: Path) -> None:
    graph = graphs.read(put(tmp_path, "a.ttl", PREFIX + 'd:a d:b "x"@zh_TW , "two\nlines" .\n' * 3_000), CAPS)
    assert 1_000 <= len(graph.slips) <= 2_000
    assert graph.ntriples.count(b"\n") == 2


HEAD = "資料集名稱,資料集描述\n"


@pytest.mark.parametrize(("name", "content", "why"), [
    ("zeros.csv", lambda: b"\0" * MIB, "begins with nothing but zero bytes"),
    ("zeros.json", lambda: b"\0" * MIB, "begins with nothing but zero bytes"),
    ("zeros.xlsx", lambda: b"\0" * MIB, "begins with nothing but zero bytes"),
    ("below.csv", lambda: HEAD.encode() + b"\0" * (17 * MIB), "a line is longer than 16 MiB"),
    ("cell.csv", lambda: HEAD + "a" * (17 * MIB), "a line is longer than 16 MiB"),
    ("row.csv", lambda: HEAD + "a," * (9 * MIB), "a line is longer than 16 MiB"),
    ("spaces.csv", lambda: " " * (17 * MIB), "a line is longer than 16 MiB"),
    ("quote.csv", lambda: HEAD + '"' + "a,b,c\n" * MIB, "record 2 a cell is longer than 4,194,304 characters, as where a quote"),
    ("short.csv", lambda: HEAD + '"a,b\n' + "c,d,e\n" * 10, "record 2 a quote is opened and never closed"),
])
def test_tables_that_are_not_read(tmp_path: Path, name: str, content: Content, why: str) -> None:
    with pytest.raises(InputError, match=why):
        inventory.read(put(tmp_path, name, content()), CAPS)


def test_blank_lines_without_end_are_not_read(tmp_path: Path) -> None:
    few = ReadSettings(max_rows=10)
    assert inventory.read(put(tmp_path, "a.csv", HEAD + "a,b\n" + "\n" * 18), few)
    with pytest.raises(InputError, match=r"it has 21 lines; the cap is 20 lines. Raise read.max_rows"):
        inventory.read(put(tmp_path, "b.csv", HEAD + "a,b\n" + "\n" * 19), few)


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    text = "字" * MIB
    (table,) = inventory.read(put(tmp_path, "a.csv", f"{HEAD}a,{text}\n"), CAPS)
    assert [row.cells for row in table.rows()] == [("a", text)]
    assert len(text) < caps.LONGEST_CELL


BIG = {
    "deep.rdf": lambda: RDF.format("<d:A><d:p>" * 10_000 + "x" + "</d:p></d:A>" * 10_000).encode(),
    "list.ttl": lambda: f"{PREFIX}d:a d:b {'(' * 100_000}{')' * 100_000} .".encode(),
    "node.ttl": lambda: f"{PREFIX}d:a d:b {'[ d:p ' * 100_000}1{']' * 100_000} .".encode(),
    "line.nt": lambda: b'<http://d/a> <http://d/b> "' + b"x" * 40_000_000 + b'" .',
    "quote.csv": lambda: HEAD.encode() + b'"' + b"abc,def,1\n" * 4_000_000,
    "zeros.csv": lambda: b"\0" * 50_000_000,
    "below.csv": lambda: HEAD.encode() + b"\0" * 50_000_000,
    "blank.csv": lambda: HEAD.encode() + b"\n" * 10_000_000,
    "row.csv": lambda: HEAD.encode() + b"a," * 20_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BIG)
def test_the_command_ends_in_one_line_with_little_memory_and_time(tmp_path: Path, name: str) -> None:
    """300 MB of memory and 20 seconds of a processor: an hour and gigabytes were what such files cost."""
    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    path = put(tmp_path, name, BIG[name]())
    # Not ru_maxrss: that counts what the process that started this one held, too.
    script = ("import sys; from odlinked.cli.verbs import main\ntry: main()\nfinally: "
              "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0], file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", script, "validate", str(path)], capture_output=True, text=True,
                          preexec_fn=bounded, check=False)
    line, memory = done.stderr.strip().split("\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert name in line
    assert int(memory) < 300_000
