"""The result of a run, reported to people: personal data first, then by answer, what to do, and the hosts with the most
failures."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.evidence.notebook import Notebook
from odlinked.evidence.observation import ANSWER, DELIVERY, Observation, PersonalColumn
from odlinked.evidence.run import RunOutcome
from odlinked.namespaces import SKOS
from odlinked.rdf import vocabulary

WORDS: Final = "ontologies/words/check.toml"
ANSWERS: Final = "ontologies/codes/answer.ttl"
DELIVERIES: Final = "ontologies/codes/delivery.ttl"
PERSONS: Final = "ontologies/standards/persons.ttl"
LANGUAGES: Final = ("zh-Hant", "en")
GROUPS: Final = (ANSWER + "works", ANSWER + "fails", ANSWER + "not-established")
_MOST_HOSTS: Final = 20
_MOST_FILES: Final = 20


@dataclass(frozen=True)
class Answers:
    """The answers: labels and definitions in one language, and the group of each (works, fails, not established)."""

    labels: dict[str, str]
    definitions: dict[str, str]
    groups: dict[str, str]

    @classmethod
    def load(cls, assets: Assets, language: str, name: str = ANSWERS) -> Answers:
        """Read the code list of answers, or another one."""
        terms: dict[str, dict[str, str]] = {"prefLabel": {}, "definition": {}, "broader": {}}
        for statement in vocabulary.read(assets, name, "reading the code list"):
            kind, end = statement.predicate.value.removeprefix(SKOS), statement.object
            spoken = isinstance(end, ox.Literal) and (end.language or "").lower() == language.lower()
            if kind in terms and (spoken or isinstance(end, ox.NamedNode)):
                terms[kind][getattr(statement.subject, "value", "")] = getattr(end, "value", "")
        return cls(terms["prefLabel"], terms["definition"], terms["broader"])

    def of(self, group: str) -> tuple[str, ...]:
        """Return the answers of a group."""
        return tuple(answer for answer, own in self.groups.items() if own == group)


@dataclass(frozen=True)
class Looked:
    """What was found in the files of a run: how often something other than the data came, by the IRIs of answer and delivery, and
    the distributions that hold personal data, with those columns."""

    instead: Mapping[tuple[str, str], int]
    persons: tuple[tuple[str, tuple[PersonalColumn, ...]], ...]

    def answered(self, answer: str) -> int:
        """Return how many of an answer came with something other than the data."""
        return sum(count for (own, _), count in self.instead.items() if own == answer)

    def deliveries(self) -> dict[str, int]:
        """Return delivery -> how often it came instead of the data, in order."""
        found: Counter[str] = Counter()
        for (_, delivery), count in sorted(self.instead.items()):
            found[delivery] += count
        return dict(found)


class RunSummary:
    """The result of a run, in a language."""

    def __init__(self, notebook: Notebook, outcome: RunOutcome, assets: Assets, language: str) -> None:
        self.notebook, self.outcome = notebook, outcome
        self.answers = Answers.load(assets, language)
        self.deliveries = Answers.load(assets, language, DELIVERIES)
        self.kinds = Answers.load(assets, language, PERSONS).labels
        self.words = words(assets, language)

    @cached_property
    def looked(self) -> Looked:
        """What was found in the files."""
        instead: Counter[tuple[str, str]] = Counter()
        persons = []
        for one in self.notebook.since(self.outcome.started):
            if is_instead(one):
                instead[one.answer, one.content.delivery or ""] += 1
            if one.content.personal_columns:
                persons.append((one.distribution, one.content.personal_columns))
        return Looked(instead, tuple(persons))

    @cached_property
    def counted(self) -> list[tuple[str, int]]:
        """Answer -> how often it was given, the most frequent first."""
        return self.notebook.answers(self.outcome.started)

    @property
    def fails(self) -> bool:
        """Whether a file holds personal data, cannot be obtained, or is not the data."""
        fails = sum(count for answer, count in self.counted if self.answers.groups.get(answer) == GROUPS[1])
        return bool(self.looked.persons or fails or self.looked.instead)

    def text(self) -> Iterator[str]:
        """Yield the lines of a summary."""
        yield from self._persons()
        yield from self._run()
        yield from self._answers()
        yield from self._advice()
        yield from self._hosts()
        if self.outcome.visited:
            yield self.words["next"]

    def _persons(self) -> Iterator[str]:
        persons, words = self.looked.persons, self.words
        if persons:
            yield words["persons"].format(count=f"{len(persons):,}")
        for distribution, columns in persons[:_MOST_FILES]:
            listed = words["between"].join(
                words["person_column"].format(name=one.name or words["no_heading"], kind=self.kinds.get(one.kind, one.kind),
                                              found=f"{one.found:,}", filled=f"{one.filled:,}") for one in columns)
            yield "  " + words["person"].format(distribution=distribution, columns=listed)
        if len(persons) > _MOST_FILES:
            yield "  " + words["more"].format(count=f"{len(persons) - _MOST_FILES:,}")

    def _run(self) -> Iterator[str]:
        outcome, words = self.outcome, self.words
        yield words["done"].format(visited=f"{outcome.visited:,}", skipped=f"{outcome.skipped:,}")
        if outcome.without:
            yield words["without"].format(count=f"{outcome.without:,}")
        if outcome.left:
            yield words["left"].format(count=f"{outcome.left:,}")
        if not outcome.finished:
            yield words["stopped"]
        if outcome.fault_count:
            distribution, problem = outcome.faults[0]
            yield words["faults"].format(count=f"{outcome.fault_count:,}", distribution=distribution, problem=problem)

    def _answers(self) -> Iterator[str]:
        instead = self.looked.deliveries()
        yield self.words["since"].format(since=self.notebook.clock.local(self.outcome.started).strftime("%Y-%m-%d %H:%M"),
                                         count=f"{sum(count for _, count in self.counted):,}")
        for group in GROUPS:
            own = [(answer, count - self.looked.answered(answer)) for answer, count in self.counted
                   if self.answers.groups.get(answer) == group]
            yield f"{sum(count for _, count in own):>9,}  {self.answers.labels[group]}"
            for answer, count in own:
                if count:
                    yield f"{count:>13,}  {self.answers.labels[answer]}"
        if instead:
            yield f"{sum(instead.values()):>9,}  {self.words['instead']}"
        for delivery, count in instead.items():
            yield f"{count:>13,}  {self.deliveries.labels.get(delivery, delivery)}"

    def _advice(self) -> Iterator[str]:
        problems = [(self.answers, answer) for answer, _ in self.counted if self.answers.groups.get(answer) != GROUPS[0]]
        problems += [(self.deliveries, delivery) for delivery in self.looked.deliveries()]
        if problems:
            yield self.words["what_to_do"]
        for known, iri in problems:
            yield "  " + self.words["advice"].format(label=known.labels.get(iri, iri), definition=known.definitions.get(iri, ""))

    def _hosts(self) -> Iterator[str]:
        words, since = self.words, self.outcome.started
        found = self.notebook.hosts(since, self.answers.of(GROUPS[1]), _MOST_HOSTS)
        if found:
            yield words["hosts"]
        for host, bad, count in found:
            answers = words["between"].join(
                words["answer_count"].format(label=self.answers.labels.get(answer, answer), count=f"{number:,}")
                for answer, number in self.notebook.host_answers(since, host))
            yield "  " + words["host"].format(host=host or words["no_host"], failing=f"{bad:,}", count=f"{count:,}",
                                              answers=answers)

    def table(self) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a table, header first, of the links that are not known to give the data, with what to do."""
        yield tuple(self.words["columns"].split("|"))
        for observed in self.notebook.since(self.outcome.started) if self.looked.persons else ():
            kinds = dict.fromkeys(self.kinds.get(one.kind, one.kind) for one in observed.content.personal_columns or ())
            if kinds:
                row = self._row(observed, self.words["personal"], self.answers, observed.answer)
                yield (*row[:3], self.words["between"].join(kinds), *row[4:7], self.words["personal_advice"], "")
        for observed in self.notebook.since(self.outcome.started):
            group = self.answers.groups.get(observed.answer, "")
            if group != GROUPS[0]:
                yield self._row(observed, self.answers.labels.get(group, ""), self.answers, observed.answer)
            elif is_instead(observed):
                yield self._row(observed, self.words["instead"], self.deliveries, observed.content.delivery or "")

    def _row(self, observed: Observation, group: str, known: Answers, iri: str) -> tuple[str, ...]:
        ended = self._moment(observed.ended)
        return (observed.distribution.partition("#")[0], observed.distribution, group, known.labels.get(iri, iri),
                str(observed.status or ""), observed.final_url or "", ended, known.definitions.get(iri, ""),
                self._moment(observed.state_since))

    def _moment(self, moment: datetime | None) -> str:
        """Return a time in the catalogue's time zone, "" for none."""
        return self.notebook.clock.local(moment).isoformat(timespec="seconds") if moment else ""


def is_instead(observed: Observation) -> bool:
    """True when something other than the data came: a page, a login, an error, nothing, or not one record."""
    return observed.content.delivery not in (None, DELIVERY + "direct")


def words(assets: Assets, language: str) -> dict[str, str]:
    """Return the words of `check` and `measure` in a language; raise `AssetError` where one is missing."""
    place = LANGUAGES.index(language)
    try:
        return {key: texts[place] for key, texts in tomllib.loads(assets.text(WORDS)).items()}
    except (tomllib.TOMLDecodeError, IndexError) as problem:
        raise AssetError(str(problem), doing="reading words", on=WORDS) from problem
