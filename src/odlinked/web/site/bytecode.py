"""Compiled templates, kept beside the code that compiled them: a service starts without compiling them again.

They are written where Python keeps its own compiled modules, and where it may: not with `PYTHONDONTWRITEBYTECODE`, not into a
folder that cannot be written to. A file that is of other texts, another template, compiler or Python, or is damaged, is made
again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class CompiledTemplates(FileSystemBytecodeCache):
    """The compiled templates of a language in a folder. What is compiled depends on `texts` and on the `compiler`'s source."""

    def __init__(self, folder: Path, language: str, texts: Mapping[str, object], compiler: Path) -> None:
        super().__init__(str(folder), f"page-{language}-%s.jinja")
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        said = json.dumps([jinja2.__version__, texts], ensure_ascii=False, sort_keys=True)
        self._made_with = hashlib.sha256(said.encode() + compiler.read_bytes()).hexdigest()

    def get_source_checksum(self, source: str) -> str:
        """Return what tells a template, compiled with these texts, from others."""
        return hashlib.sha256(f"{self._made_with}{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load what is kept of a template, if that is whole and of this source."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # whatever a damaged file raises: it is made again
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template where that is possible."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)
