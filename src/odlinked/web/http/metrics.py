"""`/metrics`: how many answers of which status, how long they took, and what waits, in the Prometheus text format.

Routes are named by their pattern, never by an address or a client. The page is for the networks of `serve.metrics` alone.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from functools import partial

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

from odlinked.web.http.replay import COUNTED

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
"""Upper bounds of the histogram of durations, in seconds."""


Counted = Callable[[int, float], object]
"""Counts an answer to a GET: its status, and the seconds until its first byte."""


def install(app: Flask, networks: tuple[str, ...], version: str,
            gauges: Mapping[str, tuple[str, Callable[[], float]]]) -> Callable[[str], Counted] | None:
    """Count every answer and show the counts to clients of `networks`; without any, nothing is counted.

    `gauges` are further values by name: what each is, and the function that gives it. Return what counts the answers of a route
    that are given without the application, None where nothing is counted.
    """
    if not networks:
        return None
    allowed = [ipaddress.ip_network(network) for network in networks]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    Info("odlinked", "The service", registry=registry).info({"version": version})
    answers = Counter("odlinked_answers", "Answers by route, method and status", ("route", "method", "status"), registry=registry)
    seconds = Histogram("odlinked_answer_seconds", "Time until an answer's first byte", ("route",), buckets=BUCKETS,
                        registry=registry)
    for name, (what, value) in gauges.items():
        Gauge(f"odlinked_{name}", what, registry=registry).set_function(value)

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        answers.labels(route, request.method if request.method in _METHODS else "other", response.status_code).inc()
        if "started" in g:
            seconds.labels(route).observe(time.perf_counter() - g.started)
        request.environ[COUNTED] = partial(more, route, response.status_code, 0.0)
        return response

    def more(route: str, status: int, took: float) -> None:
        answers.labels(route, "GET", status).inc()
        seconds.labels(route).observe(took)

    @app.get("/metrics", endpoint="prometheus")
    def shown() -> Response:
        peer = ipaddress.ip_address((request.remote_addr or "0.0.0.0").partition("%")[0])  # noqa: S104 - an address of nobody
        if not any(peer in network for network in allowed if network.version == peer.version):
            return Response("only the networks of serve.metrics may read this\n", 403, mimetype="text/plain")
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    return lambda route: partial(more, route)


_METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"))
"""Methods counted by name: a client may send any word."""
