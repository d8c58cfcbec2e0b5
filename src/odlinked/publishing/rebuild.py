"""Rebuilding: every published row mapped again from the kept inputs, store and indexes built from nothing."""

from __future__ import annotations

from dataclasses import replace

from odlinked.catalog.index import Entry
from odlinked.findings import Issue
from odlinked.intake.arrivals import HELD, LASTING, Next
from odlinked.intake.organizations import SAYING
from odlinked.kinds import Kind
from odlinked.pool import Pool, cores
from odlinked.publishing import carried_over
from odlinked.publishing.published import Published
from odlinked.publishing.run import Run, nothing_published


class Rebuild(Run):
    """A rebuild of the release before."""

    def rebuild(self) -> Published:
        """Run it from the kept inputs: the rows that made the living records, and those that made none."""
        if self.previous is None:
            raise nothing_published("rebuilding", self.workspace)
        wanted = {(e.input, e.sheet, e.row) for _, e in self.entries.values() if e.key is not None and e.state != "gone"}
        wanted |= {issue[:3] for issue in self.issues if issue.row}
        # Faults of a row against what was published then still hold; rows that they kept from taking effect wait.
        kept = [issue for issue in self.issues if issue.fault.rule in (*LASTING, *HELD)]
        wanted -= {issue[:3] for issue in kept if issue.fault.rule in HELD}
        old = self.manifest["base"] if self.manifest else self.base
        following = Next(carried_over.carried(self.archive, self.entries, old, self.base))
        adopted = {(e.input or 0, e.sheet, e.row or 0): self.base + iri.removeprefix(old)
                   for iri, (_, e) in self.entries.items() if e.key is not None and Kind.of(iri) is Kind.DATASET}
        with Pool(cores(self.settings.publish.workers)) as pool:
            for source in self._sources():
                self.source = source
                inputs = [self._kept(i) for i in self.inputs if i["source"] == source and i["id"] in {w[0] for w in wanted}]
                arrivals = [a for a in self._arrivals(inputs, pool, following.entries) if (a.input, a.sheet, a.row) in wanted]
                after = self._change(source, following.entries, adopted).apply(arrivals, full=False)
                following = Next(after.entries, following.issues + after.issues, held=following.held + after.held)
            following.issues[:0] = [_moved(issue, old, self.base) for issue in kept]
            following.held += sum(issue.fault.rule in HELD for issue in kept)
            self._relate(following, {}, None)
            self._keep_times(following.entries)
            return self.assembly(pool).make(self.previous, self.entries, following, self.inputs, rows=self.rows, fresh=True)

    def _sources(self) -> list[str]:
        """Return the sources in their order, but first those that published organisations and their changes, by which publishers
        are known."""
        first = {e.source for iri, (_, e) in self.entries.items() if e.key is not None and Kind.of(iri) in SAYING}
        return sorted(dict.fromkeys(i["source"] for i in self.inputs), key=lambda source: source not in first)

    def _keep_times(self, entries: dict[str, Entry]) -> None:
        """Give records whose content is as it was the time it was first published."""
        for iri, entry in entries.items():
            before = self.entries.get(iri)
            if before is not None and before[1].hash == entry.hash:
                entries[iri] = entry._replace(changed=before[1].changed)


def _moved(issue: Issue, old: str, base: str) -> Issue:
    """Return an issue on a record under the present base."""
    node = issue.fault.node
    return issue._replace(fault=replace(issue.fault, node=base + node.removeprefix(old))) if node.startswith(old) else issue
