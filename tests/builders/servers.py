"""The server as it is run: a process of its own, asked over loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

RUN = """
import sys
from pathlib import Path
from odlinked.settings import CatalogSettings, ServeSettings, Settings
from odlinked.web import server
where = server.address("127.0.0.1", 0)
print(where.url, flush=True)
serve = eval(f"ServeSettings({sys.argv[2]})")
server.run(Settings(catalog=CatalogSettings(base="https://data.example.tw"), serve=serve), Path(sys.argv[1]), where)
print("ended", flush=True)
"""


class Running:
    """A served workspace."""

    def __init__(self, workspace: Path, settings: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(workspace), settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        self._said: list[str] = []
        # Read to the end: a server whose log nobody reads stands still once the pipe is full, after some 1,000 requests.
        self._reading = threading.Thread(target=self._said.extend, args=(self.process.stdout,), daemon=True)
        self._reading.start()
        for _ in range(3_000):  # a busy machine takes long to start it
            try:
                self.get("/health")
                break
            except urllib.error.HTTPError:
                break  # it answers, though nothing is published
            except OSError:
                time.sleep(0.1)

    def get(self, path: str, **headers: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=60) as answer:
            return bytes(answer.read())

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal as a terminal does (to the whole group) and return exit status and output."""
        os.killpg(self.process.pid, number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Wait until it has ended; return exit status and output."""
        status = self.process.wait(120)
        self._reading.join(120)
        return status, "".join(self._said)

    def kill(self) -> None:
        """End it where a test has not."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
