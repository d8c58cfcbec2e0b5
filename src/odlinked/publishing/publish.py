"""Publishing: files become the next release of a catalogue, in one step that happens completely or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from odlinked.assets import Assets
from odlinked.catalog.keeping.workspace import Workspace
from odlinked.clock import Clock
from odlinked.errors import SettingsError, WorkspaceError
from odlinked.pool import collector_paused
from odlinked.publishing.desk import HARVESTED, Desk, Progress
from odlinked.publishing.published import Published
from odlinked.publishing.repeat import Given, Repeat
from odlinked.settings import Settings, is_source


def _silent(_stage: str, _done: int) -> None:
    """Report nothing."""


class Publisher:
    """Publishes into a workspace with given settings.

    What a run needs is imported when there is one: a publish of what is published already ends before.
    """

    def __init__(self, workspace: Workspace, settings: Settings, progress: Progress = _silent,
                 clock: Clock | None = None) -> None:
        self.workspace = workspace
        self.clock = clock or Clock.of(settings.catalog.timezone)
        self.desk = Desk(workspace, settings, Assets(settings.overlays), progress, self.clock)

    def publish(self, files: Sequence[Path], source: str, form: str | None = None, *, allow_removals: bool = False) -> Published:
        """Publish `files` as the state (full forms) or as changes (delta forms) of `source`.

        Raise `InputError`, `FormError`, `SettingsError` or `WorkspaceError` before anything served has changed; so, unless
        `allow_removals`, where more of what the source has published would be taken down than the settings allow.
        """
        return self._published("publish", Given(tuple(files), source, form, allow_removals))

    def harvest(self, records: Path, source: str, *, allow_removals: bool = False) -> Published:
        """Publish a file of harvested records (`graphs.records`) as the state of `source`; raise what `publish` raises.

        The share of what may be taken down is that of the source (`sources.NAME.shrink`).
        """
        return self._published("harvest", Given((records,), source, HARVESTED, allow_removals))

    def _published(self, doing: str, given: Given) -> Published:
        check_source(given.source)
        with self.workspace.locked(doing, self.clock), self.workspace.undone(), collector_paused():
            current = self.workspace.current()
            repeat = Repeat(self.workspace, self.desk.settings, self.desk.assets, given)
            known = repeat.made(current, self.clock.now().replace(microsecond=0).isoformat()) if current else None
            if known is not None:
                return known
            from odlinked.publishing.files import Publish, PublishRecords

            kind = PublishRecords if given.form == HARVESTED else Publish
            with kind(self.desk, given.source, current, allow_removals=given.allow_removals) as run:
                done = run.publish(given.files, given.form)
            if run.would_repeat:
                repeat.note(done, run.digests, run.now)
            return done

    def rebuild(self) -> Published:
        """Map every published row again from the kept inputs, and build store and indexes from nothing."""
        from odlinked.publishing.rebuild import Rebuild

        with self.workspace.locked("publish", self.clock), self.workspace.undone():
            current = self.workspace.current()
            if current and not self.workspace.is_readable(current):
                return self._replay(self.workspace.manifest(current, any_format=True))
            with Rebuild(self.desk, "", current, anew=True) as run:
                return run.rebuild()

    def measure(self, day: date) -> Published:
        """Measure everything published as of `day`, into a release of its own where that has anything new.

        A day before the one measured last joins the history of the organisations; the last measurements stay the current ones.
        Raise `SettingsError` for a day still to come.
        """
        from odlinked.publishing.files import Measure

        with (self.workspace.locked("measure", self.clock), self.workspace.undone(), collector_paused(),
              Measure(self.desk, "", self.workspace.current()) as run):
            return run.measure(day)

    def _replay(self, manifest: dict[str, Any]) -> Published:
        """Publish the inputs of a release of another stored form again, in their order, into a catalogue begun anew.

        Only the last of the releases this makes is ever served.
        """
        from odlinked.intake.outcomes import together
        from odlinked.publishing.files import Publish

        missing = [i["name"] for i in manifest["inputs"] if not (self.workspace.inputs / i["sha256"]).is_file()]
        if missing or not manifest["inputs"]:
            raise WorkspaceError(f"inputs are no longer kept: {', '.join(missing) or 'all'}", doing="rebuilding",
                                 on=str(self.workspace.root), next_step="Publish the sources' files in a new workspace")
        groups = together(manifest["inputs"])
        previous: str | None = None
        for group in groups:
            # What was published before was accepted then.
            with Publish(self.desk, group[0]["source"], previous, anew=True, allow_removals=True) as run:
                done = run.publish_kept(group, switch=group is groups[-1])
            previous = done.release
        return done


def check_source(source: str) -> None:
    """Raise `SettingsError` where a text cannot name a source."""
    if not is_source(source):
        raise SettingsError(f"{source!r} cannot name a source", doing="publishing",
                            next_step="Use letters, digits, - and _ (like moenv-2026)")

