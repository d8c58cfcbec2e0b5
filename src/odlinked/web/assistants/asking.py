"""`question` and `sparql`: stored questions with their parameters, and queries of one's own; both run in the sandbox."""

from __future__ import annotations

import json
from typing import Any, Final

from odlinked.catalog.asking import questions
from odlinked.rdf.turtle import PrefixedNames
from odlinked.web.assistants.answer import SIZE, ReadingDesk, ToolAnswer, filled, within
from odlinked.web.assistants.arguments import Arguments
from odlinked.web.pages import answers
from odlinked.web.pages.query import ResultCell, ResultTable, tabled
from odlinked.web.pages.questions import LARGEST_OFFSET, Question, grouped
from odlinked.web.site.problems import Problem
from odlinked.web.sparql import stored
from odlinked.web.sparql.results import GRAPHS, TABLES

_WHOLE: Final = ("integer", "nonNegativeInteger", "positiveInteger", "int", "long")
_NUMBER: Final = ("decimal", "double", "float")


def question(desk: ReadingDesk, given: Arguments) -> ToolAnswer:
    """Return the answer of a stored question, or all of them where none is named."""
    name = given.text("name")
    if not name:
        return _listed(desk)
    site = desk.site
    query = questions.named({one: q.query for one, q in desk.desk.questions.items()}, name)
    reader = questions.ParameterReader(site.assets, site.clock.today(), site.organizations)
    values = reader.values(query, given.pairs("parameters"))
    limit, offset = min(given.limit, query.rows), given.number("offset", 0, 0, LARGEST_OFFSET)
    answer = stored.run(desk.desk.service, query, values, TABLES[0], limit, offset, desk.caller)
    table = answers.named(_table(desk, answer.read()), desk.viewer)
    rows = within(_rows(desk, table))
    more = answer.more or len(rows) < len(table.rows)
    told = desk.listed(offset + 1, len(rows), None, {**given.given, "offset": offset + len(rows)}, more=more)
    content = {
        "question": query.summaries[desk.language] or name, "how_to_read": query.descriptions[desk.language],
        "bound": filled(values), "rows": rows,
        "columns": {one: desk.desk.heading(one, desk.language) for one in table.columns},
    }
    return ToolAnswer(content, told, _iris(table, len(rows)))


def sparql(desk: ReadingDesk, given: Arguments) -> ToolAnswer:
    """Return the beginning of the answer of a query; raise a `QueryFailure` for one that is refused or stopped."""
    query, limit = given.written("query"), given.limit
    form, answer = stored.begin(desk.desk.service, query, limit, desk.caller)
    if form in GRAPHS:
        size = answer.size
        if size > SIZE:
            answer.close()
            raise Problem(422, "graph_large", facts={"size": f"{size:,}", "most": f"{SIZE:,}"})
        text = answer.read().decode("utf-8", "replace")
        return ToolAnswer({"media_type": form.media_type, "graph": text}, desk.all())
    more, body = answer.more, answer.read()
    found = json.loads(body)
    if "boolean" in found:
        return ToolAnswer({"boolean": found["boolean"]}, desk.all())
    table = _table(desk, body)
    rows = within(_rows(desk, table))
    told = desk.listed(1, len(rows), None, {"query": desk.say("assistants.offset", n=len(rows))},
                       more=more or len(rows) < len(table.rows))
    return ToolAnswer({"columns": table.columns, "rows": rows}, told, _iris(table, len(rows)))


def _table(desk: ReadingDesk, body: bytes) -> ResultTable:
    return tabled(json.loads(body), desk.viewer.place, PrefixedNames({}))


def _rows(desk: ReadingDesk, table: ResultTable) -> list[dict[str, Any]]:
    return [{name: _value(desk, cell) for name, cell in zip(table.columns, row, strict=True) if cell.text or cell.full}
            for row in table.rows]


def _value(desk: ReadingDesk, cell: ResultCell) -> Any:
    """Return a value as JSON: a number as one, an IRI with its name where it has one."""
    if cell.full:
        is_named = cell.text not in (cell.full, desk.viewer.place.path_of(cell.full))
        return {"name": cell.text, "iri": cell.full} if is_named else cell.full
    if cell.datatype == "boolean" and cell.text in ("true", "false"):
        return cell.text == "true"
    try:
        return int(cell.text) if cell.datatype in _WHOLE else float(cell.text) if cell.datatype in _NUMBER else cell.text
    except ValueError:
        return cell.text


def _iris(table: ResultTable, count: int) -> list[str]:
    """Return the IRIs in the first column that has any: what the rows are about."""
    for place in range(len(table.columns)):
        found = [row[place].full for row in table.rows[:count] if row[place].full]
        if found:
            return list(dict.fromkeys(found))
    return []


def _listed(desk: ReadingDesk) -> ToolAnswer:
    found = [_described(desk, one) for _, group in grouped(desk.desk.questions.values()) for one in group]
    return ToolAnswer({"questions": found}, desk.listed(1, len(found), len(found), {}))


def _described(desk: ReadingDesk, one: Question) -> dict[str, Any]:
    """Return a question as the list shows it, its parameters as its header words them."""
    takes = {name: filled({"text": given.texts.get(desk.language, name), "kind": given.kind, "code_list": given.codes,
                           "required": given.required or None, "default": given.default})
             for name, given in one.query.takes.items() if name not in _EVERYWHERE or given.required}
    shared = [name for name in one.query.takes if name in _EVERYWHERE and name not in takes]
    return filled({"name": one.name, "topic": one.topic, "asks": one.query.summaries[desk.language] or one.name,
                   "parameters": takes, "also": shared})


_EVERYWHERE: Final = ("organization", "today")
"""Parameters that most questions take: described once, with the tool."""
