"""Forms: the names and meanings of the columns of a kind of table, and which form a table is written on.

A form is a folder `mappings/<name>/` with `table.csvw.json` (CSVW with `odl:` annotations) and CONSTRUCT queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from odlinked.assets import Assets
from odlinked.csvw import metadata
from odlinked.csvw.model import Column
from odlinked.errors import AssetError, FormError, OdlinkedError
from odlinked.mapping.descriptions import beside, extended_by, labels
from odlinked.mapping.headings import heading_key, keys, pairs, remarks
from odlinked.namespaces import HOME, ODL, RDFS
from odlinked.rdf import vocabulary
from odlinked.sheets.tables import Table, column_letter, listed, upright

LEAST_KNOWN = 0.6
"""The share of a table's headings that a form must know, and the share of its own that it must find, to be chosen
automatically."""


@dataclass(frozen=True)
class Form:
    """A kind of table. `columns` are the CSVW columns in form order; `asset` its description, `extended` those it adds to.

    `remarks` are words that headings contain in addition to the name of a column (required, example), folded. `names` and
    `refines` are the asset names of its CONSTRUCT queries: the first give nodes their IRIs (their triples join the row graph),
    the second make the record; `exports` are those that make rows of records again. `delta`: a missing row does not mean that
    its record is gone. `internal`: its records are for the agency itself, and public only where the source is configured so.
    `turned`: its headings are in the first column. `said`: words; the lines, sheet or file of the table must have one.
    """

    name: str
    labels: Mapping[str, str]
    delta: bool
    columns: tuple[Column, ...]
    carries: Mapping[tuple[str, str], tuple[int, ...]]
    names: tuple[str, ...]
    refines: tuple[str, ...]
    asset: str
    extended: tuple[str, ...] = ()
    internal: bool = False
    remarks: frozenset[str] = frozenset()
    exports: tuple[str, ...] = ()
    turned: bool = False
    said: tuple[str, ...] = ()

    @property
    def private(self) -> frozenset[int]:
        """Columns (indexes in form order) whose cells no published finding may quote: suppressed or about persons."""
        return frozenset(i for i, column in enumerate(self.columns)
                         if column.suppress_output or annotation(column, "personal"))

    @cached_property
    def headings(self) -> dict[str, int]:
        """Folded heading -> column index."""
        found: dict[str, int] = {}
        for index, column in enumerate(self.columns):
            for title in titles(column):
                found.setdefault(heading_key(title), index)
        return found

    def column(self, heading: str) -> int | None:
        """Return the index of the column that a heading names: as written, else without its additions."""
        return next((self.headings[key] for key in keys(heading, self.remarks) if key in self.headings), None)

    @property
    def expected(self) -> tuple[int, ...]:
        """The columns a table on this form normally has (all but `odl:optional` ones)."""
        return tuple(i for i, column in enumerate(self.columns) if not annotation(column, "optional"))


@dataclass(frozen=True)
class Binding:
    """A form tied to a table: for each form column the table's column index, or None where the table lacks it.

    `unknown` are the table's columns the form does not know: (index, heading). They are not mapped, and have to be reported.
    `header_row` is 0 where the headings are keys; `persons` are the names in the columns of the file that are about persons. The
    last `added` columns are not in the file: what they hold is said of the whole table.
    """

    form: Form
    columns: tuple[int | None, ...]
    unknown: tuple[tuple[int, str], ...] = ()
    headings: tuple[str, ...] = field(default=(), repr=False)
    header_row: int = 0
    persons: frozenset[str] = field(default=frozenset(), repr=False)
    added: int = 0

    @property
    def known(self) -> int:
        """How many columns of the form the table has."""
        return sum(place is not None for place in self.columns)

    @property
    def missing(self) -> tuple[int, ...]:
        """Expected form columns (indexes in form order) that the table lacks."""
        return tuple(i for i in self.form.expected if self.columns[i] is None)

    @property
    def lacking(self) -> int:
        """How many required columns the table lacks."""
        return sum(column.required and self.columns[i] is None for i, column in enumerate(self.form.columns))

    @cached_property
    def carries(self) -> dict[tuple[str, str], tuple[int, ...]]:
        """(class IRI, path IRI) -> indexes of the *table's* columns that feed it, in form order; absent columns left out."""
        found = {}
        for pair, indexes in self.form.carries.items():
            places = tuple(place for i in indexes if (place := self.columns[i]) is not None)
            if places:
                found[pair] = places
        return found

    @property
    def private(self) -> frozenset[int]:
        """Indexes of the table's columns whose cells no published finding may quote; unknown ones are among them."""
        known = {place for i in self.form.private if (place := self.columns[i]) is not None}
        return frozenset(known | {index for index, _ in self.unknown})


def annotation(column: Column, name: str) -> Any:
    """Return the `odl:` annotation of a column, None where there is none."""
    return column.annotations.get(ODL + name)


def titles(column: Column) -> list[str]:
    """Return all headings by which a column is known."""
    return [title for those in column.titles.values() for title in those]


def title(column: Column) -> str:
    """Return the heading to show a person."""
    return titles(column)[0] if titles(column) else column.name


def load_all(assets: Assets) -> list[Form]:
    """Return all forms of the bundled assets and overlays, by name; they are read once while the files are unchanged."""
    return list(_load_all(assets, (assets.stamp("mappings/*/table.csvw.json"), assets.stamp("ontologies/prefixes.ttl"))))


@lru_cache(maxsize=4)
def _load_all(assets: Assets, _stamp: object) -> tuple[Form, ...]:
    return tuple(load(assets, name) for name in assets.glob("mappings/*/table.csvw.json"))


def load(assets: Assets, name: str) -> Form:
    """Read the form at asset `name`; raise `AssetError` if it is not a usable form."""
    try:
        return _read(assets, name)
    except AssetError:
        raise
    except (ValueError, OSError, OdlinkedError) as problem:
        raise AssetError(f"it cannot be read ({problem})", doing="reading the form", on=name) from problem
    except (KeyError, AttributeError, TypeError, IndexError, RecursionError) as problem:
        raise AssetError(f"it is not shaped like a form ({type(problem).__name__}: {problem})", doing="reading the form", on=name,
                         next_step="See docs/add-a-form.md for what stands where") from problem


def _read(assets: Assets, name: str) -> Form:
    raw, extended = extended_by(assets, name)
    if not isinstance(raw, dict):
        raise AssetError("it is not a JSON object", doing="reading the form", on=name)
    table = metadata.load(raw, HOME + name).table
    folder = name.rsplit("/", 1)[0]
    notes = table.annotations
    columns = tuple(column for column in table.columns if not column.virtual)
    if not columns:
        raise AssetError("it describes no columns", doing="reading the form", on=name)
    prefixes = vocabulary.prefixes(assets)
    return Form(
        name=str(notes.get(ODL + "form") or folder.rsplit("/", 1)[-1]),
        labels=labels(notes.get(RDFS + "label")),
        delta=bool(notes.get(ODL + "delta", False)),
        columns=columns,
        carries=_carries(columns, prefixes, name),
        names=tuple(beside(folder, item) for item in notes.get(ODL + "names") or ()),
        refines=tuple(beside(folder, item) for item in notes.get(ODL + "refines") or ("refine.rq",)),
        asset=name,
        extended=extended,
        internal=bool(notes.get(ODL + "internal", False)),
        remarks=remarks(assets),
        exports=tuple(beside(folder, item) for item in notes.get(ODL + "exports") or ()),
        turned=notes.get(ODL + "reading") == "turned",
        said=tuple(map(str, notes.get(ODL + "said") or ())),
    )


def _carries(columns: Sequence[Column], prefixes: Mapping[str, str], asset: str) -> dict[tuple[str, str], tuple[int, ...]]:
    """Read `odl:carries` ({"dcat:Dataset": ["dcterms:title", …]}) of all columns."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for index, column in enumerate(columns):
        for cls, paths in (annotation(column, "carries") or {}).items():
            for path in paths:
                pair = (_expanded(cls, prefixes, asset), _expanded(path, prefixes, asset))
                found[pair] = (*found.get(pair, ()), index)
    return found


def _expanded(name: str, prefixes: Mapping[str, str], asset: str) -> str:
    prefix, _, local = name.partition(":")
    if prefix not in prefixes:
        raise AssetError(f"the prefix of {name!r} is not declared", doing="reading the form", on=asset,
                         next_step="Declare it in ontologies/prefixes.ttl")
    return prefixes[prefix] + local


def bind(form: Form, table: Table) -> Binding:
    """Tie a form to a table's headings; a heading that occurs twice counts the first time."""
    places, unknown = dict[int, int](), list[tuple[int, str]]()
    for index, heading in enumerate(table.headings):
        column = form.headings.get(heading_key(heading)) if heading else None
        if column is None or column in places:
            unknown.append((index, heading))
        else:
            places[column] = index
    for index, heading in list(unknown):
        column = form.column(heading)
        if column is not None and column not in places:
            places[column] = index
            unknown.remove((index, heading))
    return Binding(form, tuple(places.get(i) for i in range(len(form.columns))), tuple(unknown), table.headings,
                   table.header_row)


def find(forms: Sequence[Form], table: Table, name: str | None = None) -> Binding:
    """Return the form a table is written on, tied to it; raise `FormError`, explained by column, for none or several.

    With `name` that form is taken if its required columns are present, however few of the others are.
    """
    if name is not None:
        return _named(forms, table, name)
    bindings = [bind(form, table) for form in forms]
    fitting = [binding for binding in bindings if _fits(binding)]
    best = max((binding.known for binding in fitting), default=0)
    winners = [binding for binding in fitting if binding.known == best]
    if len(winners) == 1:
        return winners[0]
    detail = "; ".join(map(explain, winners)) if winners else _explained(nearest(bindings), table)
    why = f"more than one form fits: {detail}" if winners else f"no form fits: {detail}"
    raise FormError(why, doing="finding the form of", on=_place(table),
                    next_step="Say which with --form, correct the headings, or let `odlinked form --like FILE` write a form "
                              "that knows them")


def _named(forms: Sequence[Form], table: Table, name: str) -> Binding:
    for form in forms:
        if form.name == name:
            binding = bind(form, table)
            if not binding.lacking:
                return binding
            raise FormError(f"required columns are missing: {explain(binding)}", doing="reading", on=_place(table),
                            next_step="Mend the headings, or leave --form out to find the form by them")
    raise FormError(f"there is no form {name!r}", doing="reading", on=_place(table),
                    next_step=f"The forms are {', '.join(sorted(form.name for form in forms))}")


def _fits(binding: Binding) -> bool:
    form = binding.form
    if binding.lacking:
        return False
    headings = sum(1 for heading in binding.headings if heading)
    expected = len(form.expected)
    return binding.known >= LEAST_KNOWN * headings and expected - len(binding.missing) >= LEAST_KNOWN * expected


def explain(binding: Binding) -> str:
    """Describe how a form fits a table: "moenv-open knows 11 of 13 headings; not known: B 備考; missing: 資料集描述"."""
    form = binding.form
    headings = sum(1 for heading in binding.headings if heading)
    text = f"{form.name} knows {binding.known} of {headings} headings"
    unknown = [f"{cell(binding, index)} {heading}" for index, heading in binding.unknown if heading]
    if unknown:
        text += f"; not known: {listed(unknown)}"
    if binding.missing:
        text += f"; missing: {listed([title(form.columns[i]) for i in binding.missing])}"
    return text


def cell(binding: Binding, index: int) -> str:
    """Return the cell of a heading, its column alone where headings are keys."""
    row, letter = upright(binding.header_row, column_letter(index))
    return f"{letter}{row or ''}"


def meant(binding: Binding, among: Sequence[int] | None = None) -> list[tuple[int, str, str]]:
    """Return which unknown headings may stand for others of the form (`among` its columns, else all that the table lacks)."""
    places = {heading: index for index, heading in reversed(binding.unknown)}
    lacking = [i for i, place in enumerate(binding.columns) if place is None] if among is None else among
    return [(places[yours], yours, ours) for yours, ours in pairs(
        [heading for _, heading in binding.unknown if heading], [titles(binding.form.columns[i]) for i in lacking])]


def nearest(bindings: Sequence[Binding]) -> tuple[Binding, list[tuple[int, str, str]]] | None:
    """Return the form that is nearest to a table, and what its headings may be `meant` for; None where none knows any."""
    alike = {one.form.name: meant(one) for one in bindings}
    best = max(bindings, default=None,
               key=lambda one: (one.known + len(alike[one.form.name]), one.known, -one.lacking))
    return (best, alike[best.form.name]) if best is not None and (best.known or alike[best.form.name]) else None


def _explained(found: tuple[Binding, list[tuple[int, str, str]]] | None, table: Table) -> str:
    if found is None:
        return f"no form knows any of its headings; not known: {listed([heading for heading in table.headings if heading])}"
    pairs = [f"{yours} ~ {ours}" for _, yours, ours in found[1]]
    return explain(found[0]) + (f"; perhaps {listed(pairs, 12)}" if pairs else "")


def _place(table: Table) -> str:
    return f"{table.file}, sheet {table.sheet}" if table.sheet else table.file
