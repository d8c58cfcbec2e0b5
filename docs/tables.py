"""Writes the pages that only repeat what the assets say: the rules, the forms and the answers of links, in both languages.

    python docs/tables.py

`tests/test_docs_tables.py` holds the pages to what this writes.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from odlinked.assets import Assets, bundled
from odlinked.csvw.model import Column
from odlinked.evidence.summary import GROUPS, Answers
from odlinked.mapping import forms
from odlinked.mapping.forms import Form, annotation, titles
from odlinked.namespaces import CSVW, DCTERMS, ODL, RDF, RDFS, SH, SKOS
from odlinked.quality.shapes import Profile, Rule
from odlinked.standards import packs
from odlinked.standards.facts import Facts

DOCS = Path(__file__).parent
EXAMPLE = "examples/national-list"
LISTED = 20
"""A code list up to this length is told whole."""
TOLD = 6
"""Names of a field standard that are told; its own page in the service has all."""


def pages() -> dict[Path, str]:
    """Return file -> text of the six pages."""
    found: dict[Path, str] = {}
    for language, words in tomllib.loads((DOCS / "tables.toml").read_text(encoding="utf-8")).items():
        folder = DOCS if language == "en" else DOCS / language
        writer = Writer(language, words)
        found[folder / "rules.md"], found[folder / "forms.md"] = writer.rules(), writer.forms()
        found[folder / "standards.md"] = writer.standards()
        found[folder / "answers.md"] = writer.answers()
    return found


@dataclass
class Writer:
    """Writes the pages in one language."""

    language: str
    words: dict[str, str]
    assets: Assets = field(default_factory=lambda: Assets((bundled() / EXAMPLE,)))

    def rules(self) -> str:
        """Return the page of the rules of tw-open."""
        profile = Profile.load(Assets(), "tw-open")
        head = self.words["rules"].format(token=profile.name, title=profile.titles[self.language], issued=profile.issued)
        return head.lstrip() + "".join(self._rule(rule) for rule in profile.rules.values())

    def forms(self) -> str:
        """Return the page of the bundled forms and the example overlay's."""
        own = {form.name for form in forms.load_all(Assets())}
        return self.words["forms"].lstrip() + "".join(self._form(form, form.name in own) for form in forms.load_all(self.assets))

    def answers(self) -> str:
        """Return the page of what visits to links come to."""
        answers, said = Answers.load(Assets(), self.language), [self.words["answers"].lstrip()]
        for group in GROUPS:
            said += [f"\n## {answers.labels[group]}\n\n{answers.definitions[group]}\n\n{self.words['answers_head']}\n"]
            for one in answers.of(group):
                said.append(_row((answers.labels[one], answers.definitions[one], f"`{one.rpartition('/')[2]}`")))
        return "".join(said)

    def standards(self) -> str:
        """Return the page of the data standards: how they are used, and a table of fields for each pack."""
        facts = Facts.read(Assets(), packs.PATTERN)
        told = self.words["standards"].lstrip()
        for scheme in facts.of_type(SKOS + "ConceptScheme"):
            fields = [iri for iri in facts.of_type(ODL + "FieldStandard") if scheme in facts.all(iri, SKOS + "inScheme")]
            if fields:
                told += f"\n## {self._said(facts, scheme, SKOS + 'prefLabel')}\n\n{self.words['standards_head']}\n"
                told += "".join(self._standard(facts, iri) for iri in fields)
        return told + self.words["standards_add"]

    def _standard(self, facts: Facts, iri: str) -> str:
        names = [text for text, _ in facts.literals(iri, SKOS + "altLabel")][:TOLD]
        names += [f"…{text}" for text, _ in facts.literals(iri, ODL + "suffixAlias")]
        written = "<br>".join(self._written(facts, way) for way in facts.all(iri, CSVW + "datatype"))
        sources = [f"[{uri.removeprefix('https://')}]({uri})" for uri in facts.all(iri, DCTERMS + "source")]
        sources += [self.words["here"] if text == "odlinked" else text for text, tag in facts.literals(iri, DCTERMS + "source")
                    if tag in ("", self.language.lower())]
        marks = [self.words[name] for name in ("toVerify", "personalData") if facts.flag(iri, ODL + name, False)]
        return _row((f"`{facts.one(iri, SKOS + 'notation')}`<br>{self._said(facts, iri, SKOS + 'prefLabel')}",
                     self.words["between"].join(names), written,
                     self.words["between"].join(f"`{text}`" for text, _ in facts.literals(iri, SKOS + "example")),
                     "<br>".join([*sources, *marks])))

    def _written(self, facts: Facts, way: str) -> str:
        said = [f"`{facts.one(way, CSVW + 'format') or facts.one(way, SH + 'pattern')}`"]
        low, high = facts.one(way, CSVW + "minimum"), facts.one(way, CSVW + "maximum")
        if low or high:
            said.append(f"{low}…{high}")
        for check in facts.all(way, ODL + "check"):
            method = facts.all(check, ODL + "method")[0]
            said.append(self._said(facts, check, RDFS + "label") or self._said(self._methods, method, SKOS + "prefLabel"))
        return self.words["between"].join(said)

    def _said(self, facts: Facts, iri: str, predicate: str) -> str:
        """Return a text in the language of the page."""
        return next((text for text, tag in facts.literals(iri, predicate) if tag == self.language.lower()), "")

    def _rule(self, rule: Rule) -> str:
        names = ", ".join(f"`{form.name}`" for form in forms.load_all(Assets()) if (rule.target, rule.path) in form.carries)
        where = {"literal": self.words["every_form"], "collection": self.words["publishing"].format(names)}.get(rule.kind, names)
        return _row((f"`{rule.name}`<br>{rule.names[self.language]}", self.words[rule.severity],
                     rule.messages[self.language].replace("{?other}", "…"), rule.sources.get(self.language, ""), where))

    def _form(self, form: Form, bundled_one: bool) -> str:
        about = json.loads(self.assets.text(form.asset)).get("rdfs:comment", [])
        told = "".join(note["@value"] + "\n" for note in about if note["@language"] == self.language)
        where = "" if bundled_one else self.words["overlay"].format(EXAMPLE)
        head = f"\n## `{form.name}` {form.labels[self.language]}{where}\n\n{told}{self.words['delta' if form.delta else 'full']}"
        head += "\n" + self.words["internal"] if form.internal else ""
        return f"{head}\n\n{self.words['forms_head']}\n" + "".join(self._column(form, column) for column in form.columns)

    def _column(self, form: Form, column: Column) -> str:
        chinese = [_plain(title) for tag, those in column.titles.items() if tag != "en" for title in those]
        must = "required" if column.required else "optional" if annotation(column, "optional") else "usual"
        if column.suppress_output:
            reasons = annotation(column, "suppressionReason") or []
            reason = " ".join(str(reason["@value"]) for reason in reasons if reason["@language"] == self.language)
            return _row((self.words["or"].join(chinese), self.words[must], "", self.words["suppressed"].format(reason)))
        carried = dict.fromkeys(path for paths in (annotation(column, "carries") or {}).values() for path in paths)
        shown = ", ".join(f"`{path}`" for path in carried if not path.startswith("odl:unrecognised"))
        return _row((self.words["or"].join(chinese), self.words[must], "".join(self._to_write(form, column)), shown))

    def _to_write(self, form: Form, column: Column) -> Iterator[str]:
        """Yield what to write into a cell, part by part."""
        words, separators, leader = self.words, annotation(column, "separators"), annotation(column, "alignedWith")
        if annotation(column, "codeList"):
            schemes = [*annotation(column, "codeList"), *(annotation(column, "otherCodeList") or ())]
            yield words["or"].join(map(self._codes, schemes))
            if not any("odl:unrecognised" in path for paths in (annotation(column, "carries") or {}).values() for path in paths):
                yield words["other_too"]
        else:
            yield words[_kind(column)]
        if separators:
            yield words["several"].format(" ".join("↵" if mark == "\n" else mark for mark in separators))
        if leader == column.name:
            yield words["several"].format(annotation(column, "memberSeparator") or ";")
        elif leader:
            yield words["aligned"].format(next(_plain(titles(one)[0]) for one in form.columns if one.name == leader),
                                          annotation(column, "memberSeparator") or ";")

    def _codes(self, scheme: str) -> str:
        name, labels = self._lists[scheme]
        told = self.words["one_of"].format(self.words["between"].join(labels))
        return told if len(labels) <= LISTED else self.words["in_list"].format(name)

    @cached_property
    def _methods(self) -> Facts:
        return Facts.read(Assets(), "ontologies/codes/check-method.ttl")

    @cached_property
    def _lists(self) -> dict[str, tuple[str, list[str]]]:
        """Scheme IRI -> (file name, labels in the order of the file)."""
        found: dict[str, tuple[str, list[str]]] = {}
        for asset, path in self.assets.glob("ontologies/codes/*.ttl").items():
            said: dict[str, dict[str, str]] = {}
            for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
                tag = getattr(quad.object, "language", None) or ""
                said.setdefault(str(quad.subject), {}).setdefault(quad.predicate.value + tag.lower(), quad.object.value)
            scheme = next(iri for iri, facts in said.items() if facts.get(RDF + "type") == SKOS + "ConceptScheme")
            labels = [self._label(facts) for facts in said.values() if facts.get(RDF + "type") == SKOS + "Concept"]
            found[scheme[1:-1]] = (Path(asset).stem, labels)
        return found

    def _label(self, facts: dict[str, str]) -> str:
        """Return what a clerk writes, with its meaning for readers of English."""
        chinese, english = facts.get(SKOS + "prefLabelzh-hant", ""), facts.get(SKOS + "prefLabelen", "")
        notation = facts.get(SKOS + "notation", "")
        written = f"{notation} {chinese}" if notation.isdigit() and len(notation) < 3 else chinese or english
        return written if self.language != "en" or english in ("", chinese) else f"{written} ({english})"


def _kind(column: Column) -> str:
    """Return the name of the words for a column that has no code list."""
    if annotation(column, "dates"):
        return "date"
    if annotation(column, "officePhones"):
        return "phone"
    if annotation(column, "unitMail"):
        return "mail"
    base = column.datatype.base
    return "address" if base == "anyURI" else "number" if base.lower().endswith("integer") else "text"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")
