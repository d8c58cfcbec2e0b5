"""`/cite/…`: how a dataset is cited, for reference managers (BibTeX, RIS) and in a sentence (APA), with release and hash."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from flask import Flask, Response

from odlinked.catalog.served.release import Release
from odlinked.catalog.summaries.records import Record
from odlinked.web.http.cache import Rendered
from odlinked.web.site.address import RequestContext, identifier_of, record_iri
from odlinked.web.site.problems import not_found
from odlinked.web.site.resources import send, tag
from odlinked.web.site.site import Site

FORMS: Final = {"bib": "application/x-bibtex", "ris": "application/x-research-info-systems", "txt": "text/plain"}
_SPECIAL: Final = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
                   **{sign: "\\" + sign for sign in "{}%#&_$"}}


class Citation(NamedTuple):
    """What a citation states; each is one line of text. `version` is the SHA-256 of the record as it is published."""

    key: str
    author: str
    title: str
    year: str
    day: str
    address: str
    version: str
    release: str

    def bib(self) -> str:
        """Return it as a BibTeX entry."""
        values = {"author": self.author, "title": self.title, "year": self.year, "version": f"sha256:{self.version}",
                  "note": f"Release {self.release}" if self.release else "", "urldate": self.day}
        lines = [f"  {name} = {{{{{_escaped(value)}}}}}," for name, value in values.items() if value]
        return "\n".join((f"@misc{{{self.key},", *lines, f"  url = {{{self.address}}}", "}", ""))

    def ris(self) -> str:
        """Return it as a RIS record."""
        release = f"Release {self.release}" if self.release else ""
        values = (("TY", "DATA"), ("AU", self.author), ("TI", self.title), ("PY", self.year), ("UR", self.address),
                  ("Y2", self.day), ("ET", f"sha256:{self.version}"), ("N1", release), ("ER", ""))
        return "".join(f"{name}  - {value}\r\n" for name, value in values if value or name == "ER")

    def txt(self) -> str:
        """Return it as a sentence, as the APA puts it."""
        version = f"sha256:{self.version[:16]}"
        which = f"release {self.release}, {version}" if self.release else version
        return f"{self.author}. ({self.year}). {self.title} ({which}) [Data set]. {self.address}\n"


def citation(place: RequestContext, record: Record, release: Release | None = None) -> Citation:
    """Return how a dataset is cited; without a release it is the same as long as its record is."""
    english = place.language == "en"
    title = (record.title_en or record.title) if english else (record.title or record.title_en)
    day = record.modified or record.issued or record.changed.date().isoformat()
    when = release.created.date().isoformat() if release else record.changed.date().isoformat()
    key = re.sub(r"[^A-Za-z0-9]+", "-", f"dataset-{identifier_of(record.iri)}").strip("-")
    return Citation(key, _line(record.publisher_name), _line(title), day[:4], when, record.iri, record.hash,
                    release.name if release else "")


def install(app: Flask, site: Site) -> None:
    """Add the addresses of citations."""

    @app.get(f"/cite/dataset/<path:name>.<any({', '.join(FORMS)}):suffix>")
    def cite(name: str, suffix: str) -> Response:
        place, release = site.place(), site.release
        record = release.record(record_iri(release.base, "dataset", name)) if len(name) <= 500 else None
        if record is None or record.state != "live" or record.kind != "dataset":
            raise not_found("dataset")
        made = citation(place, record, release)
        body = {"bib": made.bib, "ris": made.ris, "txt": made.txt}[suffix]().encode()
        return send(Rendered(body, f"{FORMS[suffix]}; charset=utf-8", tag(body), release.created, language=place.language),
                    vary="Accept-Language")


def _line(text: str) -> str:
    """Return text as one line: what a stranger wrote begins no line of its own."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _escaped(text: str) -> str:
    """Return text with what LaTeX would take for its own written so that it is shown."""
    return "".join(_SPECIAL.get(sign, sign) for sign in text)
