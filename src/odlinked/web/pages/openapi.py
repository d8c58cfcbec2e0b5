"""The description of the whole service as OpenAPI 3.1: routes, headers of stored questions and the texts of an asset.

A route without a text, and a text without a route, are errors: the description cannot fall behind the service.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Final

from flask import Flask
from werkzeug.routing import Rule

from odlinked.catalog.asking import questions
from odlinked.catalog.keeping import lifted
from odlinked.catalog.keeping.lifted import LiftedTable
from odlinked.catalog.summaries.grades import STARS
from odlinked.errors import AssetError, WorkspaceError
from odlinked.queries import Parameter
from odlinked.version import __version__
from odlinked.web.http.negotiation import LANGUAGES
from odlinked.web.pages import ckan, validate
from odlinked.web.pages.ckan_actions import Actions
from odlinked.web.pages.facets import severities
from odlinked.web.pages.question_fields import MOST_CHOICES
from odlinked.web.pages.questions import LARGEST_OFFSET, Question, StoredQuestions
from odlinked.web.site.address import KINDS, identifier_of
from odlinked.web.site.site import Site
from odlinked.web.sparql.protocol import POST_TYPES
from odlinked.web.sparql.results import TABLES

ASSET: Final = "ontologies/words/api.toml"
EACH: Final = "/query/{name}"
"""The route of stored questions."""

EACH_TABLE: Final = "/rows/{name}/query.{suffix}"
"""The route of questions about published rows."""

_VARIABLE: Final = re.compile(r"<(?:(?P<converter>\w+)(?:\((?P<values>[^)]*)\))?:)?(?P<name>\w+)>")
_FAILURES: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}, "text/html": {}}
_REDIRECTS: Final = ("302", "303", "308")
_SEEN: Final = r"[0-9A-Za-z\u4e00-\u9fff]"
"""What a text that must be given holds at least: one of blanks only is none."""

_BLANK: Final = {"const": ""}
"""A form sends what was left out as a blank: none is given."""

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_PROBLEM: Final = {
    "type": "object", "required": ["type", "title", "status", "detail"],
    "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "instance": _TEXT,
                   "code": _TEXT, "parameter": _TEXT, "known": _TEXTS, "near": _TEXTS},
}
"""Problem details (RFC 9457), with what a refused parameter adds."""
_TERM: Final = {
    "type": "object", "required": ["type", "value"],
    "properties": {"type": {"enum": ["uri", "literal", "bnode"]}, "value": _TEXT, "datatype": _TEXT, "xml:lang": _TEXT},
}
_BINDINGS: Final = {
    "type": "object", "required": ["head", "results"],
    "properties": {
        "head": {"type": "object", "required": ["vars"], "properties": {"vars": _TEXTS}},
        "results": {"type": "object", "required": ["bindings"], "properties": {"bindings": {"type": "array", "items": {
            "type": "object", "additionalProperties": {"$ref": "#/components/schemas/Term"}}}}},
    },
}
"""SPARQL 1.1 Query Results JSON."""
_MESSAGE: Final = {
    "type": "object", "required": ["jsonrpc", "id", "method"],
    "properties": {"jsonrpc": {"const": "2.0"}, "id": {"type": ["string", "integer"]},
                   "method": {"enum": ["initialize", "ping", "tools/list", "tools/call"]}, "params": {"type": "object"}},
}
"""A request of the Model Context Protocol (JSON-RPC 2.0); what its parameters are is told by the protocol and by tools/list."""


class Describer:
    """Describes an application in one language."""

    def __init__(self, app: Flask, site: Site, desk: StoredQuestions, language: str) -> None:
        self._app, self._site, self._desk, self._place = app, site, desk, LANGUAGES.index(language)
        self._texts: Mapping[str, Any] = tomllib.loads(site.assets.text(ASSET))

    def document(self, server: str) -> dict[str, Any]:
        """Return the description of the service at address `server`; raise `AssetError` for a route it has no words for."""
        # The counts for the operators of the service are nobody else's.
        rules = {_path(rule): rule for rule in self._app.url_map.iter_rules() if rule.endpoint != "prometheus"}
        if missing := sorted(rules.keys() ^ self._texts["paths"].keys()):
            raise AssetError("it has words or a route, and not both", doing="describing the service", on=missing[0],
                             next_step=f"Add it to {ASSET}, or take it out")
        # Each question is an operation of its own: what it takes is its own.
        paths = {path: self._operations(path, rules[path]) for path in self._texts["paths"] if path != EACH}
        paths |= {f"/query/{one.name}": {"get": self._question(one)} for one in self._desk.questions.values()}
        paths |= {f"/rows/{table.name}/query.json": self._rows(table) for table in self._tables()}
        return {
            "openapi": "3.1.0",
            "info": {"title": self._text_in(self._texts["title"]), "description": self._text_in(self._texts["description"]),
                     "version": __version__,
                     "license": {"name": self._text_in(self._texts["licence"]), "url": self._texts["licence_url"]}},
            "servers": [{"url": server}],
            "tags": [{"name": name, "description": self._text_in(text)} for name, text in self._texts["tags"].items()],
            "paths": paths,
            "components": {"schemas": {"Problem": _PROBLEM, "Bindings": _BINDINGS, "Term": _TERM, "Message": _MESSAGE}},
        }

    def _text_in(self, text: Sequence[str]) -> str:
        return text[self._place]

    def _tables(self) -> Sequence[LiftedTable]:
        try:
            return self._site.release.tables
        except WorkspaceError:  # nothing is published yet
            return ()

    def _rows(self, table: LiftedTable) -> dict[str, Any]:
        """Return the operation that asks about the rows of a table, with what its columns are."""
        entry, facts = self._texts["paths"][EACH_TABLE], lifted.facts(self._site.release.workspace, table)
        columns = ", ".join(f"{one['name']} ({one['title']})" for one in facts["columns"])
        return {"get": {
            "operationId": f"rows-{table.name}", "tags": [entry["tag"]],
            "summary": f"{self._text_in(entry['summary'])}: {table.name}", "description": columns,
            "parameters": [self._parameter(name) for name in entry["takes"]],
            "responses": self._responses(entry["answers"], entry["fails"])}}

    def _operations(self, path: str, rule: Rule) -> dict[str, Any]:
        entry = self._texts["paths"][path]
        get: dict[str, Any] = {
            "operationId": re.sub(r"\W+", "-", path).strip("-") or "home", "tags": [entry["tag"]],
            "summary": self._text_in(entry["summary"]),
            "parameters": [*self._in_path(rule), *(self._parameter(name) for name in entry.get("takes", ()))],
            "responses": self._responses(entry["answers"], entry["fails"]),
        }
        if entry.get("sends") == "message":
            sent = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}}
            # What the protocol says of a message is JSON, whatever the status.
            return {"post": {**get, "requestBody": sent, "responses": {
                status: {**one, "content": {**one["content"], "application/json": {}}}
                for status, one in get["responses"].items() if status != "304"}}}
        if entry.get("sends") == "object":  # the parameters as JSON, with no query
            sent = {"content": {"application/json": {"schema": {"type": "object"}}}}
            return {"get": get, "post": {
                **get, "operationId": f"{get['operationId']}-post", "parameters": list(self._in_path(rule)), "requestBody": sent,
                "responses": {status: one for status, one in get["responses"].items() if status != "304"}}}
        if "uploads" in entry:
            # A file is sent as itself or in a form; without one there is only the page, for people.
            asked = [self._parameter(name) for name in entry["uploads"]]
            media: dict[str, Any] = {"text/html": {}}
            page = {**get, "responses": {status: {**answer, "content": media} if status == "200" else answer
                                         for status, answer in get["responses"].items() if status not in entry["fails_posted"]}}
            return {"get": page, "post": {
                **get, "operationId": f"{get['operationId']}-post", "parameters": [*get["parameters"], *asked],
                "requestBody": {"required": True, "content": self._uploads()},
                "responses": {status: one for status, one in get["responses"].items() if status != "304"}}}
        if "form" in entry:
            form = {"type": "object", "properties": dict.fromkeys(entry["form"], _TEXT)}
            return {"get": get, "post": {
                **get, "operationId": f"{get['operationId']}-post", "parameters": [],
                "requestBody": {"required": True, "content": {POST_TYPES[0]: {"schema": form}}},
                "responses": {status: one for status, one in get["responses"].items() if status != "304"}}}
        if not entry.get("posted"):
            return {"get": get}
        # By the protocol the query is in the body then, in one of two ways.
        bodies: dict[str, Any] = {media_type: {"schema": _TEXT} for media_type in POST_TYPES}
        bodies[POST_TYPES[0]] = {"schema": {"type": "object", "required": ["query"], "properties": {"query": _TEXT}}}
        posted = {**get, "operationId": f"{get['operationId']}-post", "requestBody": {"required": True, "content": bodies},
                  "parameters": [one for one in get["parameters"] if one["name"] != "query"]}
        return {"get": get, "post": posted}

    @staticmethod
    def _uploads() -> dict[str, Any]:
        """Return the bodies that a file may be sent in."""
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        form = {"type": "object", "properties": {"file": file, "table": _TEXT},
                "anyOf": [{"required": [one]} for one in ("file", "table")]}
        return {validate.FORMS[0]: {"schema": form}, **{media_type: {} for media_type in validate.BODIES}}

    def _in_path(self, rule: Rule) -> Iterator[dict[str, Any]]:
        for found in _VARIABLE.finditer(rule.rule):
            name, values = found["name"], [one.strip() for one in (found["values"] or "").split(",") if one.strip()]
            if name == "kind" and not values:
                values = list(KINDS)
            if rule.endpoint == "question" and name == "name":
                values = list(self._desk.questions)
            if rule.endpoint in ckan.PATHS:
                values = list(Actions(self._site).known)
            schema: dict[str, Any] = {"type": "integer", "minimum": 1} if found["converter"] == "int" else {"type": "string"}
            schema |= {"enum": values} if values else {}
            text = self._text_in(self._texts["parameters"][name]["text"])
            yield {"name": name, "in": "path", "required": True, "description": text, "schema": schema}

    def _parameter(self, key: str) -> dict[str, Any]:
        entry = self._texts["parameters"][key]
        schema: dict[str, Any] = {"type": entry.get("type", "string")}
        text = self._text_in(entry["text"])
        if "values" in entry:
            schema["examples"] = entry["values"]
            text += f" ({', '.join(entry['values'])})"
        if "codes" in entry:
            schema, text = self._codes(entry["codes"], text)
        if "one_of" in entry:
            schema = self._one_of(entry["one_of"])
        if entry.get("type") == "integer":
            schema |= {"minimum": int(key == "limit"), "maximum": LARGEST_OFFSET}
        if "media_type" in entry:
            schema["contentMediaType"] = entry["media_type"]
        if entry.get("many"):
            schema = {"type": "array", "items": schema}
        return {"name": entry.get("name", key), "in": "query", "description": text, "schema": schema}

    def _codes(self, name: str, text: str) -> tuple[dict[str, Any], str]:
        notations = [code.notation for code in questions.codes(self._site.assets, name)]
        mark = self._site.words.say("colon", LANGUAGES[self._place])
        return {"type": "string", "enum": [*notations, ""]}, f"{text}{mark}{self._text_in(self._texts['codes'])}"

    def _one_of(self, what: str) -> dict[str, Any]:
        """Return the schema of what is one of those the catalogue has, or has words for; any text where they cannot be listed."""
        ways: dict[str, Callable[[], list[str] | None]] = {
            "rules": lambda: list(self._site.vocabulary.rules), "faults": lambda: severities(self._site),
            "formats": lambda: [form.name for form in TABLES], "organizations": lambda: self._publishers,
            **{dimension: partial(self._present, dimension) for dimension in (STARS, "year", "covers", "area", "api")},
        }
        values = ways[what]()
        return {"type": "string"} if values is None else {"type": "string", "enum": [*values, ""]}

    def _present(self, dimension: str) -> list[str] | None:
        """Return the values that datasets have of a filter, None where nothing is published."""
        try:
            return sorted(self._site.release.values(dimension))
        except WorkspaceError:
            return None

    @cached_property
    def _publishers(self) -> list[str] | None:
        """Return the identifiers of the organisations that publish something; None where they are too many to list, or none."""
        try:
            found = [identifier_of(one.iri) for one in self._site.organizations() if one.with_all_below or one.datasets]
        except WorkspaceError:  # nothing is published yet
            return None
        return found if 0 < len(found) <= MOST_CHOICES else None

    def _responses(self, answers: str, fails: Sequence[int]) -> dict[str, Any]:
        good = {media_type: self._schema(media_type) for media_type in self._texts["types"][answers]}
        found: dict[str, Any] = {} if any(one in (302, 303) for one in fails) else {
            "200": {"description": "OK", "content": good}, "304": {"description": "Not Modified"}}
        for status in map(str, fails):
            text = self._text_in(self._texts["statuses"][status])
            if status in _REDIRECTS:
                found[status] = {"description": text, "headers": {"Location": {"schema": {"type": "string"}}}}
            elif status == "410":
                found[status] = {"description": text, "content": good | _FAILURES}
            elif status == "503":
                found[status] = {"description": text, "content": {**_FAILURES, "application/json": {}}}
            else:
                own: dict[str, Any] = {"application/json": {}} if answers == "json" else {}
                found[status] = {"description": text, "content": {**_FAILURES, "text/plain": {}, **own}}
        return found

    @staticmethod
    def _schema(media_type: str) -> dict[str, Any]:
        return {"schema": {"type": "string"}} if media_type.startswith("text/") else {}

    def _question(self, one: Question) -> dict[str, Any]:
        entry, language = self._texts["paths"][EACH], LANGUAGES[self._place]
        columns = ", ".join(f"{column} ({self._desk.heading(column, language)})" for column in one.columns)
        facts = self._text_in(self._texts["question"]).format(rows=f"{one.query.rows:,}", columns=columns)
        responses = self._responses(entry["answers"], entry["fails"])
        responses["200"]["content"]["application/sparql-results+json"] = {"schema": {"$ref": "#/components/schemas/Bindings"}}
        return {
            "operationId": f"query-{one.name}", "tags": [entry["tag"]], "summary": one.query.summaries[language] or one.name,
            "description": f"{one.query.descriptions[language]}\n\n{facts}".strip(),
            "parameters": [*(self._of_question(p) for p in one.query.takes.values()), *self._paging(one, entry["takes_each"])],
            "responses": responses,
        }

    def _paging(self, one: Question, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        for parameter in map(self._parameter, names):
            most = {"maximum": one.query.rows} if parameter["name"] == "limit" else {}
            yield parameter | {"schema": parameter["schema"] | most}

    def _of_question(self, one: Parameter) -> dict[str, Any]:
        text = one.texts.get(LANGUAGES[self._place], one.name)
        schema: dict[str, Any] = {"type": "string", "maxLength": questions.LONGEST}
        schema |= {"pattern": _SEEN} if one.required else {"anyOf": [{"pattern": _SEEN}, _BLANK]}
        if one.codes:
            schema, text = self._codes(one.codes, text)
        elif one.kind == "organization":
            schema = self._one_of("organizations")
        elif one.kind in ("date", "integer"):
            schema = {"type": "string", "format": "date"} if one.kind == "date" else {"type": "integer"}
            schema = schema if one.required else {"anyOf": [schema, _BLANK]}
        if one.required and "enum" in schema:
            schema["enum"].remove("")
        if one.default is not None:
            text = f"{text} (= {one.default})"
        return {"name": one.name, "in": "query", "required": one.required, "description": text, "schema": schema}


def _path(rule: Rule) -> str:
    """Return a route as OpenAPI writes it."""
    return _VARIABLE.sub(lambda found: "{" + found["name"] + "}", rule.rule)
