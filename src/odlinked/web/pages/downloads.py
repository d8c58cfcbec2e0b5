"""Answers as long as the catalogue: sent piece by piece, only so many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from wsgiref.handlers import format_date_time

from flask import Response, request

from odlinked.catalog.served.release import Release
from odlinked.web.http.gate import ClientLimiter
from odlinked.web.site.problems import Problem
from odlinked.web.site.resources import is_known


def answer(release: Release, gate: ClientLimiter, etag: str, media_type: str, pieces: Callable[[], Iterable[bytes]],
           headers: Mapping[str, str], own: Mapping[str, str]) -> Response:
    """Answer a GET or HEAD with what `pieces` makes of a release; `own` headers are those a 304 does not have.

    Raise `Problem` (503) where too many download already.
    """
    sent = {"ETag": etag, "Last-Modified": format_date_time(release.created.timestamp()), "Cache-Control": "no-cache", **headers}
    if is_known(etag):
        return Response(status=304, headers=sent)
    sent |= own
    if request.method == "HEAD":
        return Response(headers=sent, mimetype=media_type)
    client = request.remote_addr or ""
    if not gate.enter(client):
        raise Problem(503, "busy", retry_after=60)
    response = Response(pieces(), headers=sent, mimetype=media_type)
    response.call_on_close(lambda: gate.leave(client))
    return response
