"""The parts of the dump: what is taken over from a former part is what would be packed anew."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from odlinked.catalog.keeping.archive import Archive
from odlinked.documents import Document
from odlinked.publishing import dump


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "documents.sqlite", write=True)
    made.choose_dictionary([])
    return made


def _kept(archive: Archive, number: int, said: str) -> Document:
    iri = f"https://example.org/id/dataset/{number}"
    document = Document.of(iri, [f'<{iri}> <http://purl.org/dc/terms/title> "{said}" .'.encode()])
    archive.put(document)
    return document


def _written(archive: Archive, folder: Path, documents: dict[str, Document], former: str = "") -> dump.DumpPart:
    folder.mkdir(exist_ok=True)
    (part,) = dump.keys(((iri, one.hash) for iri, one in documents.items()), {7}).values()
    dump.write(archive, folder, part, former)
    return part


def test_a_part_carried_forward_has_the_bytes_of_one_written_anew(archive: Archive, tmp_path: Path) -> None:
    dice = random.Random(10)
    numbers = [number for number in range(60_000) if dump.part_of(f"https://example.org/id/dataset/{number}") == 7]
    documents = {one.iri: one for one in (_kept(archive, number, f"text {number}") for number in numbers[:-3])}
    part = _written(archive, tmp_path / "carried", documents)
    assert len(part.members) > 4
    for turn in range(12):
        chosen = dice.choice(numbers)
        iri = f"https://example.org/id/dataset/{chosen}"
        if iri in documents and dice.random() < 0.3:
            del documents[iri]
        else:
            documents[iri] = _kept(archive, chosen, f"text {chosen} of {turn}")
        part = _written(archive, tmp_path / "carried", documents, part.key)
        again = _written(archive, tmp_path / f"anew{turn}", documents)
        assert again == part
        (anew,), carried = [*(tmp_path / f"anew{turn}").glob("*.gz")], tmp_path / "carried" / f"{part.key}.gz"
        assert carried.read_bytes() == anew.read_bytes()
        assert gzip.decompress(anew.read_bytes()) == b"".join(documents[iri].text for iri in sorted(documents))


def test_members_in_which_nothing_differs_are_not_read_from_the_archive(archive: Archive, tmp_path: Path) -> None:
    numbers = [number for number in range(60_000) if dump.part_of(f"https://example.org/id/dataset/{number}") == 7]
    documents = {one.iri: one for one in (_kept(archive, number, "before") for number in numbers)}
    part = _written(archive, tmp_path / "parts", documents)
    changed = _kept(archive, numbers[100], "after")
    documents[changed.iri] = changed
    (following,) = dump.keys(((iri, one.hash) for iri, one in documents.items()), {7}).values()
    before = {key for key, _ in part.members}
    fresh = [digests for key, digests in following.members if key not in before]
    assert len(fresh) == 1
    archive.retain(set(fresh[0]), set())
    dump.write(archive, tmp_path / "parts", following, part.key)
    assert b"after" in gzip.decompress((tmp_path / "parts" / f"{following.key}.gz").read_bytes())


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00", gzip.compress(b"of an earlier version", mtime=0)])
def test_a_former_part_of_another_form_is_not_taken_over(archive: Archive, tmp_path: Path, content: bytes) -> None:
    documents = {one.iri: one for one in (_kept(archive, n, "x") for n in range(900)) if dump.part_of(one.iri) == 7}
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "former.gz").write_bytes(content)
    part = _written(archive, tmp_path / "parts", documents, "former")
    assert gzip.decompress((tmp_path / "parts" / f"{part.key}.gz").read_bytes()) == b"".join(
        documents[iri].text for iri in sorted(documents))
