"""What each column of a form takes when it is filled in: from the form's CSVW, the rules on it and the code lists."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import rdflib
from rdflib.namespace import SH

from odlinked.assets import Assets
from odlinked.csvw.model import Column
from odlinked.intake.arrivals import UNIQUE
from odlinked.mapping.forms import Form, annotation, title
from odlinked.namespaces import CODE
from odlinked.quality import suggestions
from odlinked.quality.shapes import LANGUAGES, Profile, Rule

WORDS: Final = "ontologies/words/blank.toml"
PLACEHOLDERS: Final = CODE + "placeholder"
_DATES: Final = {"gYearMonth": "month", "date": "date", "dateTime": "time"}
_NUMBERS: Final = frozenset(("integer", "nonNegativeInteger", "positiveInteger", "int", "long", "gYear"))
_LONGEST: Final = 32_767
_STYLES: Final = {"Violation": "stop", "Warning": "warning", "": ""}
_MOST_RULES: Final = 4
_YEARS: Final = range(1912, 2100)

BlankTexts = dict[str, dict[str, str]]
"""Language -> key -> text."""


@dataclass(frozen=True)
class BlankColumn:
    """A column to fill in.

    `kind` is what may stand in a cell: "list" (one of the `choices` of the list with the IRI `scheme`), "words" (several of
    them), "date", "month", "time", "number", "address", "length" (`least` to `most` characters), "unique", "text" (no
    placeholder), or "" for anything. `style` says what happens with something else: "stop" refuses it, "warning" asks, "" lets it
    pass. `separator` parts several values ("" where there is one). `hint` says how to fill it in, `note` what the rules say, both
    by language.

    `first` is the first year a date may have, 0 where no rule says anything of years.
    """

    heading: str
    required: bool
    kind: str
    style: str
    hint: dict[str, str]
    note: dict[str, str]
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    separator: str = ""
    scheme: str = ""
    first: int = 0


def placeholders(assets: Assets) -> tuple[str, ...]:
    """Return the texts that stand for nothing, as they are compared."""
    codes = suggestions.load(assets).schemes.get(PLACEHOLDERS, ())
    return tuple(sorted({spelling for code in codes for spelling in code.spellings}))


def words(assets: Assets) -> BlankTexts:
    """Return the words of forms to fill in."""
    raw = tomllib.loads(assets.text(WORDS))
    return {tag: {key: texts[place] for key, texts in raw.items()} for place, tag in enumerate(LANGUAGES)}


def columns(form: Form, profile: Profile) -> list[BlankColumn]:
    """Return the columns a table on a form normally has, in its order; those that are optional are left out."""
    about = Counter(cls for cls, _ in form.carries)
    main = max(about, key=lambda cls: about[cls], default="")
    texts = words(profile.assets)
    return [_column(form, index, main, profile, texts) for index in form.expected]


def _column(form: Form, index: int, main: str, profile: Profile, texts: BlankTexts) -> BlankColumn:
    column = form.columns[index]
    rules = [rule for rule in profile.rules.values()
             if rule.kind == "shape" and index in form.carries.get((rule.target, rule.path), ())]
    required = column.required or any(
        rule.severity == "Violation" and rule.target == main and _number(profile, rule, SH.minCount) > 0
        and form.carries[rule.target, rule.path][0] == index for rule in rules)
    separators = annotation(column, "separators") or ()
    separator = (column.separator or (separators[0] if separators else "") or (";" if annotation(column, "alignedWith") else ""))
    unique = profile.by_name.get(UNIQUE)
    is_unique = unique is not None and index in form.carries.get((unique.target, unique.path), ())
    kind, style, choices, least, most = _kind(column, rules, profile, bool(separator), is_unique)
    hint, note = {}, {}
    for tag, said in texts.items():
        parts = [said["required"] if required else said["usual"]]
        if kind in ("list", "words"):
            parts.append(said["choose" if kind == "list" else "words"])
            parts += [said["open_list"]] if not style else []
        elif kind == "length":
            parts.append(said["length"].format(least=least, most=most))
        elif kind:
            parts.append(said[kind])
        parts += [said["several"].format(mark=separator)] if separator else []
        hint[tag] = ("。" if tag == "zh-Hant" else ". ").join(parts)
        told = [rule for rule in rules if rule.severity != "Info"][:_MOST_RULES]
        note[tag] = "\n".join(f"・{rule.names[tag]} ({rule.number})" for rule in told)
    schemes = annotation(column, "codeList") or ("",)
    return BlankColumn(title(column), required, kind, style, hint, note, choices, least, most, separator, schemes[0],
                       _first_year(profile, rules))


def _first_year(profile: Profile, rules: Sequence[Rule]) -> int:
    """Return the first year that no rule takes for a mistake, 0 where no rule says anything of years."""
    banned = [str(pattern) for rule in rules for shape in profile.graph.objects(rdflib.URIRef(rule.iri), SH["not"])
              for pattern in profile.graph.objects(shape, SH.pattern)]
    years = [year for year in _YEARS if not any(re.search(pattern, f"{year}-01-01") for pattern in banned)]
    return years[0] if banned and years else 0


def _kind(column: Column, rules: Sequence[Rule], profile: Profile,
          many: bool, is_unique: bool) -> tuple[str, str, tuple[str, ...], int, int]:
    """Return what may stand in a cell, what happens with something else, the choices, and the least and most characters."""
    schemes = [*(annotation(column, "codeList") or ()), *(annotation(column, "otherCodeList") or ())]
    lists = suggestions.load(profile.assets).schemes
    choices = tuple(dict.fromkeys(code.label for scheme in schemes for code in lists.get(scheme, ())))
    if choices and many and annotation(column, "alignedWith") and all(
            rule.scheme in schemes for rule in rules if rule.scheme) and any(rule.scheme for rule in rules):
        # Several are usual here: each is looked up, for which a spreadsheet has no drop-down.
        return "words", "stop", choices, 0, 0
    if choices:
        worst = next((severity for severity in ("Violation", "Warning")
                      if any(rule.severity == severity and rule.scheme in schemes for rule in rules)), "")
        # Several values in one cell are none of the list: a spreadsheet can offer the list, and not hold them against it.
        return "list", "" if many else _STYLES[worst], choices, 0, 0
    base = str(getattr(column.datatype, "base", "") or "string")
    dates = _DATES.get(str(annotation(column, "dates") or base))
    if dates:
        return dates, "stop", (), 0, 0
    if base in _NUMBERS and not many:
        return "number", "stop", (), 0, 0
    if base == "anyURI":
        return "address", "stop", (), 0, 0
    if is_unique and annotation(column, "identifier") and not many:
        return "unique", "stop", (), 0, 0
    lengths = [(rule, _number(profile, rule, SH.minLength), _number(profile, rule, SH.maxLength)) for rule in rules]
    lengths = [one for one in lengths if one[1] or one[2]]
    if lengths and not many:
        worst = "Violation" if all(rule.severity == "Violation" for rule, _, _ in lengths) else "Warning"
        return ("length", _STYLES[worst], (), max(least for _, least, _ in lengths) or 1,
                min((most for _, _, most in lengths if most), default=_LONGEST))
    needed = {rule.severity for rule in rules if _number(profile, rule, SH.minCount) > 0}
    worst = next((severity for severity in ("Violation", "Warning") if severity in needed), "")
    if worst and not many:
        return "text", _STYLES[worst], (), 0, 0
    return "", "", (), 0, 0


def _number(profile: Profile, rule: Rule, about: rdflib.URIRef) -> int:
    """Return the number that a shape states of its property, 0 where it states none."""
    value = profile.graph.value(rdflib.URIRef(rule.iri), about)
    return int(str(value)) if value is not None else 0
