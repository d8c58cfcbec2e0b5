"""The process that looks at long texts: it calls the functions it is asked to call, until its pipe closes.

Run by path (`python -I text_worker.py FOLDER`, see `odlinked.cage.text_process`). Only the server writes its requests. It
reads texts of strangers and does nothing with them but look at their tokens: it needs no cage, only to be another process.

Messages on the pipe (standard input and output): u32 length, little-endian, then pickled (function, arguments), answered by
(True, what it returned) or (False, what it raised).
"""

from __future__ import annotations

import pickle
import sys
from typing import BinaryIO


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more requests."""
    while len(head := requests.read(4)) == 4:
        function, arguments = pickle.loads(requests.read(int.from_bytes(head, "little")))  # noqa: S301 - the server's own
        try:
            done = True, function(*arguments)
        except Exception as problem:
            done = False, problem
        data = pickle.dumps(done)
        answers.write(len(data).to_bytes(4, "little") + data)
        answers.flush()


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    serve(sys.stdin.buffer, sys.stdout.buffer)
