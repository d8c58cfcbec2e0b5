"""The engine that holds the mirror, over HTTP: its Graph Store Protocol (SPARQL 1.1, writing) and its SPARQL endpoint (reading).

Credentials come from the environment alone and are sent to the configured addresses only: no redirect is followed, and neither
proxies nor a `.netrc` of the system are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from odlinked import queries
from odlinked.assets import Assets
from odlinked.errors import MirrorError, SettingsError, said_by_system
from odlinked.settings import MirrorSettings

USER: Final = "ODLINKED_MIRROR_USER"
PASSWORD: Final = "ODLINKED_MIRROR_PASSWORD"  # noqa: S105 - the name of a variable
"""The environment variables that hold the credentials."""

PAGE: Final = 5_000
"""Graph names asked for at a time: engines cap the rows of an answer, Virtuoso at 10,000."""

_MOST_BYTES: Final = 256_000_000
"""Longest answer that is read: a page of names, or one graph."""

_MANY: Final = 1_000_000_000
"""More rows than any engine lets through that cuts its answers."""

_NTRIPLES: Final = "application/n-triples"
_RESULTS: Final = "application/sparql-results+json"


class GraphRefused(Exception):
    """The engine answered that it does not take this graph; others may be taken. `why` has its status and first words."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class MirrorEngine:
    """The engine at the addresses of the settings; raises `MirrorError` where it does not answer as it should."""

    def __init__(self, settings: MirrorSettings, environment: Mapping[str, str], assets: Assets) -> None:
        self._settings, self._assets = settings, assets
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = _credentials(settings, environment)
        if settings.ca_file:
            self._session.verify = settings.ca_file

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def put(self, graph: str, ntriples: bytes) -> None:
        """Replace a graph (section 5.3); raise `GraphRefused` where the engine does not take this one."""
        headers = {"Content-Type": _NTRIPLES}
        self._written("PUT", graph, self._settings.graph_store, params={"graph": graph}, data=ntriples, headers=headers)

    def delete(self, graph: str) -> None:
        """Remove a graph (section 5.4), whether it is there or not; raise `GraphRefused` where the engine does not."""
        self._written("DELETE", graph, self._settings.graph_store, params={"graph": graph})

    def graph(self, graph: str) -> bytes:
        """Return the statements of a graph in N-Triples, in any order; empty where there is no such graph."""
        headers = {"Accept": _NTRIPLES}
        if self._settings.graph_store:
            answer = self._sent("GET", self._settings.graph_store, params={"graph": graph}, headers=headers)
            if answer.status_code == 404:
                answer.close()
                return b""
        else:
            form = {"query": self._text("graph"), "default-graph-uri": graph}
            answer = self._sent("POST", self._settings.query, data=form, headers=headers)
        return self._body(answer, f"reading graph {graph}", _NTRIPLES)

    def count(self) -> int:
        """Return how many named graphs there are, anybody's."""
        try:
            return int(self._rows(self._text("count"))[0]["graphs"]["value"])
        except (IndexError, KeyError, TypeError, ValueError) as problem:
            raise self._wrong("asking", self._settings.query, "it does not say how many graphs it has") from problem

    def graphs(self) -> Iterator[str]:
        """Yield the names of all graphs, anybody's."""
        place = 0
        while rows := self._rows(f"{self._text('graphs')}LIMIT {PAGE} OFFSET {place}"):
            yield from (str(row["g"]["value"]) for row in rows if row.get("g", {}).get("type") == "uri")
            place += len(rows)  # an engine may give fewer than it was asked for: only an empty page is the last

    def sees_named(self) -> bool:
        """True when a query that names no graph is answered from the named graphs."""
        return bool(self._rows(self._text("union")))

    def cap(self) -> int:
        """Return at how many rows the engine cuts an answer that would be longer, 0 where it does not say that it does.

        Virtuoso names its `ResultSetMaxRows` in a header, once an answer is asked for that could be longer, and cuts constructed
        graphs there, too, without a word.
        """
        form = {"query": f"{self._text('all')}LIMIT {_MANY}"}
        with self._sent("POST", self._settings.query, data=form, headers={"Accept": _RESULTS}) as answer:
            stated = answer.headers.get("X-SPARQL-MaxRows", "")
        return int(stated) if stated.isascii() and stated.isdigit() else 0

    def _text(self, name: str) -> str:
        return queries.load(self._assets, f"queries/mirror/{name}.rq").text

    def _rows(self, query: str) -> list[dict[str, Any]]:
        try:
            rows: list[dict[str, Any]] = self._asked(query)["results"]["bindings"]
        except (KeyError, TypeError) as problem:
            raise self._wrong("asking", self._settings.query, "its answer is no table of results") from problem
        return rows

    def _asked(self, query: str) -> dict[str, Any]:
        answer = self._sent("POST", self._settings.query, data={"query": query}, headers={"Accept": _RESULTS})
        body = self._body(answer, "asking", _RESULTS)
        try:
            found: dict[str, Any] = json.loads(body)
        except ValueError as problem:
            raise self._wrong("asking", self._settings.query, "its answer is no JSON") from problem
        return found

    def _written(self, method: str, graph: str, address: str, **how: Any) -> None:
        answer = self._sent(method, address, **how)
        with answer:
            status = answer.status_code
            if 200 <= status < 300 or (method == "DELETE" and status == 404):
                return
            why = _said(answer)
        if status in (401, 403, 405, 407, 429) or not 400 <= status < 500:
            raise self._wrong(f"writing graph {graph} to", address, why, _NEXT.get(status, ""))
        raise GraphRefused(why)

    def _sent(self, method: str, address: str, **how: Any) -> requests.Response:
        try:
            return self._session.request(method, address, timeout=(10, self._settings.timeout_seconds), allow_redirects=False,
                                         stream=True, **how)
        except requests.Timeout as problem:
            raise self._wrong("asking", address, f"no answer within {self._settings.timeout_seconds:g} s") from problem
        except requests.RequestException as problem:
            raise self._wrong("asking", address, _cause(problem)) from problem

    def _body(self, answer: requests.Response, doing: str, kind: str) -> bytes:
        """Return a whole answer of media type `kind`."""
        parts, size = [], 0
        with answer:
            if answer.status_code != 200:
                raise self._wrong(doing, answer.url.partition("?")[0], _said(answer), _NEXT.get(answer.status_code, ""))
            stated = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if stated not in (kind, "text/plain", "application/json"):
                raise self._wrong(doing, answer.url.partition("?")[0], f"it answers in {stated or 'no format'}, not {kind}")
            try:
                for part in answer.iter_content(1 << 16):
                    size += len(part)
                    if size > _MOST_BYTES:
                        raise self._wrong(doing, answer.url.partition("?")[0], f"its answer is longer than {_MOST_BYTES:,} bytes")
                    parts.append(part)
            except requests.RequestException as problem:
                raise self._wrong(doing, answer.url.partition("?")[0], _cause(problem)) from problem
        return b"".join(parts)

    def _wrong(self, doing: str, address: str, why: str, next_step: str = "") -> MirrorError:
        return MirrorError(why, doing="asking the mirror at" if doing == "asking" else doing, on=address,
                           next_step=next_step or "Nothing is lost: run `odlinked mirror` again to go on")


_NEXT: Final = {
    401: f"Set {USER} and {PASSWORD} in the environment, and mirror.authentication to what the engine asks for",
    403: f"Let the account of {USER} write graphs, or name another",
    405: "Set mirror.graph_store to the address of the engine's Graph Store Protocol",
}


def _credentials(settings: MirrorSettings, environment: Mapping[str, str]) -> AuthBase | None:
    user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    if bool(user) != bool(password):
        raise SettingsError(f"only one of {USER} and {PASSWORD} is set", doing="preparing the mirror",
                            next_step="Set both, or none")
    if not user:
        return None
    # In UTF-8 (RFC 7617 and 7616): a text would be sent in Latin-1.
    if settings.authentication == "digest":
        return HTTPDigestAuth(user, password)
    return HTTPBasicAuth(user.encode(), password.encode())


def _said(answer: requests.Response) -> str:
    """Return status and the first words of a failure, as one line."""
    try:
        words = next(answer.iter_content(2_000), b"").decode("utf-8", "replace")
    except requests.RequestException:
        words = ""
    text = " ".join(words.split())[:200]
    status = f"{answer.status_code} {answer.reason or ''}".rstrip()
    return f"it answers {status} ({text})" if text else f"it answers {status}"


def _cause(problem: BaseException) -> str:
    """Return why there is no answer: what is below an error of the HTTP library, without addresses of objects."""
    deepest = problem
    while deepest.__cause__ or deepest.__context__:
        deepest = deepest.__cause__ or deepest.__context__ or deepest
    return said_by_system(deepest) if isinstance(deepest, OSError) and deepest.strerror else \
        f"there is no answer ({type(deepest).__name__})"
