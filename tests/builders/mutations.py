"""Documents of the examples, and random mistakes in them."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

from odlinked.assets import Assets
from odlinked.intake.bindings import bind
from odlinked.mapping.refine import Mapper, MappingContext
from odlinked.namespaces import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, VCARD, XSD
from odlinked.quality.shapes import Profile
from odlinked.settings_file import load

ROOT = Path(__file__).parents[2]
EXAMPLES = ("data-gov-tw-excerpt.csv", "data-gov-tw-api-28178.json", "moenv-inventory-2026.xlsx",
            "moenv-inventory-annex-2026.xlsx")
PROFILES = ("tw-platinum", "dcat-ap-3-full", "dcat-ap-hvd")
EU = "http://publications.europa.eu/resource/authority/"
OBJECTS = (
    '""', '"無"', '"文字"@zh-Hant', '"x"@en', f'"2026-02-30"^^<{XSD}date>', f'"2026-05-06"^^<{XSD}date>',
    f'"007"^^<{XSD}integer>',
    f'"many"^^<{XSD}nonNegativeInteger>', f'"1.50"^^<{XSD}decimal>', f'"2026"^^<{XSD}gYear>', "_:b1", "_:b2",
    f"<{EU}language/ENG>", f"<{EU}language/eng>", f"<{EU}file-type/CSV>", f"<{EU}file-type/PDF>", f"<{EU}frequency/MONTHLY>",
    f"<{EU}data-theme/ENVI>", f"<{EU}country/TWN>", f"<{EU}access-right/PUBLIC>", "<https://sws.geonames.org/1668284/>",
    "<https://www.iana.org/assignments/media-types/text/csv>", "<http://www.iana.org/x>", "<https://example.org/nothing>",
    "<http://data.europa.eu/eli/reg_impl/2023/138/oj>", "<http://data.europa.eu/bna/c_dd313021>", "<http://x.tw/空>",
    '"a\\"b\\nc\\\\"',
)
FLAT = tuple(term for term in OBJECTS if not term.startswith("_:"))
"""What a blank node may have: the reference spells out blank nodes within blank nodes for its messages, circles without end."""
CLASSES = (
    *(f"<{DCAT}{name}>" for name in ("Dataset", "Distribution", "DataService", "Catalog", "DatasetSeries", "CatalogRecord")),
    f"<{FOAF}Agent>", f"<{FOAF}Organization>", f"<{VCARD}Kind>", f"<{VCARD}Group>", f"<{SKOS}Concept>", f"<{DCTERMS}Location>",
    f"<{DCTERMS}PeriodOfTime>", f"<{DCTERMS}LicenseDocument>", "<https://example.org/Own>")


@cache
def everything() -> Profile:
    """All rules of all profiles as one, with all their backgrounds."""
    parts = [Profile.load(Assets(), name) for name in PROFILES]
    rules = {iri: rule for part in parts for iri, rule in part.rules.items()}
    return replace(parts[0], rules=rules, behind=tuple(sorted({one for part in parts for one in part.behind})))


@cache
def predicates() -> tuple[str, ...]:
    paths = {path for rule in everything().rules.values() for path in rule.paths}
    return tuple(sorted({*paths, RDF + "type", RDFS + "subClassOf", SKOS + "inScheme", "https://example.org/own"}))


def mapped(path: Path, rows: int = 40) -> list[list[str]]:
    """Return the documents a table makes, as lines."""
    settings, assets = load(None), Assets()
    table, binding = bind(path, path.name, None, settings, assets).tables[0]
    mapper = Mapper(binding, assets, MappingContext(settings.catalog.base, "local", settings.catalog.timezone))
    made = mapper.map(list(islice(table.rows(), rows)))
    documents = {document.iri: document.text.decode().splitlines() for one in made for document in one.documents}
    return list(documents.values())


def mutated(lines: list[str], dice: random.Random) -> list[str]:
    """Return a document with a few mistakes: a line lost, its property, object or subject changed, a class added."""
    changed = list(lines)
    for _ in range(dice.randint(1, 5)):
        place = dice.randrange(len(changed))
        subject, predicate, rest = changed[place].split(" ", 2)
        what = dice.randrange(6)
        objects = FLAT if subject.startswith("_:") else OBJECTS
        if what == 0 and len(changed) > 1:
            del changed[place]
        elif what == 1:
            changed.append(f"{subject} {predicate} {dice.choice(objects)} .")
        elif what == 2:
            changed[place] = f"{subject} <{dice.choice(predicates())}> {rest}"
        elif what == 3:
            changed.append(f"{subject} <{dice.choice(predicates())}> {dice.choice(objects)} .")
        elif what == 4:
            whose = dice.choice((subject, "_:b1", "<https://example.org/nothing>"))
            changed.append(f"{whose} <{RDF}type> {dice.choice(CLASSES)} .")
        else:
            changed.append(f"{dice.choice(CLASSES)} <{RDFS}subClassOf> {dice.choice(CLASSES)} ." if not dice.randrange(8) else
                           f"_:b1 <{dice.choice(predicates())}> {dice.choice(FLAT)} .")
    return changed
