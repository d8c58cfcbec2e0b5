"""A description of a table from its headings and the values of the whole file: what is sure filled in, what is doubtful said.

The description is a CSVW metadata document. Beside the standard's properties it has `odl:doubtful` (sentences for a person, who
takes them out once settled) and those that `lifting.reading.rows` reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from odlinked.csvw.terms import CONTEXT
from odlinked.folding import fold
from odlinked.lifting.describing import keys
from odlinked.lifting.describing.columns import DescribedColumn, Knowledge
from odlinked.lifting.describing.naming import names
from odlinked.lifting.reading.profile import TableProfile, shape
from odlinked.lifting.reading.words import known
from odlinked.sheets import encoded
from odlinked.sheets.tables import Table
from odlinked.standards.model import FieldDescription
from odlinked.standards.persons import DetectedPersonalColumn

_MOST_CODES: Final = 60
_CODE_SHARE: Final = 0.25
_LIST_SHARE: Final = 0.9
_FORM_SHARE: Final = 0.1
_MISFITS: Final = 3
_FEW: Final = 10
_TOGETHER: Final = 4
"""Encoded blocks that are looked at together."""

_OBSERVED: Final = 2
"""Columns in the key of observations: what is observed, and when."""

QB: Final = "http://purl.org/linked-data/cube#"


def describe(table: Table, namespace: str, knowledge: Knowledge) -> dict[str, Any]:
    """Return the description of a table without its address; `namespace` begins the IRIs of its rows and properties.

    The rows are read twice, a third time where no single column is a key, and a fourth where no two are.
    """
    headings = table.headings
    profile = TableProfile(knowledge.words, headings)
    persons = knowledge.standards.persons(rows=True)
    persons.begin(headings)
    for block in encoded.followed(table.blocks(), _TOGETHER):
        profile.take(block)
        persons.take_columns(len(block), block.distinct, block.times)
    return _Describing(table, namespace, knowledge, profile, persons.outcome()).made()


class _Describing:
    def __init__(self, table: Table, namespace: str, knowledge: Knowledge, profile: TableProfile,
                 personal: Sequence[DetectedPersonalColumn]) -> None:
        self.table, self.namespace, self.profile, self.knowledge = table, namespace, profile, knowledge
        self.say, self.words = knowledge.sentences.say, knowledge.words
        self.doubtful: list[str] = []
        standards = self._recognised()
        found = known(self.words, table.headings, standards)
        made = names(table.headings, found, standards)
        self.columns = [DescribedColumn(heading, made[place], profile.columns[place], found.get(place), standards.get(place, ""))
                        for place, heading in enumerate(table.headings)]
        for one in personal:
            self.columns[one.column].personal = one.kind

    def _recognised(self) -> dict[int, str]:
        """Return the notation of the field standard of each column recognised as one."""
        given = {fold(one.name): one for one in self.knowledge.fields}
        fields = [given.get(fold(heading)) or FieldDescription(heading) for heading in self.table.headings]
        found = self.knowledge.standards.recognise(fields)
        return {place: self.knowledge.standards.standards[one.standard].name for place, one in found.items()}

    def made(self) -> dict[str, Any]:
        """Return the document."""
        for column in self.columns:
            self._column(column)
        key = self._key()
        self._cube(key)
        schema: dict[str, Any] = {}
        if key:
            schema["aboutUrl"] = self.namespace + "/".join("{" + self.columns[place].name + "}" for place in key)
            schema["primaryKey"] = [self.columns[place].name for place in key]
        else:
            schema["aboutUrl"] = self.namespace + "row-{_sourceRow}"
        titles = [column.name for column in self.columns if column.known and column.known.title and not column.personal]
        if titles:
            schema["rowTitles"] = titles[:1]
        schema["columns"] = [self._written(column) for column in self.columns] + self._virtual(key)
        self._table_doubts()
        answer: dict[str, Any] = {"@context": [CONTEXT, {"@language": "zh-Hant"}]}
        answer |= {"odl:sheet": self.table.sheet or "", "odl:rows": self.profile.rows}
        if self.profile.totals:
            answer["odl:totals"] = "leave-out"
        if self.doubtful:
            answer["odl:doubtful"] = self.doubtful
        return {**answer, "tableSchema": schema}

    def _column(self, column: DescribedColumn) -> None:
        profile, known_as = column.profile, column.known
        if column.personal:
            column.written |= {"suppressOutput": True, "odl:personal": {"@id": column.personal}}
            column.doubtful.append(self.say("personal"))
            return
        if not profile.filled:
            column.written["odl:empty"] = True
            column.doubtful.append(self.say("empty", rows=self.profile.rows))
        as_text = (known_as and known_as.text) or column.standard in ("telephone", "oid") or profile.zeros \
            or (self.words.is_identifying(column.heading) and not self.words.is_running(column.heading)
                and not self._dated(column) and not (known_as and known_as.measure))
        if profile.filled and not as_text:
            self._typed(column)
        if column.form is not None and "dateTime" in str(column.form.described):
            column.written["odl:timezone"] = self.knowledge.timezone
        if column.form is None and 2 * profile.han > profile.judged > 0:
            column.written["lang"] = "zh-Hant"
        if column.form is None and profile.filled and self._dated(column):
            column.doubtful.append(self.say("untyped", shown=self._samples(column)))
        if odd := column.odd_numbers(self.words)[:_MISFITS]:
            column.doubtful.append(self.say("odd_numbers", shown="、".join(odd)))
        self._nulls(column)
        if profile.markup:
            column.written["odl:markup"] = "strip"
            column.doubtful.append(self.say("markup", count=profile.markup))
        self._meaning(column)
        if not column.heading:
            column.doubtful.append(self.say("no_heading"))
        elif column.name.startswith("column_"):
            column.doubtful.append(self.say("name", name=column.name))

    def _dated(self, column: DescribedColumn) -> bool:
        return "date" in column.standard or self.words.is_measured_at(column.heading)

    def _typed(self, column: DescribedColumn) -> None:
        """Find the way in which the values are written: that of all, else that of nearly all."""
        profile = column.profile
        found = (profile.form(("date", "time")) if self._dated(column) else None) or profile.form()
        if found is None:
            found = profile.form(("number", "date"), _FORM_SHARE)
            if found is None:
                return
            place = found[0]
            shown = "、".join(f"{row}: {text}" for row, text in profile.odd[place][:_MISFITS])
            column.doubtful.append(self.say("misfits", count=profile.misfits[place], of=profile.filled, shown=shown))
        if found[1].kind == "truth" and profile.distinct < 2:
            return
        column.form = found[1]
        described: dict[str, Any] = dict(found[1].described)
        few = profile.filled < _FEW and not self.words.is_identifying(column.heading)
        if described == {"base": "integer"} and (few or (column.known and column.known.measure)):
            described = {"base": "decimal"}
        if column.known and column.known.datatype and found[1].kind == "number":
            described = dict(column.known.datatype)
        if found[1].roc:
            column.written["odl:years"] = "roc"
        column.written["datatype"] = described if len(described) > 1 else described["base"]

    def _nulls(self, column: DescribedColumn) -> None:
        """Gaps are null where the other values have a type; in text they may be words like any other."""
        gaps = sorted(column.profile.gaps)
        if gaps and (column.form is not None or column.profile.filled == 0):
            column.written["null"] = ["", *gaps]
        elif gaps:
            column.written["null"] = ["", *gaps]
            column.doubtful.append(self.say("gaps", shown="、".join(gaps)))
        if column.profile.below:
            column.doubtful.append(self.say("below", count=column.profile.below))

    def _meaning(self, column: DescribedColumn) -> None:
        """Property, unit, code list."""
        known_as = column.known
        unit = self.words.unit(column.heading)
        if unit and column.form and column.form.kind == "number":
            column.written["odl:unit"] = {"@id": unit[0]}
            if unit[1] != 1:
                column.written["odl:factor"] = unit[1]
        elif known_as and known_as.unit and column.form:
            column.written["odl:unit"] = {"@id": "http://qudt.org/vocab/unit/" + known_as.unit}
            column.doubtful.append(self.say("unit", unit=known_as.unit))
        if column.form is None and column.profile.addresses == column.profile.judged > 0:
            column.written["valueUrl"] = "{+" + column.name + "}"
        if known_as and known_as.value:
            column.written["valueUrl"] = known_as.value.replace("{+oid}", "{+" + column.name + "}")
        listed = self._list(column)
        if listed:
            column.written["odl:codeList"] = {"@id": listed}
            column.code = True
        elif self._is_code(column):
            column.code = True
            column.written["valueUrl"] = f"{self.namespace}code/{column.name}/{{{column.name}}}"
            column.written["odl:values"] = sorted(column.profile.values or ())
            column.doubtful.append(self.say("code", count=column.profile.distinct))
        reused = known_as.property if known_as else ""
        if known_as and known_as.list and not listed:
            reused = ""
        column.written["propertyUrl"] = reused or f"{self.namespace}ns#{column.name}"

    def _list(self, column: DescribedColumn) -> str:
        """Return the code list that the values of a column are in: of a known column, or all values of another."""
        values = column.profile.values
        known_list = column.known.list if column.known else ""
        if not values or (column.known and column.known.title) or (column.form is not None and not known_list):
            return ""
        candidates = [known_list] if known_list else self.knowledge.sentences.lists
        for scheme in candidates:
            concept_of = self.knowledge.codes.concept_of(scheme)
            hits = sum(times for value, times in values.items() if concept_of(value))
            if hits == column.profile.filled or (column.known and hits >= _LIST_SHARE * column.profile.filled):
                if hits < column.profile.filled:
                    missing = [value for value in values if not concept_of(value)][:_MISFITS]
                    column.doubtful.append(self.say("not_listed", shown="、".join(missing)))
                return scheme
        if known_list:
            column.doubtful.append(self.say("unlisted", shown=self._samples(column)))
        return ""

    @staticmethod
    def _samples(column: DescribedColumn) -> str:
        return "、".join(list(column.profile.values or ())[:_MISFITS])

    def _is_code(self, column: DescribedColumn) -> bool:
        """True for a text column of few short values that come again and again."""
        profile = column.profile
        return (column.form is None and not (column.known and (column.known.text or column.known.title or column.known.value))
                and not profile.markup and not profile.addresses and 1 < profile.distinct <= _MOST_CODES
                and profile.filled >= 20 and profile.distinct <= _CODE_SHARE * profile.filled and profile.longest <= 40)

    def _key(self) -> tuple[int, ...]:
        """Return the places of the key's columns, and say what is doubtful about it."""
        numbers = [place for place, column in enumerate(self.columns)
                   if column.form is not None and not (column.form.kind == "number" and "integer" in str(column.form.described)
                                                       and self.words.is_identifying(column.heading))]
        personal = [place for place, column in enumerate(self.columns) if column.personal]
        found = keys.single(self.profile, numbers, personal)
        time = self._time()
        records = self.profile.rows - sum(self.profile.totals.values())
        key: tuple[int, ...]
        if found is not None:
            key = (found,)
            if time is not None and any(column.measure for column in self.columns):
                key = (found, time)
                self.doubtful.append(self.say("key_time", key=self.columns[found].heading, time=self.columns[time].heading))
            if (alike := self.columns[found].profile.alike()) is not None:
                self.doubtful.append(self.say("alike", key=self.columns[found].heading, first=alike[0], second=alike[1]))
            if not self.words.is_identifying(self.columns[found].heading):
                self.doubtful.append(self.say("key_name", key=self.columns[found].heading))
            return key
        candidates = [place for place, column in enumerate(self.columns) if column.profile.filled == records > 1
                      and place not in personal and (place not in numbers or place == time) and column.profile.longest <= 64]
        candidates.sort(key=lambda place: (not self.words.is_identifying(self.columns[place].heading), place != time))
        found_together = keys.several(lambda: self.profile.without_totals(self.table.blocks()), candidates)
        key = tuple(sorted(found_together, key=lambda place: place == time))
        self.doubtful.append(self.say("key_several", key="、".join(self.columns[place].heading for place in key)) if key
                             else self.say("no_key"))
        for place in key:
            if (alike := self.columns[place].profile.alike()) is not None:
                self.doubtful.append(self.say("alike", key=self.columns[place].heading, first=alike[0], second=alike[1]))
        doubled = next((column for column in self.columns if self.words.is_identifying(column.heading)
                        and column.profile.filled == records and column.profile.first_double), None)
        if doubled is not None and doubled.profile.first_double and self.columns.index(doubled) not in key:
            self.doubtful.append(self.say("doubled", key=doubled.heading, row=doubled.profile.first_double[0],
                                          value=doubled.profile.first_double[1]))
        return key

    def _time(self) -> int | None:
        """Return the place of the only column that says when something was measured."""
        found = [place for place, column in enumerate(self.columns) if column.form and column.form.kind == "date"
                 and self.words.is_measured_at(column.heading)]
        return found[0] if len(found) == 1 else None

    def _cube(self, key: tuple[int, ...]) -> None:
        """Mark dimensions and measures where the rows are observations: measured quantities, told apart by time."""
        time = self._time()
        if time is None or time not in key or len(key) < _OBSERVED or not any(column.measure for column in self.columns):
            return
        self.columns[time].written["propertyUrl"] = "http://www.w3.org/ns/sosa/resultTime"
        for place, column in enumerate(self.columns):
            if column.measure:
                column.written["odl:role"] = "measure"
            elif place == time:
                column.written["odl:role"] = "dimension"
            if place != time and not column.measure and (place in key or (column.known and not column.personal)):
                column.written["aboutUrl"] = self._feature(key)

    def _feature(self, key: tuple[int, ...]) -> str:
        """Return the template of what is observed: the key without the time."""
        time = self._time()
        return self.namespace + "/".join("{" + self.columns[place].name + "}" for place in key if place != time)

    def _virtual(self, key: tuple[int, ...]) -> list[dict[str, Any]]:
        """Return what every row is: an observation of the dataset, where there are measures."""
        if not any(column.written.get("odl:role") == "measure" for column in self.columns):
            return []
        return [{"name": "observation", "virtual": True, "propertyUrl": "rdf:type", "valueUrl": "qb:Observation"},
                {"name": "feature", "virtual": True, "propertyUrl": "http://www.w3.org/ns/sosa/hasFeatureOfInterest",
                 "odl:role": "dimension", "valueUrl": self._feature(key)},
                {"name": "dataset", "virtual": True, "propertyUrl": "qb:dataSet", "valueUrl": self.namespace + "dataset"}]

    def _written(self, column: DescribedColumn) -> dict[str, Any]:
        heads: dict[str, Any] = {"name": column.name, "titles": [column.heading]} if column.heading else {"name": column.name}
        doubts = {"odl:doubtful": column.doubtful} if column.doubtful else {}
        standard = {"odl:standard": column.standard} if column.standard else {}
        return heads | column.written | standard | doubts

    def _table_doubts(self) -> None:
        profile = self.profile
        if profile.totals:
            shown = "、".join(f"{row}: {text}" for row, text in profile.first_totals)
            self.doubtful.append(self.say("totals", count=sum(profile.totals.values()), shown=shown))
        if self.table.uneven.rows:
            self.doubtful.append(self.say("ragged", count=len(self.table.uneven.rows)))
        headed = [column.heading for column in self.columns if column.profile.filled > 1 and column.heading
                  and any(sign.isdigit() for sign in column.heading) and shape(column.heading) in column.profile.shapes]
        if headed:
            self.doubtful.append(self.say("headless", shown="、".join(headed)))
        for reading in self.table.titles[:_MISFITS]:
            self.doubtful.append(self.say("around", shown=" ".join(cell for cell in reading.cells if cell)[:100]))
