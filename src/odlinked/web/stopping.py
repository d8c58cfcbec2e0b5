"""How a service ends: what SIGINT and SIGTERM do from its first moment on."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any


class Stopping:
    """What SIGINT and SIGTERM do from the moment a service begins: they are noted, and its server stops when it is there.

    A KeyboardInterrupt may come where Python ignores it, as in the middle of an import. Granian's own handler sets an event whose
    lock the interrupted thread may hold, and the server may clear the event without having seen the signal: so another thread,
    which runs from the beginning, sets it again and again until `ended`. The handler itself takes no lock of the main thread's.
    """

    def __init__(self) -> None:
        self.server: Any = None
        self.asked = threading.Event()
        self.ended = False
        self._before = {number: signal.signal(number, self.interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        threading.Thread(target=self._wake, name="odlinked-stop", daemon=True).start()

    def interrupt(self, *_: object) -> None:
        """Handle a signal."""
        self.asked.set()

    def end(self) -> None:
        """Give the signals back to who had them."""
        self.ended = True
        self.asked.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _wake(self) -> None:
        self.asked.wait()
        while not self.ended:
            if self.server is not None:
                self.server.interrupt_signal = True
                self.server.main_loop_interrupt.set()
            time.sleep(0.1)
