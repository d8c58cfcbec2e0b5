"""Hostile connections, which no HTTP client makes: half-sent, too slow, too many, closed too early. Used by `hostile.py`."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import quote

Attack = Callable[[int], tuple[int, Counter[str], list[str]]]
"""Attacks a port; returns how many requests there were, their statuses, and a line for each answer that was wrong."""

ENDLESS = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} # {}"
LONG = "SELECT * {{ ?s ?p ?o VALUES ?x{} {{ 1 2 3 4 5 6 7 8 }} }} LIMIT 100000"


def head(method: str = "GET", path: str = "/", *lines: str) -> bytes:
    """Return the head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def query(text: str) -> str:
    """Return the address of a query."""
    return f"/sparql?query={quote(text)}"


async def exchange(port: int, parts: list[tuple[bytes, float]], source: str, patience: float = 30) -> str:
    """Send parts, each followed by a pause; return the status, or what became of the connection."""
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        for part, pause in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        line = await asyncio.wait_for(reader.readline(), patience)
        return line.split()[1].decode() if len(line.split()) > 1 else "closed"
    except TimeoutError:
        return "no answer"
    except (OSError, asyncio.IncompleteReadError) as problem:
        return type(problem).__name__
    finally:
        if writer is not None:
            writer.close()


def all_of(jobs: list[Awaitable[str]], right: set[str]) -> tuple[int, Counter[str], list[str]]:
    """Run jobs at once; what is not among the `right` statuses is wrong."""

    async def run() -> list[str]:
        return await asyncio.gather(*jobs)

    statuses = Counter(asyncio.run(run()))
    return len(jobs), statuses, [f"{count} times {status}" for status, count in statuses.items() if status not in right]


def half_bodies(port: int) -> tuple[int, Counter[str], list[str]]:
    """Say a body of 10,000 bytes and send 100, from one address."""
    start = head("POST", "/sparql", "Content-Type: application/sparql-query", "Content-Length: 10000") + b"x" * 100
    return all_of([exchange(port, [(start, 0)], "127.0.1.1") for _ in range(200)], {"408", "503", "closed"})


def dripped_bodies(port: int) -> tuple[int, Counter[str], list[str]]:
    """Send a body a byte a second."""
    start = head("POST", "/sparql", "Content-Type: application/sparql-query", "Content-Length: 1000")
    parts = [(start, 0.0), *[(b"x", 1.0)] * 20]
    return all_of([exchange(port, parts, "127.0.1.1") for _ in range(100)],
                  {"408", "503", "closed", "ConnectionResetError", "BrokenPipeError"})


def half_heads(port: int) -> tuple[int, Counter[str], list[str]]:
    """Begin a head and never end it."""
    return all_of([exchange(port, [(b"GET / HTTP/1.1\r\nHost: a\r\nX-", 0)], "127.0.1.1") for _ in range(500)],
                  {"408", "closed", "400", "ConnectionResetError"})


def many_headers(port: int) -> tuple[int, Counter[str], list[str]]:
    """Send thousands of headers, and one of a megabyte."""
    flood = head("GET", "/", *[f"X-{number}: {number}" for number in range(5_000)])
    long = head("GET", "/", "X-Long: " + "x" * 1_000_000)
    return all_of([exchange(port, [(one, 0)], "127.0.1.1") for one in (flood, long) * 20],
                  {"400", "431", "closed", "ConnectionResetError", "BrokenPipeError"})


def aborts(port: int) -> tuple[int, Counter[str], list[str]]:
    """Ask long queries and go away at once; afterwards the heavy place is free for another."""

    async def go(number: int) -> str:
        _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.1.1", 0))
        writer.write(head("GET", query(ENDLESS.format(number))))
        await writer.drain()
        await asyncio.sleep(0.6)
        writer.close()
        return "gone"

    done = all_of([go(number) for number in range(60)], {"gone"})
    began = time.perf_counter()
    long = "SELECT (COUNT(*) AS ?n) { { SELECT * { ?a a ?b . ?d ?e ?f } LIMIT 3000000 } }"
    after = asyncio.run(exchange(port, [(head("GET", query(long)), 0)], "127.0.3.1"))
    took = time.perf_counter() - began
    wrong = [] if after in ("200", "504", "422") else [f"the next long query was answered {after} after {took:.1f} s"]
    return done[0] + 1, done[1] + Counter({after: 1}), done[2] + wrong


def slow_readers(port: int) -> tuple[int, Counter[str], list[str]]:
    """Ask for long answers and take a kilobyte a second."""

    async def read(number: int) -> str:
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        taken.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(taken, ("127.0.0.1", port))
            await loop.sock_sendall(taken, head("GET", query(LONG.format(number))))
            first = await asyncio.wait_for(loop.sock_recv(taken, 12), 60)
            for _ in range(8):
                await asyncio.sleep(1)
                await asyncio.wait_for(loop.sock_recv(taken, 1_024), 10)
            return first[9:12].decode()
        except (OSError, TimeoutError) as problem:
            return type(problem).__name__
        finally:
            taken.close()

    return all_of([read(number) for number in range(80)], {"200", "503", "422", "504", "ConnectionResetError"})


def idle(port: int) -> tuple[int, Counter[str], list[str]]:
    """Open thousands of connections and say nothing for ten seconds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    number = min(hard, 8_192) - 500 if min(hard, 8_192) < 3_500 else 3_000

    async def wait(_: int) -> str:
        _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.1.1", 0))
        await asyncio.sleep(10)
        writer.close()
        return "open"

    try:
        return all_of([wait(one) for one in range(number)], {"open"})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def forty_addresses(port: int) -> tuple[int, Counter[str], list[str]]:
    """Ask long queries from forty addresses of a network at once; a newcomer of another is answered all the while."""

    async def run() -> list[str]:
        crowd = []
        for place in range(120):
            long = head("GET", query(ENDLESS.format(place)))
            crowd.append(asyncio.create_task(exchange(port, [(long, 0)], f"127.0.4.{place % 40 + 1}", 90)))
        await asyncio.sleep(1)
        newcomers = []
        for number in range(20):
            text = f"ASK {{ ?s ?p 'new {number}' }}"
            newcomers.append("newcomer " + await exchange(port, [(head("GET", query(text)), 0)], f"127.0.5.{number + 1}"))
            await asyncio.sleep(0.1)
        return [*newcomers, *await asyncio.gather(*crowd)]

    statuses = Counter(asyncio.run(run()))
    right = {"503", "504", "newcomer 200"}
    return statuses.total(), statuses, [f"{count} times {status}" for status, count in statuses.items() if status not in right]


def pipelined(port: int) -> tuple[int, Counter[str], list[str]]:
    """Send a hundred requests on each connection before reading any answer."""
    one = head("GET", query("ASK { ?s ?p ?o }"))
    return all_of([exchange(port, [(one * 100, 0)], "127.0.1.1") for _ in range(50)], {"200", "503"})


def smuggled(port: int) -> tuple[int, Counter[str], list[str]]:
    """Say two lengths, or a length and chunks; send chunks without end."""
    kind = "Content-Type: application/sparql-query"
    both = head("POST", "/sparql", kind, "Content-Length: 6", "Transfer-Encoding: chunked")
    twice = head("POST", "/sparql", kind, "Content-Length: 6", "Content-Length: 60")
    endless = head("POST", "/sparql", kind, "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    jobs = [exchange(port, [(both + b"6\r\nASK {}\r\n0\r\n\r\n", 0)], "127.0.1.1"),
            exchange(port, [(twice + b"ASK {}", 0)], "127.0.1.1"),
            *(exchange(port, [(endless, 0.0), *[(chunk, 0.0)] * 100], "127.0.1.1") for _ in range(20))]
    return all_of(jobs, {"200", "400", "413", "503", "closed", "ConnectionResetError", "BrokenPipeError"})


ATTACKS: dict[str, Attack] = {
    "half-sent bodies": half_bodies, "dripped bodies": dripped_bodies, "half-sent heads": half_heads,
    "floods of headers": many_headers, "clients that go away": aborts, "slow readers": slow_readers, "idle connections": idle,
    "forty addresses": forty_addresses, "pipelined requests": pipelined, "lengths and chunks": smuggled,
}
