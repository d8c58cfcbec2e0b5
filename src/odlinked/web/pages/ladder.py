"""The badge as a ladder: how each step stands for a dataset, what blocks the next one, and what corrections would add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from odlinked.measure.explain import BadgeStep, Explained, Point
from odlinked.namespaces import METRIC, ODL
from odlinked.web.site.view import NamedItem, Viewer

STARS = METRIC + "format-ladder"
_WORST = ("lost", "open", "held")


@dataclass(frozen=True)
class Blocking:
    """An indicator that a step waits for: "lost" or "open", and of how many files how many pass (0 of 0: judged on the whole)."""

    metric: NamedItem
    how: str
    passed: int
    of: int


@dataclass(frozen=True)
class LadderStep:
    """A step of the badge: "held", "lost" or "open" by itself, and what it waits for; `reached` with all steps below it."""

    badge: NamedItem
    how: str
    reached: bool
    blocking: list[Blocking]


@dataclass(frozen=True)
class YardstickGain:
    """What mending an indicator adds by the badge or by the stars: steps or stars, with how many others it has to be mended, and
    whether that is certain: it is only possible where something on the way was not checked."""

    metric: NamedItem
    yardstick: str
    points: int
    others: int
    certain: bool
    advice: str


def ladder(viewer: Viewer, steps: Sequence[BadgeStep], points: Iterable[Point]) -> list[LadderStep]:
    """Return the steps from the lowest on."""
    spread: dict[str, list[str]] = {}
    for point in points:
        if "#" in point.node:
            spread.setdefault(point.metric, []).append(point.outcome)
    found, reached = list[LadderStep](), True
    for _, group in groupby(steps, lambda one: one.rank):
        asked = list(group)
        how = next(name for name in _WORST if any(one.how == name for one in asked))
        reached = reached and how == "held"
        waits = sorted((one for one in asked if one.how != "held"), key=lambda one: (_WORST.index(one.how), one.metric))
        blocking = [Blocking(viewer.named(one.metric), one.how, spread.get(one.metric, []).count("passed"),
                             len(spread.get(one.metric, []))) for one in waits]
        found.append(LadderStep(viewer.named(asked[0].badge), how, reached, blocking))
    return found


def gains(viewer: Viewer, explained: Explained) -> list[YardstickGain]:
    """Return what corrections add by the badge and by the stars, most first."""
    ranks = {step.metric: step.rank for step in explained.steps}
    is_observed = any(point.metric == STARS and point.reason.endswith("/observed") for point in explained.points)
    found = []
    for one in explained.mendings:
        if one.metric in ranks:
            top = ranks[one.metric] + one.points
            certain = not any(step.how == "open" and step.rank < top for step in explained.steps)
            found.append(_gain(viewer, one.metric, "badge", one.points, one.together - 1, certain=certain))
        elif one.metric == STARS:
            found.append(_gain(viewer, one.metric, "stars", one.points, one.together - 1, certain=is_observed))
    return sorted(found, key=lambda gain: (gain.yardstick, -gain.points, gain.metric.name))


def _gain(viewer: Viewer, metric: str, yardstick: str, points: int, others: int, *, certain: bool) -> YardstickGain:
    advice = viewer.vocabulary.text(metric, ODL + "whenFailed", viewer.language)
    return YardstickGain(viewer.named(metric), yardstick, points, others, certain, advice)


def six_rules(points: Mapping[str, Point]) -> dict[str, int]:
    """Return outcome -> how many of the six rules of the environment ministry have it, from the points of the dataset itself."""
    found: dict[str, int] = {}
    for metric, point in points.items():
        if metric.startswith(METRIC + "moenv-"):
            found[point.outcome] = found.get(point.outcome, 0) + 1
    return found
