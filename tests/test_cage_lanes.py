"""The cage under attack: what breaks, hangs or bursts is contained, and others are answered meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from odlinked.cage import tokenizer
from odlinked.cage.failures import (
    Busy,
    Crashed,
    Gone,
    Malformed,
    OutOfMemory,
    QueryFailure,
    ResultTooLarge,
    TimedOut,
    Unanswerable,
)
from odlinked.cage.jobs import QueryJob, StoreView
from odlinked.cage.lanes import Lanes
from odlinked.cage.limits import LATER
from odlinked.cage.process import Limits, Worker
from odlinked.cage.turns import HALF_LIFE, Caller, Turns, Use
from odlinked.cage.worker import Request
from odlinked.settings import ServeSettings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's limits are those of Linux")

XSD = "http://www.w3.org/2001/XMLSchema#"
SETTINGS = ServeSettings(query_seconds=2, query_memory_mb=256, query_result_mb=4, light_workers=2, heavy_workers=1)
PRODUCT = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
FLOOD = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
SMALL = "ASK { ?s ?p 7 }"


def quads() -> Iterator[ox.Quad]:
    for number in range(3_000):
        node = ox.NamedNode(f"http://example.org/dataset/{number}")
        yield ox.Quad(node, ox.NamedNode("http://purl.org/dc/terms/title"), ox.Literal(f"資料集 {number}", language="zh-Hant"))
        size = ox.Literal(str(number), datatype=ox.NamedNode(XSD + "nonNegativeInteger"))
        yield ox.Quad(node, ox.NamedNode("http://www.w3.org/ns/dcat#byteSize"), size)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cage") / "store"
    one = ox.Store(str(path))
    one.bulk_extend(quads())
    one.flush()
    return path


@pytest.fixture
def view(store: Path) -> StoreView:
    return StoreView(store, "first", lambda: {f'"7"^^<{XSD}integer>': f'"7"^^<{XSD}nonNegativeInteger>'})


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    one = Lanes(SETTINGS)
    yield one
    one.close()


@pytest.fixture
def patient() -> Iterator[Lanes]:
    """Lanes in which a query may take two minutes: on a busy machine an honest one takes many times as long."""
    one = Lanes(replace(SETTINGS, query_seconds=120))
    yield one
    one.close()


def ask(lanes: Lanes, view: StoreView, text: str, client: str = "", form: str = "json") -> bytes:
    return lanes.ask(view, QueryJob(text, tokenizer.inspect(text), "http://example.org/sparql", form), Caller("", client)).read()


def uninspected(text: str) -> Request:
    """Return a request that went round the tokenizer: the second wall must hold alone."""
    return Request(text, "http://example.org/sparql", None, None, "json", "ttl", (), False, ())


@pytest.fixture
def worker(store: Path) -> Iterator[Worker]:
    one = Worker(store, None, Limits(120, 256 << 20, 4 << 20))
    one.wait_ready()
    yield one
    one.end()


def test_it_answers(lanes: Lanes, view: StoreView) -> None:
    assert json.loads(ask(lanes, view, SMALL))["boolean"] is True
    found = json.loads(ask(lanes, view, "SELECT ?o ?n { ?s ?p ?o FILTER(?o = 7) BIND(?o AS ?n) }"))["results"]["bindings"][0]
    assert found["o"]["datatype"] == XSD + "nonNegativeInteger"
    assert found["n"]["datatype"] == XSD + "integer"


def test_a_light_query_is_quick(lanes: Lanes, view: StoreView, store: Path) -> None:
    """It takes a small part of what starting a worker takes, in the same moments: both are slower on a busy machine."""
    ask(lanes, view, SMALL)
    times, starts = [], []
    for number in range(200):
        started = time.perf_counter()
        ask(lanes, view, SMALL)
        times.append(time.perf_counter() - started)
        if number % 40 == 0:
            started = time.perf_counter()
            another = Worker(store, None, Limits(2, 256 << 20, 4 << 20))
            another.wait_ready()
            starts.append(time.perf_counter() - started)
            another.end()
    assert statistics.median(times) < statistics.median(starts) / 10


def test_the_worker_can_open_nothing(worker: Worker) -> None:
    """SERVICE, let through on purpose, reaches no socket that listens on loopback."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        port = listener.getsockname()[1]
        worker.send(uninspected(f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"))
        with pytest.raises(QueryFailure):
            worker.receive()
        with pytest.raises(TimeoutError):
            listener.accept()


def test_the_worker_has_its_limits(worker: Worker) -> None:
    text = Path(f"/proc/{worker.process.pid}/limits").read_text()
    limits = {line[:26].strip(): line[26:].split()[:2] for line in text.splitlines()[1:]}
    assert limits["Max open files"] == ["0", "0"]
    assert limits["Max core file size"] == ["0", "0"]
    assert int(limits["Max file size"][1]) < 5 << 20
    assert int(limits["Max address space"][1]) < 3 << 30
    assert set(worker.limits_held.split()) == {"files", "processor", "memory"}


def test_the_worker_loads_next_to_nothing(worker: Worker) -> None:
    """Nothing of odlinked but the cage, and no site packages but the engine."""
    maps = Path(f"/proc/{worker.process.pid}/maps").read_text()
    libraries = {Path(line.split()[-1]).name for line in maps.splitlines() if "site-packages" in line}
    assert {name for name in libraries if not name.startswith("pyoxigraph")} == set()


def test_one_that_steps_back_does_so_with_every_thread_and_as_a_session(worker: Worker) -> None:
    """Priorities are those of threads; where sessions get the processor in turn, a session has one, too."""
    worker.step_back()
    threads = [int(thread) for thread in os.listdir(f"/proc/{worker.process.pid}/task")]
    assert len(threads) > 1
    assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {LATER}
    session = Path(f"/proc/{worker.process.pid}/autogroup")
    if os.geteuid() == 0 and session.exists():  # others may set one in a tenth of a second
        assert session.read_text().split()[1:] in ([], ["nice", str(LATER)])


def test_a_query_that_kills_the_engine_kills_only_its_worker(worker: Worker, store: Path) -> None:
    worker.send(uninspected("ASK " + "{" * 100_000 + "}" * 100_000))
    with pytest.raises(Crashed):
        worker.receive()
    assert worker.ended
    other = Worker(store, None, Limits(2, 256 << 20, 4 << 20))
    other.send(uninspected(SMALL))
    assert b"true" in other.receive().read()
    other.end()


@pytest.mark.parametrize(("deep", "most"), [
    (lambda n: "ASK " + "{" * n + "}" * n, tokenizer.MAX_NESTING),
    (lambda n: "ASK { FILTER(" + "STR(" * n + "'a'" + ")" * n + ") }", tokenizer.MAX_NESTING - 2),
    (lambda n: "ASK { " + "FILTER EXISTS {" * n + "}" * n + "}", tokenizer.MAX_NESTING - 1),
    (lambda n: "ASK { " + "".join(f"BIND(1 AS ?y{i}) " for i in range(n)) + "}", tokenizer.MAX_OPERATORS // 2),
    (lambda n: "ASK { " + "OPTIONAL { ?s ?p ?o } " * n + "}", tokenizer.MAX_OPERATORS),
    (lambda n: "ASK { " + "MINUS { ?s ?p ?o } " * n + "}", tokenizer.MAX_OPERATORS),
    (lambda n: "ASK { FILTER(" + "!" * n + "true) }", tokenizer.MAX_OPERATORS - 1),
    (lambda n: "ASK { FILTER(" + "1+" * n + "1) }", tokenizer.MAX_OPERATORS - 1),
])
def test_what_the_tokenizer_lets_through_does_not_kill_the_engine(
    deep: Callable[[int], str], most: int, lanes: Lanes, view: StoreView,
) -> None:
    with contextlib.suppress(TimedOut, OutOfMemory, Busy):
        ask(lanes, view, deep(most))


def test_a_product_with_order_is_stopped_by_memory_or_time(lanes: Lanes, view: StoreView) -> None:
    with pytest.raises((OutOfMemory, TimedOut)):
        ask(lanes, view, PRODUCT)
    assert b"true" in ask(lanes, view, SMALL)


def test_a_memory_bomb_is_told_as_one(worker: Worker) -> None:
    text = "SELECT (GROUP_CONCAT(?x) AS ?y) { ?a ?b ?c . ?d ?e ?f BIND(REPLACE(STR(?a), 'e', '" + "e" * 5_000 + "') AS ?x) }"
    worker.send(uninspected(text))
    assert worker.wait(120)
    with pytest.raises(OutOfMemory, match="256 MB"):
        worker.receive()


def test_an_endless_query_is_stopped_by_time(lanes: Lanes, view: StoreView) -> None:
    started = time.monotonic()
    with pytest.raises(TimedOut, match="2 s"):
        ask(lanes, view, ENDLESS)
    assert time.monotonic() - started > 1.5


def test_a_result_over_the_cap_is_an_error_and_never_cut(patient: Lanes, view: StoreView) -> None:
    for form in ("json", "xml", "csv", "tsv"):
        with pytest.raises(ResultTooLarge, match="4 MB"):
            ask(patient, view, FLOOD, form=form)
    with pytest.raises(ResultTooLarge):
        ask(patient, view, "CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f }")


def test_a_result_near_the_cap_is_whole(patient: Lanes, view: StoreView) -> None:
    rows = ask(patient, view, "SELECT ?s ?o { ?s ?p ?o } LIMIT 6000", form="csv").split(b"\r\n")
    assert len(rows) == 6_002
    assert patient.spooled == 0, "the spool file of a read answer is closed"


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", "a{1000}{1000}"])
def test_regular_expression_bombs(pattern: str, lanes: Lanes, view: StoreView) -> None:
    """They end by themselves or at the limit of two seconds; left alone, a bomb takes hours."""
    text = f"ASK {{ ?s ?p ?o FILTER(REGEX(CONCAT('{'a' * 5_000}', STR(?o)), '{pattern}')) }}"
    started = time.monotonic()
    with contextlib.suppress(TimedOut, Unanswerable, Busy):
        ask(lanes, view, text)
    assert time.monotonic() - started < 60


def test_faults_of_the_query_are_told_and_leave_the_worker(lanes: Lanes, view: StoreView) -> None:
    for text, fault in (("SELECT * { ", Malformed), ("ASK { FILTER(<http://example.org/f>(1)) }", Unanswerable)):
        with pytest.raises(fault):
            ask(lanes, view, text)
    with pytest.raises(Malformed, match="absolute"):
        lanes.ask(view, QueryJob(SMALL, tokenizer.inspect(SMALL), "", "json", default_graphs=("no iri",)))


def test_a_worker_killed_from_outside_is_replaced(lanes: Lanes, view: StoreView) -> None:
    ask(lanes, view, SMALL)
    current = lanes.current
    assert current is not None
    for worker in list(current.idle):
        os.kill(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
    assert b"true" in ask(lanes, view, SMALL)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lanes]:
    """Lanes in which a query may take a second, and wait for its turn as long as a busy machine makes it."""
    monkeypatch.setattr("odlinked.cage.lanes.WAIT_SECONDS", 60.0)
    monkeypatch.setattr("odlinked.cage.lanes.HEAVY_WAIT", 60.0)
    one = Lanes(replace(SETTINGS, query_seconds=1))
    yield one
    one.close()


def many(lanes: Lanes, view: StoreView, queries: list[tuple[str, str]]) -> list[QueryFailure | None]:
    """Ask (client, query) all at once and return how each went, None for an answer."""
    outcomes: dict[int, QueryFailure | None] = {}

    def one(number: int, client: str, text: str) -> None:
        try:
            ask(lanes, view, text, client)
            outcomes[number] = None
        except QueryFailure as fault:
            outcomes[number] = fault

    threads = [threading.Thread(target=one, args=(number, *query)) for number, query in enumerate(queries)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[number] for number in range(len(queries))]


def test_long_queries_of_several_clients_wait_for_their_turn(brief: Lanes, view: StoreView) -> None:
    outcomes = many(brief, view, [(f"client {n}", ENDLESS.replace("?n", f"?n{n}")) for n in range(3)])
    assert [type(fault) for fault in outcomes] == [TimedOut] * 3, "each ran to its limit in the one heavy place"


def test_long_queries_of_one_client_beyond_its_share_are_told_when_to_come_back(patient: Lanes, view: StoreView) -> None:
    """One runs, two wait, and the next is sent away."""
    callers = [Caller("", "one") for _ in range(3)]

    def endless(number: int) -> None:
        text = ENDLESS.replace("?n", f"?n{number}")
        with pytest.raises(Gone):
            patient.ask(view, QueryJob(text, tokenizer.inspect(text), "", "json"), callers[number])

    threads = [threading.Thread(target=endless, args=(number,)) for number in range(3)]
    for place, thread in enumerate(threads):
        thread.start()
        while patient.heavy.free or patient.heavy.waiting < place:
            time.sleep(0.01)
    with pytest.raises(Busy) as told:
        ask(patient, view, ENDLESS.replace("?n", "?next"), "one")
    assert told.value.retry_after >= 2
    for caller in callers:
        caller.leave()
    ended(threads)


LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?b ?f FILTER(STRLEN(STR(?a)) > 40 || ?c = 7) }"
"""Takes some tenths of a second up to a second where nothing else is at work: over the light lane's limit."""


def test_an_honest_long_query_gets_its_turn_among_endless_ones(patient: Lanes, view: StoreView) -> None:
    """It is known to be long, as it was once. One of an attacker's runs and one waits: the honest one is next, then the other."""
    honest = "SELECT (COUNT(*) AS ?n) { ?a <http://purl.org/dc/terms/title> ?c }"
    patient.remember(view, QueryJob(honest, tokenizer.inspect(honest), "", "json"))
    callers, answers = [Caller("", "attacker"), Caller("", "attacker")], list[bytes]()

    def endless(number: int) -> None:
        text = ENDLESS.replace("?n", f"?n{number}")
        with contextlib.suppress(Gone):
            patient.ask(view, QueryJob(text, tokenizer.inspect(text), "", "json"), callers[number])

    threads = [threading.Thread(target=endless, args=(number,)) for number in range(2)]
    threads.append(threading.Thread(target=lambda: answers.append(ask(patient, view, honest, "honest"))))
    for place, thread in enumerate(threads):
        thread.start()
        while patient.heavy.free or patient.heavy.waiting < place:
            time.sleep(0.01)
    callers[0].leave()
    threads[2].join(100)
    assert [b"3000" in answer for answer in answers] == [True], "the attacker's second would have taken two minutes"
    callers[1].leave()
    ended(threads)


def test_another_comment_does_not_make_a_long_query_light(view: StoreView) -> None:
    texts = (ENDLESS, ENDLESS + "\n# other", ENDLESS.replace(" ?b", "\t?b"))
    runs = [QueryJob(text, tokenizer.inspect(text), "", "json") for text in texts]
    assert len({job.kind(view) for job in runs}) == 1
    assert len({job.key(view) for job in runs}) == 3
    other = ENDLESS.replace("?n", "?m")
    assert QueryJob(other, tokenizer.inspect(other), "", "json").kind(view) != runs[0].kind(view)


def test_a_query_that_gets_no_processor_is_not_taken_for_a_long_one(view: StoreView) -> None:
    lanes = Lanes(replace(SETTINGS, query_seconds=20, light_workers=1))
    try:
        ask(lanes, view, SMALL)
        assert lanes.current
        while len(lanes.current.idle) < 2:  # the spare is started beside the first
            time.sleep(0.01)
        held = lanes.current.idle[-1].process.pid  # the one that is taken next
        os.kill(held, signal.SIGSTOP)
        while Path(f"/proc/{held}/stat").read_text().rpartition(")")[2].split()[0] != "T":  # a busy machine stops it later
            time.sleep(0.001)
        threading.Timer(0.6, os.kill, (held, signal.SIGCONT)).start()
        began = time.monotonic()
        assert b"true" in ask(lanes, view, SMALL)
        assert time.monotonic() - began > 0.3, "its worker stood still"
        busy = threading.Thread(target=many, args=(lanes, view, [("another", ENDLESS)]), daemon=True)
        busy.start()
        time.sleep(1)
        assert b"true" in ask(lanes, view, SMALL)
        assert busy.is_alive(), "the long query still holds the heavy lane: the other did not wait for it"
    finally:
        lanes.close()


@pytest.mark.parametrize("waiting", [False, True])
def test_a_client_that_leaves_frees_its_place(waiting: bool, patient: Lanes, view: StoreView) -> None:
    callers = [Caller("", "a"), Caller("", "b")] if waiting else [Caller("", "a")]
    outcomes: dict[str, QueryFailure] = {}

    def slow(caller: Caller) -> None:
        text = ENDLESS.replace("?n", f"?{caller.address}")
        with pytest.raises(QueryFailure) as fault:
            patient.ask(view, QueryJob(text, tokenizer.inspect(text), "http://example.org/sparql", "json"), caller)
        outcomes[caller.address] = fault.value

    threads = [threading.Thread(target=slow, args=(caller,)) for caller in callers]
    for place, thread in enumerate(threads):
        thread.start()
        while patient.heavy.free or patient.heavy.waiting < place:  # each is in the heavy lane, or waits for it
            time.sleep(0.01)
    callers[-1].leave()
    threads[-1].join(60)
    assert type(outcomes[callers[-1].address]) is Gone
    assert len(outcomes) == 1, "it did not wait for its limit, nor for the other's"
    callers[0].leave()
    for thread in threads:
        thread.join()
    assert b"true" in ask(patient, view, SMALL)


def test_running_queries_finish_on_the_old_store(tmp_path: Path, patient: Lanes, view: StoreView) -> None:
    new = ox.Store(str(tmp_path / "new"))
    new.add(ox.Quad(ox.NamedNode("http://example.org/new"), ox.NamedNode("http://example.org/p"), ox.Literal("new")))
    new.flush()
    del new
    later = StoreView(tmp_path / "new", "second")
    slow: list[Any] = []
    thread = threading.Thread(target=lambda: slow.append(json.loads(ask(patient, view, LONG))))
    thread.start()
    while patient.light.free == SETTINGS.light_workers and patient.heavy.free and thread.is_alive():
        time.sleep(0.001)  # until it is at work
    assert json.loads(ask(patient, later, "SELECT ?o { ?s ?p ?o }"))["results"]["bindings"][0]["o"]["value"] == "new"
    thread.join()
    assert int(slow[0]["results"]["bindings"][0]["n"]["value"]) == 3_000
    assert json.loads(ask(patient, later, SMALL))["boolean"] is False


def test_a_store_that_cannot_be_opened_is_told(lanes: Lanes, tmp_path: Path) -> None:
    with pytest.raises(Crashed, match="could not be opened"):
        ask(lanes, StoreView(tmp_path / "nothing here", "x"), SMALL)
    assert lanes.light.free == SETTINGS.light_workers


def waiters(turns: Turns, callers: list[Caller]) -> tuple[list[str], list[threading.Thread]]:
    """Have callers wait for a place one after another; return the addresses in the order of their turns, as it fills."""
    order: list[str] = []

    def wait(caller: Caller) -> None:
        with contextlib.suppress(Busy, Gone):
            turns.take(caller, 60)
            order.append(caller.address)
            turns.give(caller, 0.2)

    threads = [threading.Thread(target=wait, args=(caller,)) for caller in callers]
    for settled, thread in enumerate(threads, 1):
        thread.start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and turns.waiting + sum(
                not one.is_alive() for one in threads[:settled]) < settled:
            time.sleep(0.001)
    return order, threads


def ended(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


def test_clients_take_turns() -> None:
    turns, greedy = Turns(1, a_client=20, all_clients=40), Caller("", "greedy")
    turns.take(greedy, 1)
    order, threads = waiters(turns, [greedy] * 10 + [Caller("", "modest")])
    turns.give(greedy, 0.2)
    ended(threads)
    assert order[0] == "modest"
    assert turns.waiting == 0


def test_networks_take_turns_before_addresses() -> None:
    turns = Turns(1, a_client=20, all_clients=40)
    many = [Caller("wide", f"wide {number}") for number in range(10)]
    turns.take(many[0], 1)
    order, threads = waiters(turns, [*many[1:], Caller("narrow", "narrow 1")])
    turns.give(many[0], 0.2)
    ended(threads)
    assert order[0] == "narrow 1"
    assert len(order) == 10


def test_who_comes_new_finds_room_among_forty_who_ask_all_the_time() -> None:
    turns = Turns(1, a_client=8, all_clients=24)
    crowd = [Caller(f"network {number}", f"address {number}") for number in range(40)]
    for caller in crowd:
        turns.take(caller, 1)
        turns.give(caller, 0.25)
    turns.take(crowd[0], 1)
    order, threads = waiters(turns, [*crowd[1:], Caller("new network", "new")])
    assert turns.waiting == 24
    turns.give(crowd[0], 0.25)
    ended(threads)
    assert order[0] == "new"
    assert len(order) == 24


def test_use_is_forgotten_by_halves() -> None:
    use = Use()
    use.add("a", 8.0, 0.0)
    assert (use.of("a", 0.0), use.of("a", HALF_LIFE), use.of("a", 3 * HALF_LIFE), use.of("b", 0.0)) == (8.0, 4.0, 1.0, 0.0)


def test_waiting_is_bounded() -> None:
    turns, one = Turns(1, a_client=2, all_clients=3), Caller("", "a")
    turns.take(one, 0)
    with pytest.raises(Busy, match="in time"):
        turns.take(one, 0.3)
    waiting = [Caller("", "a") for _ in range(2)]

    def wait(caller: Caller) -> None:
        with pytest.raises(Gone):
            turns.take(caller, 60)

    threads = [threading.Thread(target=wait, args=(caller,)) for caller in waiting]
    for thread in threads:
        thread.start()
    while turns.waiting < 2:
        time.sleep(0.001)
    with pytest.raises(Busy, match="too many"):
        turns.take(one, 5)
    for caller in waiting:
        caller.leave()
    ended(threads)
    turns.give(one, 0)
    turns.take(Caller("", "b"), 0)


def test_a_place_given_to_a_client_that_left_goes_to_the_next() -> None:
    turns, holder, gone, other = Turns(1), Caller("", "a"), Caller("", "b"), Caller("", "c")
    turns.take(holder, 0)
    order, threads = waiters(turns, [gone, other])
    gone.leave()
    turns.give(holder, 0)
    ended(threads)
    assert order == ["c"]
    turns.take(holder, 0)


def test_workers_end_with_the_server(store: Path) -> None:
    """A server that is killed leaves no worker behind, not even one that is busy."""
    code = (
        "import sys, threading, time; from pathlib import Path\n"
        "from odlinked.cage import tokenizer; from odlinked.cage.lanes import *; from odlinked.cage.jobs import *\n"
        "from odlinked.settings import ServeSettings\n"
        f"view = StoreView(Path({str(store)!r}), 'x'); lanes = Lanes(ServeSettings(query_seconds=2))\n"
        f"job = QueryJob({ENDLESS!r}, tokenizer.inspect({ENDLESS!r}), '', 'json')\n"
        "threading.Thread(target=lanes.ask, args=(view, job), daemon=True).start(); time.sleep(1)\n"
        "print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        children = [int(child) for task in Path(f"/proc/{server.pid}/task").iterdir()
                    for child in (task / "children").read_text().split()]
        assert len(children) >= 2
        server.kill()
    deadline = time.monotonic() + 60
    while any(_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(_alive(child) for child in children)


@pytest.mark.parametrize("ready", [False, True])
def test_a_worker_ends_when_nobody_is_left_to_answer(store: Path, ready: bool) -> None:
    worker = Worker(store, None, Limits(2, 256 << 20, 4 << 20))
    if ready:
        worker.send(uninspected(SMALL))
    process = worker.process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) == 0
    worker.end()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_a_thousand_slow_queries_at_once_leave_others_their_answer(lanes: Lanes, view: StoreView) -> None:
    """1,000 threads of one client, each with a query of its own; another client's ASK is answered throughout, each long before
    the others are done."""
    counts: dict[str, int] = {}
    lock = threading.Lock()

    def slow(number: int) -> None:
        try:
            ask(lanes, view, ENDLESS.replace("?n", f"?n{number}"), "greedy")
            kind = "answered"
        except QueryFailure as fault:
            kind = fault.code
        with lock:
            counts[kind] = counts.get(kind, 0) + 1

    threads = [threading.Thread(target=slow, args=(number,)) for number in range(1_000)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    times = []
    while any(thread.is_alive() for thread in threads):
        started = time.monotonic()
        assert b"true" in ask(lanes, view, SMALL, "modest")
        times.append(time.monotonic() - started)
        time.sleep(0.02)
    assert sum(counts.values()) == 1_000
    assert set(counts) <= {"busy", "time-limit"}
    assert times
    assert max(times) < (time.monotonic() - begun) / 2
