"""The tokenizer: what a query is, and what is refused by name before it runs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odlinked.cage import tokenizer
from odlinked.cage.failures import QueryFailure, Refused, TooComplex, TooLong


def words(text: str) -> list[str]:
    return [token.text for token in tokenizer.tokens(text)]


def test_strings_comments_and_iris_hide_what_they_hold() -> None:
    text = """
    # SERVICE <http://x> { in a comment }
    PREFIX SERVICE: <http://example.org/SERVICE#>
    SELECT ?SERVICE { ?SERVICE SERVICE:name "SERVICE \\" {", 'SERVICE', \"\"\"SERVICE " {{ \"\"\", '''SERVICE ' }'''@en }
    """
    found = tokenizer.inspect(text)
    assert found.form == "SELECT"
    assert found.prefixes == (("SERVICE", "http://example.org/SERVICE#"),)


@pytest.mark.parametrize("text", [
    "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p '#' . service silent ?g { } }",
    "ASK{SERVICE<http://a>{}}",
    "SELECT * { ?s ?p ?o FILTER EXISTS { # comment\nSerVice\n?x {} } }",
])
def test_service_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused, match="SERVICE"):
        tokenizer.inspect(text)


@pytest.mark.parametrize("verb", ["INSERT DATA {", "delete where {", "LOAD <a>", "CLEAR ALL", "DROP ALL", "CREATE GRAPH <a>",
                                  "ADD <a> TO <b>", "MOVE <a> TO <b>", "COPY <a> TO <b>", "WITH <a> DELETE {"])
def test_updates_are_refused_by_name(verb: str) -> None:
    with pytest.raises(Refused, match="update"):
        tokenizer.inspect(f"PREFIX a: <a:>\nBASE <b:>\n{verb}")


def test_a_variable_or_prefix_may_be_called_like_an_update() -> None:
    assert tokenizer.inspect("PREFIX insert: <a:> SELECT ?delete { ?delete insert:load ?clear }").form == "SELECT"


@pytest.mark.parametrize("deep", [
    "SELECT * " + "{" * 4_096 + "}" * 4_096,
    "ASK { FILTER(" + "(" * 3_000 + "1" + ")" * 3_000 + ") }",
    "ASK { ?s <a:p> " + "[ <a:p> " * 500 + "1" + "]" * 500 + "}",
    "ASK { FILTER(" + "STR(" * 900 + "'a'" + ")" * 900 + ") }",
    "ASK { ?s " + "(" * 900 + "<a:p>" + ")*" * 900 + " ?o }",
    "ASK { " + "<<( <a:a> <a:a> " * 500 + "1" + " )>>" * 500 + " ?p ?o }",
    "ASK { VALUES ?x { " + "<<( <a:a> <a:a> " * 500 + "1" + " )>>" * 500 + " } }",
])
def test_nesting_is_capped(deep: str) -> None:
    with pytest.raises(TooComplex, match="nested"):
        tokenizer.inspect(deep)


@pytest.mark.parametrize("part", ["1+", "1 - ", "1||", "!", "?a=1&&"])
def test_long_chains_are_capped(part: str) -> None:
    with pytest.raises(TooComplex, match="operators"):
        tokenizer.inspect("ASK { FILTER(" + part * 5_000 + "1) }")


@pytest.mark.parametrize("part", ["OPTIONAL {?s ?p ?o} ", "MINUS {?s ?p ?o} ", "{} UNION ", "BIND(1 AS ?x) ", "<a:p>/", "<a:p>|"])
def test_long_chains_of_clauses_are_capped(part: str) -> None:
    with pytest.raises(TooComplex, match="operators"):
        tokenizer.inspect("ASK { " + part * 5_000 + "}")


def test_long_lists_are_allowed() -> None:
    rows = " ".join(f"(-{n} <http://example.org/{n}>)" for n in range(4_000))
    assert tokenizer.inspect(f"SELECT * {{ VALUES (?x ?y) {{ {rows} }} ?y ?p ?x }}").computed == {"x", "y"}
    items = ", ".join(f"<http://example.org/{n}>" for n in range(4_000))
    assert tokenizer.inspect(f"SELECT * {{ ?s ?p ?o FILTER(?o IN ({items})) }}").form == "SELECT"


def test_chains_after_values_are_counted_again() -> None:
    with pytest.raises(TooComplex):
        tokenizer.inspect("ASK { VALUES ?x { 1 } FILTER(" + "1+" * 2_000 + "1) }")


def test_text_is_capped() -> None:
    with pytest.raises(TooLong):
        tokenizer.inspect("ASK {} #" + "x" * tokenizer.MAX_TEXT)


def test_computed_variables_and_volatile_functions() -> None:
    text = "SELECT (COUNT(?s) AS ?n) $b { ?s ?p ?o BIND(NOW() AS $b) VALUES ?o { 1 UNDEF } } GROUP BY (?o as ?g)"
    found = tokenizer.inspect(text)
    assert found.computed == {"n", "b", "o", "g"}
    assert found.volatile
    assert not tokenizer.inspect("SELECT ?now { ?now <a:rand> 'UUID()' }").volatile


@pytest.mark.parametrize(("text", "plain"), [
    ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", True),
    ("CONSTRUCT { ?s ?p '5' } { ?s ?p ?o FILTER(?o > 5) }", True),
    ("CONSTRUCT { ?s ?p 5 } { ?s ?p ?o }", False),
    ("CONSTRUCT { ?s ?p true } { ?s ?p ?o }", False),
    ("CONSTRUCT { ?s ?p '5'^^<a:b> } { ?s ?p ?o }", False),
    ("CONSTRUCT { ?s ?p ?n } { ?s ?p ?o BIND(1 AS ?n) }", False),
    ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o BIND(1 AS ?n) }", True),
    ("DESCRIBE ?s { ?s ?p 5 }", True),
])
def test_a_template_that_computes_is_known(text: str, plain: bool) -> None:
    assert tokenizer.inspect(text).plain_template is plain


@given(st.text(max_size=300))
def test_any_text_is_read_to_its_end(text: str) -> None:
    """No text hangs or breaks the tokenizer, and no character is lost: white space and comments apart."""
    joined = "".join(words(text))
    assert len(joined) <= len(text)
    if not any(mark in text for mark in "# \t\r\n"):
        assert joined == text


@given(st.text("aA_:.-#<>\"' \n\t1@?{}()\\·臺", max_size=60))
def test_what_is_inspected_are_the_tokens(text: str) -> None:
    """A query is inspected by the tokens that others read: two texts of the same tokens, and only these, are of one kind."""
    assert tokenizer.digest(text) == hashlib.sha256("\0".join(words(text)).encode()).digest()


def test_comments_at_the_end_are_no_tokens() -> None:
    assert tokenizer.inspect("ASK {} # SERVICE <a:b> {}").form == "ASK"
    assert tokenizer.inspect("ASK {}" + " " * 100_000 + "#").form == "ASK"


def test_hostile_text_takes_linear_time() -> None:
    started = time.process_time()
    for part in ('"', "<", "''a", "a", "<\\u00", "@a-", "\\", "#", ":%", "a:b.", "a.", "a-", "1.", "_:", "a ", "%", "..", "^"):
        text = "'''" + part * (100_000 // len(part))
        list(tokenizer.tokens(text))
        with suppress(TooComplex):
            tokenizer.inspect(text)
    assert time.process_time() - started < 15, "time of the processor, so that others at work on it do not count"


def told(text: str, inspect: Callable[[str], object]) -> object:
    try:
        return inspect(text)
    except QueryFailure as failure:
        return type(failure), str(failure)


PARTS = st.sampled_from([
    "<", ">", "<a:b>", "<a:SERVICE>", "<x(SERVICE>", "<!--b>", "<=1>", "<<", "<<(", ")>>", "\\", "'", '"', '"""', "#", "\n",
    "@en", "a:b", "a:b\\<c>", "SERVICE", "PREFIX a: <b:>", "BASE <c:>", "SELECT", "*", "?x", "{", "}", "(", ")", "VALUES", "AS",
    "INSERT", "NOW()", "^^", "1", ".", "%", "é", "true", "CONSTRUCT", " ",
])


@given(st.lists(PARTS, max_size=24).map("".join))
def test_a_short_text_is_looked_at_like_a_long_one(text: str) -> None:
    """A short one may be known by another that differs in its IRIs; a long one is read as it stands, and digested meanwhile."""
    short, long = told(text, tokenizer.inspect), told(" " * 5_000 + text, tokenizer.inspect)
    if isinstance(short, tokenizer.Inspection):
        short = replace(short, digest=tokenizer.digest(text))
    assert short == long


def test_what_differs_in_iris_and_comments_has_the_same_shape() -> None:
    texts = ["PREFIX a: <b:> ASK { <a:b> a ?x }", "PREFIX a: <c:> ASK{<d:e> a ?x} # PREFIX",
             "PREFIX a: <b:> ASK { # <\n <é'> a ?x }"]
    assert len({tokenizer.inspect(text).shape for text in texts}) == 1
    assert len({tokenizer.digest(text) for text in texts}) == 3
    assert tokenizer.inspect("PREFIX a: <b:> ASK { ?y a ?x }").shape != tokenizer.inspect(texts[0]).shape
