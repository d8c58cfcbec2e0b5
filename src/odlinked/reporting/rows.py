"""The rows of a sheet: queries on the release's store, the index, the deadlines; codes and names as texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.catalog.asking import questions
from odlinked.catalog.served.release import Release
from odlinked.clock import Clock
from odlinked.errors import AssetError
from odlinked.namespaces import DCTERMS, DQV, METRIC, ODL, ORG, RDF, SKOS
from odlinked.queries import Query, load
from odlinked.rdf import vocabulary
from odlinked.reporting import calendars, units
from odlinked.reporting.answer_rows import CellValue, ReportRow, cell_place, instead, number, size, wide
from odlinked.reporting.appraisal import AppraisalWeights, beside
from odlinked.reporting.badges import gained_lost
from odlinked.reporting.changes import changes
from odlinked.reporting.history import of_figures, of_releases
from odlinked.reporting.plan import ReportColumn, ReportPlan, ReportSheet
from odlinked.settings import ReportSettings

ORGANIZATIONS = "queries/reports/organizations.rq"
RULE_SETS = "queries/reports/rule-sets.rq"
PUBLISHED = "queries/stored/published-figures.rq"

ALL = "all"
"""Written as what is `internal` of a sheet: its question is asked of internal and public figures together."""

NO_VALUES: Mapping[str, str] = MappingProxyType({})


class SheetRows(NamedTuple):
    """The cells of a sheet's rows, the unit (IRI) each row is of ("" where its question has none), and the cells of the total,
    [] where that is not asked but added up."""

    cells: list[list[CellValue]]
    units: list[str]
    whole: list[CellValue]


@dataclass
class ReportRows:
    """Computes the content of the sheets of a report on `release`, in `language`, for the period from `start` to `as_of`.

    One for the `public` is computed without the records that are for the agency itself. `is_later`: the release is one from after
    `as_of`, since that of the day is not kept.
    """

    release: Release
    base: Release | None
    plan: ReportPlan
    language: str
    start: date
    as_of: date
    clock: Clock
    settings: ReportSettings
    public: bool = False
    is_later: bool = False

    def of(self, sheet: ReportSheet) -> SheetRows:
        """Return the rows of a sheet, in an order that depends on their cells alone, or in the one it states."""
        if self.is_later and sheet.undated == "not-kept":
            return SheetRows([[self.plan.words["not-kept"], *([""] * (len(sheet.columns) - 1))]], [""], [])
        rows = list(self._rows(sheet))
        # What has no unit may stand beside the total: of the rows without one the total is the last.
        totals = [place for place, row in enumerate(rows) if sheet.last and sheet.last not in row]
        total = rows.pop(totals[-1]) if totals else {}
        whole = [self._cell(column, total) for column in sheet.columns if total]
        if sheet.order:
            rows = self._in_order(rows, sheet.order)[: sheet.first or None]
        made = [(row.get("unit", ""), [self._cell(column, row) for column in sheet.columns]) for row in rows]
        if not sheet.order:
            made.sort(key=lambda one: [cell_place(cell) for cell in one[1]])
        return SheetRows([cells for _, cells in made], [unit for unit, _ in made], whole)

    def _rows(self, sheet: ReportSheet) -> Iterable[ReportRow]:
        """Return the rows that the sheet's question, or what computes it, gives."""
        rows = self._computed(sheet) if sheet.rows else self._query(sheet.query, values=sheet.values)
        if sheet.reported:
            rows = beside(rows, self._query(sheet.reported, self._internal) if self._internal else self._query(sheet.reported))
        elif sheet.internal == ALL and self._internal is not None:
            rows = self._query(sheet.query, self._internal, sheet.values)
        elif sheet.internal and self._internal is not None:
            rows = instead(rows, list(self._query(sheet.query, self._internal, sheet.values)), sheet.internal)
        return wide(rows, **sheet.pivot) if sheet.pivot else rows

    def unit_names(self, iris: Iterable[str]) -> dict[str, str]:
        """Return the names of units by IRI, in the order of the papers."""
        named = {iri: self._name(iri) for iri in set(iris) if iri}
        return dict(sorted(named.items(), key=lambda one: (units.place(one[1], self._units), one[1], one[0])))

    def rule_sets(self) -> list[str]:
        """Return the rule sets of the release's measurements: labels and addresses."""
        found = sorted({row["rules"] for row in self._query(RULE_SETS)})
        return [f"{self._texts(SKOS + 'prefLabel', iri)[0]} <{iri}>" for iri in found]

    def _computed(self, sheet: ReportSheet) -> Iterable[ReportRow]:
        if sheet.rows == "changes":
            return changes(self.release, self.base, self.start, self.as_of, self.clock)
        if sheet.rows == "gained-lost":
            return gained_lost(self.release, self.base)
        if sheet.rows == "history":
            return self._history()
        known = calendars.load(self.release.assets, self.plan.language)
        told = calendars.by_ministry(self.settings.deadlines, self.as_of, known)
        return ({"ministry": ministry, "date": one.day.isoformat(), "task": one.task, "status": one.status, "days": str(one.days)}
                for ministry, one in told)

    def _history(self) -> Iterator[ReportRow]:
        """Yield the history of ministries, and of the bodies that figures are published of."""
        yield from of_figures(self._query(PUBLISHED, self._internal))
        for row in of_releases(self.release.workspace, self.release.assets, self.as_of, self.clock):
            if self._above(row["unit"]) in ("", row["unit"]):
                yield row

    def _query(self, name: str, store: ox.Store | None = None, values: Mapping[str, str] = NO_VALUES) -> Iterator[ReportRow]:
        """Ask a question with the day, the beginning of the period and `values`; what else it takes is left out."""
        query = load(self.release.assets, name)
        answer = (store or self._store).query(query.spelled(**self._given(query, values)))
        if not isinstance(answer, ox.QuerySolutions):
            raise AssetError("it is no SELECT", doing="asking", on=name)
        names = [variable.value for variable in answer.variables]
        for row in answer:
            yield {key: str(getattr(term, "value", "")) for key in names if (term := row[key]) is not None}

    def _given(self, query: Query, values: Mapping[str, str]) -> dict[str, str | None]:
        known = {"today": self.as_of.isoformat(), "since": self.start.isoformat(), **values}
        return {name: known.get(name) or None for name in query.parameters}

    def address(self, sheet: ReportSheet) -> str:
        """Return where the service answers the question of a sheet with the values it has here, "" where it does not."""
        if not sheet.query.startswith(questions.FOLDER):
            return ""
        given = self._given(load(self.release.assets, sheet.query), sheet.values)
        name = sheet.query.removeprefix(questions.FOLDER).removesuffix(".rq")
        return f"{self.release.base}/query/{name}?{urlencode({key: value for key, value in given.items() if value})}"

    @cached_property
    def _store(self) -> ox.Store:
        return ox.Store.read_only(str(self.release.store_path))

    @cached_property
    def _internal(self) -> ox.Store | None:
        """The records that are for the agency itself, their measurements, and beside them the figures that are public; None where
        there are none of the first."""
        texts = [] if self.public else self.release.internal()
        if not texts:
            return None
        store = ox.Store()
        store.bulk_load(b"".join(texts), format=ox.RdfFormat.N_TRIPLES)
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(ODL + "Appraisal"), None):
            store.extend(self._store.quads_for_pattern(quad.subject, None, None, None))
        self._add_organizations(store)
        store.extend(_quads(self.release.assets, "ontologies/codes/appraisal-item.ttl"))
        return store

    def _add_organizations(self, store: ox.Store) -> None:
        """Add what the release says of the organisations that a store names, and of all above them: questions ask for names."""
        named = {quad.object for about in (DCTERMS + "publisher", DQV + "computedOn")
                 for quad in store.quads_for_pattern(None, ox.NamedNode(about), None, None)}
        done: set[object] = set()
        while named:
            one = named.pop()
            done.add(one)
            if isinstance(one, ox.NamedNode):
                about = list(self._store.quads_for_pattern(one, None, None, None))
                store.extend(about)
                named |= {quad.object for quad in about if quad.predicate.value == ORG + "subOrganizationOf"} - done

    def _cell(self, column: ReportColumn, row: ReportRow) -> CellValue:
        """Return the value of a cell, by the kind of its column."""
        if column.undated and self.is_later:
            return self.plan.words["not-kept"]
        if column.needs and row.get(column.needs, "0") == "0":
            return None
        text = str(row.get(column.name, ""))
        match column.kind:
            case "integer" | "decimal":
                return number(text)
            case "out-of":  # what a number is out of, where it is out of anything
                return number(text) if text else ""
            case "weight":
                return self._weights.weight(self._ministry(row), str(row.get("number", ""))) or ""
            case "mark":
                mark = self._weights.mark(self._ministry(row), row)
                return mark if mark is not None or self._weights.weight(self._ministry(row), str(row.get("number", ""))) else ""
            case "organization":
                return self._name(text)
            case "ministry":
                return self._ministry(row)
            case "concept":
                return self.release.label(text, self.language) if text else ""
            case "word":
                return self.plan.words.get(text, text)
            case "known-word":
                return self.plan.words.get(text, text) if text else None
            case "list":
                return " ".join(sorted(text.split()))
            case "metrics":
                return "\n".join(self._texts(SKOS + "prefLabel", text))
            case "mends":
                return "\n".join(self._texts(ODL + "whenFailed", text))
            case "date":
                return text[:10]
        return text

    def _ministry(self, row: ReportRow) -> str:
        return self._name(self._above(str(row.get("unit", row.get("body", "")))))

    @cached_property
    def _weights(self) -> AppraisalWeights:
        return AppraisalWeights.of(self.release.assets)

    def _texts(self, predicate: str, metrics: str) -> list[str]:
        """Return the texts of the assets on metrics (IRIs, or names of our own) or kinds of personal data (IRIs), separated by
        blanks, in their order."""
        found = []
        for metric in sorted(metrics.split()):
            iri = ox.NamedNode(metric if ":" in metric else METRIC + metric)
            texts = {getattr(quad.object, "language", ""): getattr(quad.object, "value", "")
                     for quad in self._metrics.quads_for_pattern(iri, ox.NamedNode(predicate), None, None)}
            found.append(texts.get(self.language.lower()) or texts.get(self.language) or metric.rpartition("/")[2])
        return found

    @cached_property
    def _metrics(self) -> ox.Store:
        store = ox.Store()
        store.extend(_quads(self.release.assets, "ontologies/metrics/*.ttl", "ontologies/standards/persons.ttl"))
        return store

    @cached_property
    def _organizations(self) -> Mapping[str, ReportRow]:
        found: dict[str, ReportRow] = {}
        named = [*self._query(ORGANIZATIONS), *(self._query(ORGANIZATIONS, self._internal) if self._internal else ())]
        for row in sorted(named, key=lambda row: sorted(row.items())):
            found.setdefault(row["organization"], row)
        return found

    def _in_order(self, rows: Sequence[ReportRow], order: Sequence[str]) -> list[ReportRow]:
        """Return rows sorted by variables, the first foremost: falling where a - is before its name, by the place of the unit in
        the papers where an @ is; equal ones by all they hold."""
        done = sorted(rows, key=lambda row: sorted(row.items()))
        for name in reversed(order):
            if name.startswith("@"):
                done.sort(key=lambda row: units.place(self._name(row.get(name[1:], "")), self._units))
            else:
                sizes = {id(row): size(row.get(name.removeprefix("-"), "")) for row in done}
                done.sort(key=lambda row: sizes[id(row)], reverse=name.startswith("-"))
        return done

    @cached_property
    def _units(self) -> tuple[str, ...]:
        return units.order(self.release.assets, self.settings.units)

    def _name(self, iri: str) -> str:
        known = self._organizations.get(iri, {})
        order = ("nameEn", "name") if self.language == "en" else ("name", "nameEn")
        return next((known[key] for key in order if key in known), iri.rpartition("/")[2])

    def _above(self, iri: str) -> str:
        """Return the ministry of a unit: the body just below the topmost one, or itself where it is that; "" for the topmost."""
        chain = [iri]
        while (above := self._organizations.get(chain[-1], {}).get("above")) and above not in chain:
            chain.append(above)
        return chain[-2] if len(chain) > 1 else ""


def _quads(assets: Assets, *patterns: str) -> Iterator[ox.Quad]:
    """Yield the statements of assets for a store."""
    for _, statements in vocabulary.each(assets, *patterns, doing="reporting"):
        yield from (ox.Quad(one.subject, one.predicate, one.object) for one in statements)
