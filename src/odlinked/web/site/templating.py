"""How templates are compiled: once for each language, its texts written into them, calls made without a detour.

Much of a page's time went into asking for texts that are always the same, and into what Jinja does for every call and every text
it puts out: it looks whether a function wants the template's context, which ours never do, and makes a `Markup` of each escaped
text, which is joined with others at once. A page's context, its macros and what they were given refer to each other in circles;
they are taken apart when the page is written, so that its memory is free at once and not when the collector comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, nodes, select_autoescape
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

from odlinked.web.site.bytecode import CompiledTemplates
from odlinked.web.site.words import PageTexts

_ASKED: Final = ("name", "lparen", "string", "rparen")
_MADE: Final = "contexts of this page"
"""The fact under which the contexts of a page are gathered: no template can name it."""


def environment(folder: Path, texts: PageTexts, language: str, kept: Path | None = None) -> Environment:
    """Return the templates of a folder in a language; one that asks for words there are not is an `AssetError` when compiled.

    What is compiled is kept in the folder `kept`.
    """
    said = {key: entry[language] for key, entry in texts.texts.items()}
    compiled = CompiledTemplates(kept, language, said, Path(__file__)) if kept else None
    found = Environment(
        loader=FileSystemLoader(folder), autoescape=select_autoescape(("html", "xml")), trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined, auto_reload=False, extensions=(_FixedTexts,),
        bytecode_cache=compiled,
    )
    found.code_generator_class, found.context_class = _DirectCalls, _GatheredContext
    found.globals["fixed"] = texts.into(language)
    found.extend(escaped=_escaped, macro=_macro)
    return found


def rendered(template: Template, facts: Mapping[str, object]) -> str:
    """Return what a template makes of facts; nothing of what was made on the way refers to itself afterwards."""
    made: list[Context] = []
    try:
        return template.environment.concat(template.root_render_func(template.new_context({**facts, _MADE: made})))
    except Exception:
        template.environment.handle_exception()
    finally:
        for context in made:
            context.vars.clear()
            context.blocks.clear()
        made.clear()


class _GatheredContext(Context):
    """A context that is noted with the page it is of."""

    def __init__(self, environment: Environment, parent: dict[str, Any], *arguments: Any, **named: Any) -> None:
        super().__init__(environment, parent, *arguments, **named)
        if _MADE in parent:
            parent[_MADE].append(self)


def _escaped(value: Any) -> str:
    """Return a value as a template puts it out."""
    kind = type(value)
    if kind is str:
        is_plain = not ("&" in value or "<" in value or ">" in value or '"' in value or "'" in value)
        return value if is_plain else escape(value)
    return value if kind is Markup else escape(value)


def _macro(environment: Environment, written: Callable[..., str], name: str, arguments: tuple[str, ...], *more: bool) -> Any:
    """Return a macro of a template.

    One that takes nothing but its arguments, and is escaped, is called with them without Jinja's looking for more.
    """
    whole, count = Macro(environment, written, name, list(arguments), *more), len(arguments)
    *takes_more, escapes = more
    if any(takes_more) or not escapes:
        return whole
    gaps = tuple((missing,) * left for left in range(count, -1, -1))

    def called(*given: Any, **named: Any) -> Any:
        if named or len(given) > count:
            return whole(*given, **named)
        return Markup(written(*given, *gaps[len(given)]))  # noqa: S704 - what the template put out is escaped

    return called


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

    def write_commons(self) -> None:
        self.writeline("escaped, reached = environment.escaped, environment.getattr")
        super().write_commons()

    def writeline(self, x: str, node: nodes.Node | None = None, extra: int = 0) -> None:
        # A block, or the page that this one extends, is joined at once: its pieces do not pass through every page above it.
        is_block = x.startswith(("yield from context.blocks[", "yield from parent_template.root_render_func("))
        super().writeline(f"yield concat({x.removeprefix('yield from ')})" if is_block else x, node, extra)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        self.visit(node.node, frame)
        whole, self.stream = self.stream, StringIO()
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        arguments, self.stream = self.stream.getvalue(), whole
        self.write(f"({arguments.removeprefix(', ')})")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        self.write("reached(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        names = "".join(f"{argument.name!r}, " for argument in macro_ref.node.args)
        name = getattr(macro_ref.node, "name", None)
        self.write(f"environment.macro(environment, macro, {name!r}, ({names}), {macro_ref.accesses_kwargs!r},"
                   f" {macro_ref.accesses_varargs!r}, {macro_ref.accesses_caller!r}, context.eval_ctx.autoescape)")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("escaped(")
