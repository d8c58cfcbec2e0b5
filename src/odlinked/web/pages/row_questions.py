"""`/rows/NAME/query.json` and `.csv`: questions about the rows of a table by address, answered in the cage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, request

from odlinked import csv_text
from odlinked.cage.failures import QueryFailure
from odlinked.cage.table_questions import TableQuestions
from odlinked.catalog.asking import row_questions
from odlinked.catalog.asking.row_questions import NotAskable, RowQuestion
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.web.pages.questions import failed
from odlinked.web.pages.rows import table_of
from odlinked.web.site.problems import Problem
from odlinked.web.site.resources import is_known
from odlinked.web.site.site import Site

EXTENSION: Final = "odlinked.rows"
_TYPES: Final = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


def install(app: Flask, site: Site) -> None:
    """Add the route of questions about rows."""
    serve = site.settings.serve
    asked = TableQuestions(site.releases.workspace.rows, serve.query_seconds, serve.query_memory_mb << 20)
    app.extensions[EXTENSION] = asked

    @app.get("/rows/<name>/query.<any(json, csv):suffix>")
    def row_question(name: str, suffix: str) -> Response:
        table = table_of(site.release, name)
        facts = lifted.facts(site.release.workspace, table)
        try:
            wanted = row_questions.read(_columns(facts), request.args.to_dict(flat=False))
        except NotAskable as fault:
            raise _refusal(site, fault) from fault
        etag = f'"{hashlib.sha256(f"{table.key} {suffix} {wanted}".encode()).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if is_known(etag):
            return Response(status=304, headers=headers)
        try:
            rows = _answered(site, asked, table, wanted, facts)
        except QueryFailure as fault:
            raise failed(site, fault) from fault
        more, rows = len(rows) > wanted.limit, rows[:wanted.limit]
        following = _following(site, name, suffix, wanted) if more else ""
        headers |= {"Link": f'<{following}>; rel="next"'} if following else {}
        body = _json(table, facts, wanted, rows, following) if suffix == "json" else \
            csv_text.written([wanted.columns, *rows]).encode()
        return Response(body, headers=headers, content_type=_TYPES[suffix])


def _columns(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the types of the columns that can be asked about: also those with the cells that do not fit another."""
    known = {one["name"]: one["type"] for one in facts["columns"]}
    return {name: known.get(name, "text") for name in facts["heads"]}


def _answered(site: Site, asked: TableQuestions, table: LiftedTable, wanted: RowQuestion, facts: Mapping[str, Any],
              ) -> list[list[Any]]:
    path = (table.folder(site.release.workspace) / lifted.PARQUET).resolve()
    _, rows = asked.ask(wanted.sql, [str(path), *wanted.parameters], wanted.limit + 1)
    zones = {one["name"]: one["zone"] for one in facts["columns"] if one.get("zone")}
    shown = [next((zones[name] for name in (column, column.partition("(")[2].removesuffix(")")) if name in zones), "")
             if kind == "time" else "" for column, kind in wanted.columns.items()]
    return [[_in_zone(value, zone) for value, zone in zip(row, shown, strict=True)] for row in rows]


def _in_zone(value: Any, zone: str) -> Any:
    """Return a time in the zone of its column."""
    if not zone or not isinstance(value, str):
        return value
    return datetime.fromisoformat(value).astimezone(_zone(zone)).isoformat()


def _zone(text: str) -> timezone:
    offset = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").utcoffset()
    assert offset is not None  # noqa: S101 - it has a zone
    return timezone(offset)


def _following(site: Site, name: str, suffix: str, wanted: RowQuestion) -> str:
    given = [(key, value) for key, value in request.args.items(multi=True) if key != "offset"]
    offset = wanted.offset + wanted.limit
    return site.place().absolute(f"/rows/{name}/query.{suffix}") + "?" + urlencode([*given, ("offset", str(offset))]) \
        if offset <= row_questions.LAST else ""


def _json(table: LiftedTable, facts: Mapping[str, Any], wanted: RowQuestion, rows: list[list[Any]], following: str) -> bytes:
    said = {one["name"]: one for one in facts["columns"]}
    columns = [{"name": name, "type": kind} | {key: said[name][key] for key in ("title", "unit", "property")
                                               if name in said and said[name][key]} for name, kind in wanted.columns.items()]
    return json.dumps({"table": table.graph, "limit": wanted.limit, "offset": wanted.offset, "more": bool(following),
                       "next": following or None, "columns": columns,
                       "rows": [dict(zip(wanted.columns, row, strict=True)) for row in rows]}, ensure_ascii=False).encode()


def _refusal(site: Site, fault: NotAskable) -> Problem:
    say = site.words.into(site.place().language)
    known = list(_shown(fault))
    hints = say("problem.row_question.known", known=say("comma").join(known)) if known else ""
    return Problem(400, "row_question", facts={
        "parameter": fault.parameter, "value": f" {fault.value}" if fault.value else "",
        "why": say(f"problem.row_question.{fault.reason}"), "hints": hints},
        extra={"parameter": fault.parameter, "known": list(fault.known)})


def _shown(fault: NotAskable) -> Iterator[str]:
    yield from fault.known[:40]
