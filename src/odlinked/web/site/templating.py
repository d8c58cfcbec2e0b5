"""How templates are compiled: once for each language, its texts written into them, calls made without a detour.

Much of a page's time went into asking for texts that are always the same, and into Jinja's dispatch of calls, which looks
whether a function wants the template's context. Ours never do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes, select_autoescape
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from odlinked.web.site.words import PageTexts

_ASKED: Final = ("name", "lparen", "string", "rparen")


def environment(folder: Path, texts: PageTexts, language: str) -> Environment:
    """Return the templates of a folder in a language; one that asks for words there are not is an `AssetError` when compiled."""
    found = Environment(
        loader=FileSystemLoader(folder), autoescape=select_autoescape(("html", "xml")), trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined, auto_reload=False, extensions=(_FixedTexts,),
    )
    found.code_generator_class = _DirectCalls
    found.globals["fixed"] = texts.into(language)
    return found


class _FixedTexts(Extension):
    """Writes a text that needs no facts, `say` of a key alone, into the template as it is compiled."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        say: Any = self.environment.globals["fixed"]
        waiting: list[Token] = []
        for token in stream:
            waiting.append(token)
            kinds = tuple(one.type for one in waiting)
            if kinds == _ASKED:
                yield Token(token.lineno, "string", say(waiting[2].value))
                waiting.clear()
            elif kinds != _ASKED[:len(kinds)] or waiting[0].value != "say":
                # What was held back is let go; the last token may begin a call itself.
                is_next = token.type == "name" and token.value == "say" and len(waiting) > 1
                yield from waiting[:-1] if is_next else waiting
                waiting = waiting[-1:] if is_next else []
        yield from waiting


class _DirectCalls(CodeGenerator):
    """Writes calls as calls of Python: no function given to our templates asks for their context."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        self.visit(node.node, frame)
        self.write("(*()")
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")
