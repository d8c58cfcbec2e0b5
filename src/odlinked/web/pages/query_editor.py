"""What the query page gives its script, where the service was built with one: words, the names of answers, the place of an error.

The page is whole without it: the script replaces the text field by an editor and shows answers without loading the page again.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from flask import Flask, Response

from odlinked import queries
from odlinked.namespaces import CODE, METRIC, ODL, RULE
from odlinked.web.http.cache import Rendered
from odlinked.web.http.policy import policy
from odlinked.web.site.address import RequestContext
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site
from odlinked.web.sparql import failure_texts
from odlinked.web.sparql.endpoint import QueryPage
from odlinked.web.sparql.results import GRAPHS, TABLES

PATH: Final = "/sparql/terms.json"
LABELS: Final = "queries/service/labels.rq"
_SPACES: Final = (CODE, RULE, METRIC, ODL)
"""Namespaces whose terms have pages here."""

_WORDS: Final = "sparql.editor."


def install(app: Flask, site: Site) -> None:
    """Add the address of the terms that the editor completes."""

    @app.get(PATH)
    def terms() -> Response:
        def make() -> Rendered:
            body = site.release.terms()
            if body is None:
                raise not_found()
            return Rendered(body, "application/json", tag(body), shown_since(site))

        return send(site.kept((PATH,), make))


def policy_with(nonce: str) -> dict[str, str]:
    """Return the header by which a browser runs the page's script and nothing else; {} without a nonce."""
    return {"Content-Security-Policy": policy(nonce)} if nonce else {}


def nonce(site: Site) -> str:
    """Return a nonce for one answer, "" where there is no script to be allowed anything."""
    return secrets.token_urlsafe(16) if site.editor else ""


def settings(site: Site, place: RequestContext, shown: QueryPage, longest: int) -> str:
    """Return what the script reads (JSON): `longest` is the longest address of a link."""
    mistake = failure_texts.place(shown.failure, shown.query, site.prefixes) if shown.failure else None
    own = {key: text for key, text in site.words.texts.items() if key.startswith(_WORDS)}
    given: dict[str, Any] = {
        "endpoint": place.absolute("/sparql"), "path": f"{place.root}/sparql", "terms": f"{place.root}{PATH}",
        "root": place.root, "spaces": {space: place.path_of(space) for space in (f"{place.base}/id/", *_SPACES)},
        "lang": place.language, "explicit": place.explicit, "longest": longest,
        "labels": queries.load(site.assets, LABELS).spelled(iri="urn:odlinked:iri"), "prefixes": dict(site.prefixes),
        "tables": [form.name for form in TABLES], "graphs": [form.name for form in GRAPHS],
        "words": {key.removeprefix(_WORDS): text[place.language] for key, text in own.items()},
        "asked": shown.query, "failed": shown.explanation,
        "mistake": {"line": mistake.line, "column": mistake.column} if mistake else None,
    }
    return json.dumps(given, ensure_ascii=False)
