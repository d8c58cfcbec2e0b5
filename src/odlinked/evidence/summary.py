"""What a run came to, told to people: by answer, what to do, and the hosts with the most trouble."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from odlinked.assets import Assets
from odlinked.errors import AssetError
from odlinked.evidence.notebook import Notebook
from odlinked.evidence.observation import ANSWER
from odlinked.evidence.run import Outcome
from odlinked.namespaces import SKOS

WORDS: Final = "ontologies/words/check.toml"
ANSWERS: Final = "ontologies/codes/answer.ttl"
LANGUAGES: Final = ("zh-Hant", "en")
GROUPS: Final = (ANSWER + "works", ANSWER + "fails", ANSWER + "not-established")
_MOST_HOSTS: Final = 20


@dataclass(frozen=True)
class Answers:
    """The answers: labels and definitions in one language, and the group of each (works, fails, not established)."""

    labels: dict[str, str]
    definitions: dict[str, str]
    groups: dict[str, str]

    @classmethod
    def load(cls, assets: Assets, language: str) -> Answers:
        """Read the code list of answers."""
        try:
            quads = list(ox.parse(assets.text(ANSWERS), format=ox.RdfFormat.TURTLE))
        except SyntaxError as problem:
            raise AssetError(str(problem), doing="reading the code list", on=ANSWERS) from problem
        told: dict[str, dict[str, str]] = {"prefLabel": {}, "definition": {}, "broader": {}}
        for quad in quads:
            kind, end = quad.predicate.value.removeprefix(SKOS), quad.object
            spoken = isinstance(end, ox.Literal) and (end.language or "").lower() == language.lower()
            if kind in told and (spoken or isinstance(end, ox.NamedNode)):
                told[kind][getattr(quad.subject, "value", "")] = getattr(end, "value", "")
        return cls(told["prefLabel"], told["definition"], told["broader"])

    def of(self, group: str) -> tuple[str, ...]:
        """Return the answers of a group."""
        return tuple(answer for answer, own in self.groups.items() if own == group)


def failing(notebook: Notebook, outcome: Outcome, answers: Answers) -> int:
    """Return how many links a run found that cannot be obtained."""
    return sum(count for answer, count in notebook.answers(outcome.started) if answers.groups.get(answer) == GROUPS[1])


def text(notebook: Notebook, outcome: Outcome, assets: Assets, language: str) -> Iterator[str]:
    """Yield the lines of a summary in a language."""
    words, answers = _words(assets, language), Answers.load(assets, language)
    counted = notebook.answers(outcome.started)
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
    yield words["since"].format(since=notebook.clock.local(outcome.started).strftime("%Y-%m-%d %H:%M"),
                                count=f"{sum(count for _, count in counted):,}")
    for group in GROUPS:
        own = [(answer, count) for answer, count in counted if answers.groups.get(answer) == group]
        yield f"{sum(count for _, count in own):>9,}  {answers.labels[group]}"
        for answer, count in own:
            yield f"{count:>13,}  {answers.labels[answer]}"
    asked = [answer for answer, _ in counted if answers.groups.get(answer) != GROUPS[0]]
    if asked:
        yield words["what_to_do"]
    for answer in asked:
        yield "  " + words["advice"].format(label=answers.labels[answer], definition=answers.definitions[answer])
    yield from _hosts(notebook, outcome, answers, words)
    if outcome.visited:
        yield words["next"]


def table(notebook: Notebook, outcome: Outcome, assets: Assets, language: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table, header first, of the links that are not known to work, with what to do."""
    words, answers = _words(assets, language), Answers.load(assets, language)
    yield tuple(words["columns"].split("|"))
    for seen in notebook.since(outcome.started):
        if answers.groups.get(seen.answer) != GROUPS[0]:
            group = answers.groups.get(seen.answer, "")
            yield (seen.distribution.partition("#")[0], seen.distribution, answers.labels.get(group, ""),
                   answers.labels.get(seen.answer, seen.answer), str(seen.status or ""), seen.final_url or "",
                   notebook.clock.local(seen.ended).isoformat(timespec="seconds"), answers.definitions.get(seen.answer, ""))


def _hosts(notebook: Notebook, outcome: Outcome, answers: Answers, words: dict[str, str]) -> Iterator[str]:
    found = notebook.hosts(outcome.started, answers.of(GROUPS[1]), _MOST_HOSTS)
    if found:
        yield words["hosts"]
    for host, bad, count in found:
        said = words["between"].join(words["answer_count"].format(label=answers.labels.get(answer, answer), count=f"{number:,}")
                                     for answer, number in notebook.host_answers(outcome.started, host))
        yield "  " + words["host"].format(host=host or words["no_host"], failing=f"{bad:,}", count=f"{count:,}", answers=said)


def _words(assets: Assets, language: str) -> dict[str, str]:
    place = LANGUAGES.index(language)
    try:
        return {key: texts[place] for key, texts in tomllib.loads(assets.text(WORDS)).items()}
    except (tomllib.TOMLDecodeError, IndexError) as problem:
        raise AssetError(str(problem), doing="reading words", on=WORDS) from problem
