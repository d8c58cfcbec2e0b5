"""A source's records are the same however they are spread over its pages, and whatever of them was made in an earlier run."""

from __future__ import annotations

import random
from pathlib import Path

import pyoxigraph as ox
import pytest
from builders.source_server import PREFIXES

from odlinked.assets import Assets
from odlinked.graphs.page_view import PageView
from odlinked.graphs.separation import Separation
from odlinked.harvesting.parts import PagePart, PageParts

_SEEDS = range(25)
_MORE = """@prefix org: <http://www.w3.org/ns/org#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix ex: <https://source.example/> .
"""


def _separation(view: PageView) -> Separation:
    return Separation(view, "src", Assets())


def _statements(chance: random.Random, size: int) -> list[str]:
    """Make a catalogue as pieces of Turtle; any of them may stand on any page, or on two."""
    made = []
    for one in range(size):
        other, body = chance.randrange(size), chance.randrange(3)
        made += [
            f'ex:d{one} a dcat:Dataset ; dct:title "Dataset {one} {chance.randrange(3)}"@en ; dct:publisher ex:agency{body} .',
            chance.choice([
                f"ex:d{one} dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://files.example/{one}.csv> ] .",
                f"ex:d{one} dcat:distribution ex:file{other} .", f"ex:d{one} dct:relation ex:d{other} .",
                f"ex:d{one} dcat:contactPoint ex:office{body} .", f"ex:d{one} dct:creator ex:person{body} .",
                f"ex:d{one} prov:wasAttributedTo ex:person{body} .", f"ex:d{one} dcat:inSeries ex:series .",
                f"<https://source.example/d{other}#part> dct:title 'Part' .", f"ex:d{other} dct:rightsHolder ex:d{one} .",
                f"ex:d{one} dct:rightsHolder [ a foaf:Agent ; foaf:name 'Body {body}' ] ."]),
            f'ex:file{one} a dcat:Distribution ; dct:title "File {chance.randrange(3)}"@en .',
            f"ex:catalog a dcat:Catalog ; dcat:dataset ex:d{chance.randrange(size + 2)} ."]
        if chance.random() < 0.2:
            name, title = chance.randrange(3), chance.randrange(2)
            made.append(f'[] a dcat:Dataset ; dct:identifier "b{name}" ; dct:title "Blank {title}"@en .')
    for body in range(3):
        made += [f'ex:agency{body} a foaf:Agent ; foaf:name "Agency {body}" .',
                 f"ex:agency{body} org:subOrganizationOf ex:agency{(body + 1) % 3} .",
                 f"ex:agency{body} dcat:contactPoint [ a vcard:Organization ; vcard:fn 'Office {body}' ] .",
                 f"ex:office{body} a vcard:Organization ; vcard:fn 'Office {body}' .",
                 f"ex:person{body} a foaf:Person ; foaf:name 'Somebody' ."]
    made.append("ex:series a dcat:DatasetSeries ; dct:title 'Series'@en .")
    return made


def _page(pieces: list[str], number: int) -> PagePart:
    quads = ox.parse((PREFIXES + _MORE + "\n".join(pieces)).encode(), ox.RdfFormat.TURTLE)
    text = ox.serialize([one.triple for one in quads], format=ox.RdfFormat.N_TRIPLES) or b""
    return PagePart.of([], sorted(set(text.splitlines())), number)


def _read(parts: list[PagePart]) -> tuple[list[bytes], dict[str, object]]:
    pages = PageParts(_separation, parts)
    return list(pages.made()), pages.told()


def _spread(chance: random.Random, pieces: list[str], count: int) -> list[list[str]]:
    """Spread pieces over pages; a few stand on two."""
    pages: list[list[str]] = [[] for _ in range(count)]
    for piece in pieces:
        for page in chance.sample(pages, 2 if chance.random() < 0.1 and not piece.startswith("[]") else 1):
            page.append(piece)
    return pages


@pytest.mark.parametrize("seed", _SEEDS)
def test_records_do_not_depend_on_the_page_they_stand_on(seed: int) -> None:
    chance = random.Random(seed)
    pieces = _statements(chance, 8)
    whole = _read([_page(pieces, 0)])
    for count in (2, 3, 5):
        spread = _spread(chance, pieces, count)
        lines, told = _read([_page(page, number) for number, page in enumerate(spread)])
        assert lines == whole[0]
        assert {name: told[name] for name in ("refused", "absent_count")} == {
            name: whole[1][name] for name in ("refused", "absent_count")}


@pytest.mark.parametrize("seed", _SEEDS)
def test_what_was_made_before_is_used_only_where_it_still_stands(seed: int, tmp_path: Path) -> None:
    """Datasets are changed, moved, withdrawn and given twice; the result is that of reading all pages anew."""
    chance = random.Random(1000 + seed)
    pages = _spread(chance, _statements(chance, 8), 4)
    parts = [_page(page, number) for number, page in enumerate(pages)]
    _read(parts)
    for _ in range(6):
        changed = {chance.randrange(len(pages)) for _ in range(chance.randrange(1, 3))}
        for one in changed:
            pages[one] = chance.choice([
                [piece for piece in pages[one] if chance.random() < 0.8], [*pages[one], *_statements(chance, 2)],
                [*pages[one], *chance.choice(pages)], []])
        if chance.random() < 0.3:
            order = chance.sample(range(len(pages)), len(pages))
            pages, parts = [pages[one] for one in order], [parts[one] for one in order]
            changed = {place for place, one in enumerate(order) if one in changed}
        for number, part in enumerate(parts):
            part.write(tmp_path / str(number), "1")
        kept = [PagePart.read(tmp_path / str(number), "1") for number in range(len(parts))]
        parts = [_page(page, number) if number in changed or kept[number] is None else kept[number]  # type: ignore[misc]
                 for number, page in enumerate(pages)]
        assert _read(parts) == _read([_page(page, number) for number, page in enumerate(pages)])


def test_only_the_page_that_differs_is_made_anew() -> None:
    chance = random.Random(1)
    pages = [[f'ex:d{place}{one} a dcat:Dataset ; dct:title "Dataset"@en ; dct:publisher ex:agency . '
              'ex:agency a foaf:Agent ; foaf:name "Agency" ; dcat:contactPoint [ a vcard:Organization ; vcard:fn "Office" ] .'
              for one in range(3)] for place in range(4)]
    parts = [_page(page, number) for number, page in enumerate(pages)]
    before, _ = _read(parts)
    for part in parts:
        part.is_new = False
    pages[2][0] = pages[2][0].replace('"Dataset"', '"Renamed"')
    parts[chance.choice([2])] = _page(pages[2], 2)
    lines, _ = _read(parts)
    assert [part.is_new for part in parts] == [False, False, True, False]
    assert len(set(lines) - set(before)) == 1


def test_a_dataset_that_is_gone_is_no_record_for_those_that_name_it() -> None:
    """Another page's class of a node counts, even where its statements do not."""
    naming = 'ex:a a dcat:Dataset ; dct:title "A"@en ; dct:relation ex:b .'
    parts = [_page([naming], 0), _page(['ex:b a dcat:Dataset ; dct:title "B"@en .'], 1)]
    lines, _ = _read(parts)
    assert b"relation> <urn:odlinked:here/id/dataset/src.b-" in lines[0]
    lines, _ = _read([parts[0], _page(['ex:c a dcat:Dataset ; dct:title "C"@en .'], 1)])
    assert b"relation> <https://source.example/b>" in lines[0]


@pytest.mark.parametrize("damage", [lambda text: text[:-3], lambda text: text[:40], lambda text: b"", lambda text: text + b"x",
                                    lambda text: b"[]\n" + text])
def test_a_damaged_part_is_none(damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    parts = [_page(_statements(random.Random(2), 3), 0)]
    _read(parts)
    path = tmp_path / "part"
    parts[0].write(path, "1")
    assert PagePart.read(path, "1") is not None
    assert PagePart.read(path, "2") is None, "one of another edition is none either"
    path.write_bytes(damage(path.read_bytes()))
    assert PagePart.read(path, "1") is None
