"""The findings on a record as reports that programs read: `/findings/dataset/6075.sarif`, in every format of `validate`."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import quote

from flask import Flask, Response

from odlinked.quality import reports
from odlinked.quality.report import Checked, Report
from odlinked.quality.shapes import Profile
from odlinked.web.http.cache import Rendered
from odlinked.web.site.address import KINDS, record_iri
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, shown_since, tag
from odlinked.web.site.site import Site

FORMATS: Final = {
    "csv": ("csv", "text/csv; charset=utf-8"), "json": ("json", "application/json"),
    "ttl": ("turtle", "text/turtle; charset=utf-8"), "sarif": ("sarif", "application/sarif+json"),
    "xml": ("junit", "application/xml"), "md": ("markdown", "text/markdown; charset=utf-8"),
}
"""Suffix -> style of the report and media type."""


def install(app: Flask, site: Site) -> None:
    """Add the routes of findings."""
    profile = lru_cache(maxsize=2)(lambda name: Profile.load(site.assets, name))

    @app.get(f"/findings/<any({', '.join(KINDS)}):kind>/<path:name>.<any({', '.join(FORMATS)}):suffix>")
    def findings(kind: str, name: str, suffix: str) -> Response:
        release, place = site.release, site.place()
        record = release.record(record_iri(release.base, kind, name)) if len(name) <= 500 else None
        if record is None or record.state != "live":
            raise not_found(kind)
        style, media_type = FORMATS[suffix]
        rules: Profile = profile(release.manifest["profile"])
        table = Checked(record.source, None, {}, 1, path=record.iri)
        report = Report(rules, (table,), tuple(release.findings(record.iri)))
        body = reports.write(style, report, place.language).encode()
        location = place.to(f"/findings/{kind}/{quote(name, safe='')}.{suffix}")
        return send(Rendered(body, media_type, tag(body), shown_since(site), location, "", place.language),
                    vary="Accept-Language")
