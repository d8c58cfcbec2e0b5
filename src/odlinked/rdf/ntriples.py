"""N-Triples (RDF 1.2 N-Triples, section 4): the only reader of lines and the only writer of terms made of external text.

The writers return exactly one term whatever the text: no quote, bracket or line break in it ends the term or the line. The
readers take canonical lines, one statement each, and build no objects of an RDF library. Standard library only: the sandboxed
worker imports this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from odlinked.namespaces import LEX, XSD
from odlinked.patterns import pattern
from odlinked.rdf.tags import language_tag

_ALLOWED = (r"A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
            + "".join(f"{chr(plane * 0x10000)}-{chr(plane * 0x10000 + 0xFFFD)}" for plane in range(1, 14))
            + "\U000e1000-\U000efffd")
_REFUSED = pattern(f"[^{_ALLOWED}]|%(?![0-9A-Fa-f]{{2}})")
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)(?://([^/?#]*))?([^#]*)(#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:[^\[\]@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:@]*)(?::[0-9]*)?")
SPECIAL: Final = re.compile('["\\\\\x00-\x1f\x7f\ufffe\uffff]')
"""Characters that a literal's text cannot have unescaped (canonical form)."""
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_TAG: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_STRING: Final = XSD + "string"
_LINE: Final = re.compile(
    r'(?:<(?P<s>[^>]*)>|(?P<sb>_:\S+)) <(?P<p>[^>]*)> (?:<(?P<o>[^>]*)>|(?P<ob>_:\S+)'
    r'|"(?P<v>(?:[^"\\]|\\.)*)"(?:\^\^<(?P<d>[^>]*)>|@(?P<l>[A-Za-z0-9-]+))?) \.'
)
_ESCAPE: Final = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([tbnrf"\'\\]))')
_PLAIN: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_PRIVATE: Final = re.compile(rb'"\^\^<' + re.escape(LEX).encode() + rb"([A-Za-z]+)> \.$")
_TAGGED: Final = re.compile(rb'"@([A-Za-z0-9-]+) \.$')


class Term(NamedTuple):
    """An object term: an IRI (`is_iri`), a literal (it has a `datatype`) or a blank node (neither; its `value` begins with `_:`).

    A literal with a `language` has the datatype xsd:string here, like one without.
    """

    value: str
    datatype: str = ""
    language: str = ""
    is_iri: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether it is a blank node."""
        return not self.is_iri and not self.datatype


class Triple(NamedTuple):
    """A statement: subject (an IRI, or a blank node's label with `_:` before it), predicate IRI and object."""

    subject: str
    predicate: str
    object: Term


def triples(text: bytes) -> Iterator[Triple]:
    """Yield the statements of canonical N-Triples, in their order; lines that are not statements are skipped.

    No RDF library is used: about 1 microsecond for each short line.
    """
    for line in text.decode("utf-8").split("\n"):
        found = _LINE.match(line)
        if found is None:
            continue
        s, sb, p, o, ob, v, d, lang = found.groups()
        subject = sb if s is None else s
        if "\\" in line:
            subject, p = unescape(subject), unescape(p)
            o, v = o and unescape(o), v and unescape(v)
        if o is not None:
            yield Triple(subject, p, Term(o, "", "", True))
        elif ob is None:
            yield Triple(subject, p, Term(v, d or _STRING, lang or "", False))
        else:
            yield Triple(subject, p, Term(ob, "", "", False))


def term(raw: str) -> Term:
    """Return the object term of a canonical line as written between the predicate and ` .`."""
    if raw[0] == "<":
        return Term(unescape(raw[1:-1]), "", "", True)
    if raw[0] != '"':
        return Term(raw)
    last = raw[-1]
    if last == '"':
        return Term(unescape(raw[1:-1]), _STRING)
    cut = raw.rindex('"')
    if last == ">":
        return Term(unescape(raw[1:cut]), raw[cut + 4:-1])
    return Term(unescape(raw[1:cut]), _STRING, raw[cut + 2:])


def parts(text: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield subject, predicate and object of canonical N-Triples, each as written."""
    for line in text.decode("utf-8").split("\n"):
        if line:
            subject, predicate, rest = line.split(" ", 2)
            yield subject, predicate, rest[:-2]


def unescape(text: str) -> str:
    """Return the text that an IRI or string of N-Triples stands for (N-Triples, grammar rules ECHAR and UCHAR)."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: _PLAIN[m[3]] if m[3] else chr(int(m[1] or m[2], 16)), text)


def spelled(line: bytes) -> bytes:
    """Return a line with its `lex:` datatype turned into `xsd:` and its language tag in BCP 47 case.

    Only the end of the line is examined: a literal's text cannot be mistaken for its datatype.
    """
    if line.endswith(b"> ."):
        found = _PRIVATE.search(line)
        if found:
            name = found[1]
            end = b'" .' if name == b"string" else b'"^^<' + XSD.encode() + name + b"> ."
            return line[: found.start()] + end
    elif not line.endswith(b'" .'):
        found = _TAGGED.search(line)
        if found:
            return line[: found.start()] + b'"@' + language_tag(found[1].decode()).encode() + b" ."
    return line


def iri(text: str) -> str:
    """Return an IRI between angle brackets; a character it may not have is percent-encoded (`encode`)."""
    return f"<{encode(text)}>"


def string(text: str) -> str:
    """Return a plain literal. Lone surrogates, which no UTF-8 text can hold, stay: encode the line with "replace"."""
    return f'"{escape(text)}"'


def tagged(text: str, language: str) -> str:
    """Return a literal with a language tag; raise `ValueError` for what is not a tag (BCP 47: letters, digits and hyphens)."""
    if _TAG.fullmatch(language) is None:
        raise ValueError(f"{language!r} is no language tag")
    return f'"{escape(text)}"@{language}'


def typed(text: str, datatype: str) -> str:
    """Return a literal of a datatype, an IRI; raise `ValueError` for one that cannot be written as it is."""
    if encode(datatype) != datatype:
        raise ValueError(f"{datatype!r} cannot be written as an IRI")
    return f'"{escape(text)}"^^<{datatype}>'


def escape(text: str) -> str:
    """Return text as it is written between the quotes of a canonical N-Triples literal."""
    if SPECIAL.search(text) is None:
        return text
    return SPECIAL.sub(lambda found: _NAMED.get(found[0]) or f"\\u{ord(found[0]):04X}", text)


def encode(text: str) -> str:
    """Return an absolute URL, as people write it, as an IRI an RDF parser takes (RFC 3987, section 2.2).

    Characters that may not occur in it are percent-encoded; `%23` and the like stay as they are. A text without a scheme is
    returned with its characters encoded, and is still not an IRI.
    """
    text = _REFUSED.sub(lambda found: _percent(found[0]), text)
    found = _PARTS.fullmatch(text)
    if found is None:
        return text
    scheme, authority, path, fragment = found.groups()
    start = scheme
    if authority is not None:
        # An impossible host or port becomes a valid name: nothing is dropped, nothing is guessed.
        fits = _AUTHORITY.fullmatch(authority) is not None
        start += "//" + (authority if fits else re.sub(r"[\[\]:@]", lambda mark: _percent(mark[0]), authority))
    return start + _brackets(path) + ("#" + _brackets(fragment[1:]).replace("#", "%23") if fragment else "")


def _brackets(text: str) -> str:
    return text.replace("[", "%5B").replace("]", "%5D")


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))
