"""What every page needs: releases, texts, templates, vocabulary, the cache, and one way to turn a resource into an answer."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from flask import g, request
from jinja2 import Environment
from markupsafe import Markup

from odlinked.assets import Assets
from odlinked.catalog.asking import organizations
from odlinked.catalog.asking.organizations import Organization
from odlinked.catalog.served.release import Release
from odlinked.catalog.served.releases import Releases
from odlinked.clock import UNIVERSAL, Clock
from odlinked.errors import WorkspaceError
from odlinked.rdf.vocabulary import prefixes
from odlinked.settings import Settings
from odlinked.version import __version__
from odlinked.web.charts.outlines import Outlines
from odlinked.web.http import negotiation
from odlinked.web.http.cache import Rendered
from odlinked.web.http.replay import KEPT
from odlinked.web.site import display, evidence, functions, templating, words
from odlinked.web.site.address import RequestContext, mounted
from odlinked.web.site.kept import KeptPages
from odlinked.web.site.vocabulary import Vocabulary

FOLDER = Path(__file__).parent
EDITOR: Final = FOLDER / "static" / "query.js"
"""The script of the query page. It is made where a wheel is built (`web/editor`), so a checkout has none."""

OUTLINES: Final = FOLDER / "static" / "outlines.json"
"""The outlines of counties and land that maps are drawn on, made beside the script."""

CACHE_BYTES = 64_000_000
MAKING: Final = 2
"""Pages made at a time: threads that compute take turns, and eight at once need twice the processor time for each page."""

NAVIGATION: Final = (("/datasets", "nav.datasets"), ("/organizations", "nav.organizations"), ("/themes", "nav.themes"),
                     ("/quality", "nav.quality"), ("/developers", "nav.developers"))
"""The places named at the head of every page: path, key of the text."""


class PageFrame(NamedTuple):
    """What stands above and below the content of a page, up to the link to the other language."""

    masthead: Markup
    colophon: Markup


@dataclass
class Site:
    """The state of one application: nothing of it is global.

    `built` is when it began to serve (UTC): code, texts and rules of this edition may show a record differently than before.
    """

    releases: Releases
    settings: Settings
    assets: Assets
    words: words.PageTexts
    vocabulary: Vocabulary
    prefixes: Mapping[str, str]
    version: str
    built: datetime
    templates: Mapping[str, Environment] = field(repr=False)
    pages: KeptPages = field(default_factory=lambda: KeptPages(CACHE_BYTES), repr=False)
    clock: Clock = UNIVERSAL
    queries: Callable[[], bool] = field(default=lambda: False, repr=False)
    editor: bytes = field(default=b"", repr=False)
    outlines: Outlines = field(default_factory=Outlines, repr=False)
    _making: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MAKING), repr=False)

    def __post_init__(self) -> None:
        self._frame = lru_cache(maxsize=256)(self._framed)

    def organizations(self) -> list[Organization]:
        """Return the organisations of the current release, read once."""
        return self.release.once(organizations.everyone)

    def kept(self, key: Hashable, make: Callable[[], Rendered]) -> Rendered:
        """Return the page under a key, made where it is not known, or is another than in the present release.

        The key has all that a page depends on besides the release: address, format, language, host, day. `make` waits for nobody:
        it has one of `MAKING` turns.
        """
        try:
            release: Release | None = self.release
        except WorkspaceError:
            release = None
        request.environ[KEPT] = g.get("edition")
        found = self.pages.get(key, release)
        if found is not None:
            return found
        with self._making:
            found = self.pages.get(key, release)  # another request may have made it meanwhile
            if found is not None:
                return found
            view = release.noting() if release else None
            g.release = view
            try:
                made = make()
            finally:
                g.release = release
            if made.status == HTTPStatus.OK:
                self.pages.put(key, made, view)
            return made

    @property
    def release(self) -> Release:
        """The current release, the same one for the whole of a request."""
        found: Release | None = g.get("release")
        if found is None:
            # Told before the release is opened: after a switch in between, the edition is a past one, and nothing is given again.
            g.edition = self.edition()
            found = g.release = self.releases.current()
        return found

    def edition(self) -> tuple[object, date]:
        """Return what tells cheaply whether the same release is served on the same day."""
        return self.releases.workspace.stamp(), self.clock.today()

    def place(self) -> RequestContext:
        """Return the context of the current request."""
        if "place" not in g:
            origin, root, host = mounted(self.settings, request.environ)
            requested = negotiation.requested_language(request.args.get("lang", "")) if request.query_string else None
            language = requested or negotiation.language(request.headers.get("Accept-Language"))
            base = self.base()
            # Its scheme and path do not count: a proxy need not pass them on.
            elsewhere = host.lower() != urlsplit(base).netloc.lower()
            g.place = RequestContext(root, origin, base, language, requested is not None, elsewhere)
        found: RequestContext = g.place
        return found

    def base(self) -> str:
        """Return the catalogue's IRI base: that of the release, else of the settings where nothing is published yet."""
        with suppress(WorkspaceError):
            return self.release.base
        return self.settings.catalog.base

    def name(self, language: str) -> str:
        """Return the catalogue's title: that of the release, else of the settings."""
        titles = {"zh-Hant": self.settings.catalog.title_zh, "en": self.settings.catalog.title_en}
        with suppress(WorkspaceError):
            titles |= {tag: text for tag, text in self.release.title.items() if text}
        return titles.get(language) or titles["zh-Hant"]

    def compile(self) -> None:
        """Compile every template that is not compiled yet."""
        for environment in self.templates.values():
            for name in environment.list_templates():
                environment.get_template(name)

    def render(self, template: str, where: RequestContext, **facts: Any) -> str:
        """Return a page in the language of `where`."""
        say = self.words.into(where.language)
        words_for = functions.Pages(where, self.vocabulary, self.words)
        facts.setdefault("path", request.path)
        facts.setdefault("gist", lambda iri: evidence.gist(self.vocabulary, self.release.quality(iri)))
        here = facts.get("menu", facts["path"])
        current = here if any(here == at for at, _ in NAVIGATION) else ""
        frame = self._frame(where.language, where.root, where.explicit, self.name(where.language), current, self.queries())
        return templating.rendered(self.templates[where.language].get_template(template), {
            "say": say, "place": where, "to": where.to, "lang": where.language, "site": self, "frame": frame,
            "show": display.Display(where.language, say, self.clock), **words_for.given(), **facts})

    def _framed(self, language: str, root: str, explicit: bool, name: str, path: str, queries: bool) -> PageFrame:
        """Return what stands around every page of a language below a mount path; `path` is one of `NAVIGATION`, or ""."""
        place = RequestContext(root, "", "", language, explicit)
        facts = {"say": self.words.into(language), "place": place, "to": place.to, "path": path, "name": name, "queries": queries,
                 "navigation": NAVIGATION, "checks": self.settings.serve.upload_workers > 0}
        above, below = (self.templates[language].get_template(f"{part}.html").render(facts) for part in ("masthead", "colophon"))
        return PageFrame(Markup(above), Markup(below))  # noqa: S704 - rendered by templates that escape


def script(path: Path | None) -> bytes:
    """Return the built script of the query page, b"" where there is none."""
    return path.read_bytes() if path and path.is_file() else b""


def build(releases: Releases, settings: Settings, assets: Assets, editor: bytes = b"", outlines: Outlines | None = None) -> Site:
    """Read words, templates and vocabularies once; raise `AssetError` where one is wrong. `editor` is the query page's script."""
    vocabulary, texts = Vocabulary.load(assets), words.load()
    clock = Clock.of(settings.catalog.timezone)
    outlines = outlines or Outlines()
    version = _version(vocabulary.digest, hashlib.sha256(editor).hexdigest(), outlines.digest)
    return Site(releases, settings, assets, texts, vocabulary, prefixes(assets), version,
                clock.now().astimezone(UTC).replace(microsecond=0), _templates(), clock=clock, editor=editor, outlines=outlines)


@cache
def _templates() -> dict[str, Environment]:
    """Return the templates by language, each read once in a process: nothing of a catalogue is in them."""
    texts = words.load()
    return {language: templating.environment(FOLDER / "templates", texts, language, FOLDER / "__pycache__")
            for language in negotiation.LANGUAGES}


def _version(*parts: str) -> str:
    """Return a short hash of code (including that of queries), templates, texts, style and vocabularies."""
    total = hashlib.sha256("\0".join((__version__, *parts)).encode())
    for path in sorted([*FOLDER.rglob("*"), *(FOLDER.parent / "cage").glob("*.py")]):
        if path.suffix in (".py", ".html", ".xml", ".toml", ".css", ".svg"):
            total.update(path.read_bytes())
    return total.hexdigest()[:12]
