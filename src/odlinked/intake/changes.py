"""The content of the next release: the state of a catalogue and what arrived, computed without touching a file.

A source is `full` (what is no longer in it has vanished) or `delta` (what is not in it has not changed). The first source owns an
IRI; a second claim is minted under the second source's name and reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from odlinked.catalog.index import Entry
from odlinked.catalog.keeping.archive import RowDocument, RowOutcome
from odlinked.findings import Fault, Issue
from odlinked.intake.arrivals import OWNED, UNIQUE, UNMAPPED, VANISHED, Arrival, DocumentAccess, Next, fault
from odlinked.intake.delta import CONVERTING, Against, Verdict
from odlinked.intake.difference import NotedState
from odlinked.kinds import Kind
from odlinked.mapping.verdicts import HELD

HIDDEN = ("withheld", "deferred", "internal")
"""The standings of a row whose records are private."""


@dataclass
class SourceUpdate:
    """One publish of one source onto a state: `previous` IRI -> entry, `now` an ISO time, `hold` keeps faulty rows back.

    `public`: records that are withheld or not approved yet are published, too. With `adopted`, rows are those of a rebuilt
    release, not new ones: nothing is compared with what is published, and a row becomes the record it was.
    """

    previous: Mapping[str, Entry]
    source: str
    base: str
    now: str
    words: DocumentAccess
    hold: bool = False
    public: bool = False
    adopted: Mapping[tuple[int, str | None, int], str] | None = None

    def apply(self, arrivals: Iterable[Arrival], *, full: bool) -> Next:
        """Return the next state after `arrivals`, in their order."""
        by_key: dict[bytes, list[Entry]] = {}
        for entry in self.previous.values():
            if entry.source == self.source and entry.key is not None and entry.state == "live":
                by_key.setdefault(entry.key, []).append(entry)
        state = _State(self, NotedState(self.previous), is_news=not full and self.adopted is None)
        for arrival in arrivals:
            if arrival.outcome is None:
                for entry in by_key[arrival.key]:
                    state.keep(entry, arrival)
            else:
                state.take(arrival, arrival.outcome)
        if full:
            state.bury_absent()
        state.settle_shared()
        return state.next


class _State:
    """The state while rows are taken in, one after the other."""

    def __init__(self, change: SourceUpdate, entries: NotedState, *, is_news: bool) -> None:
        self.change, self.next, self.entries, self.is_news = change, Next(entries), entries, is_news
        self.against = Against(change.previous, change.source, change.words, change.adopted)
        self.claimed: dict[str, Arrival] = {}

    def keep(self, entry: Entry, arrival: Arrival) -> None:
        """Take a row whose outcome is that of the release before: only its place may have changed."""
        # Nearly all rows of a list that is published again come this way, and are the first to claim their IRI.
        if self.claimed.setdefault(entry.iri, arrival) is arrival or self._claims(entry.iri, arrival):
            if self.is_news and entry.input != arrival.input:
                self._is_let_in(self.against.change(RowDocument(entry.iri, entry.hash, False), entry.iri), arrival, ())
            self.entries.place(entry, *arrival[:3])

    def take(self, arrival: Arrival, outcome: RowOutcome) -> None:
        """Take a row that was mapped again."""
        own = [made for made in outcome.made if not made.shared]
        if not own:
            if not outcome.faults:
                self._issue(arrival, UNMAPPED)
            for fault in outcome.faults:
                self.next.issues.append(Issue(arrival.input, arrival.sheet, arrival.row, fault))
            return
        if outcome.standing in CONVERTING and not outcome.withdrawn:
            verdict = self.against.conversion(arrival, own[0])
            if not self._is_let_in(verdict, arrival, own[:1]):
                return
            if verdict.iri:
                arrival, outcome = self._renamed(arrival, outcome, own[0], verdict.iri)
                own = [made for made in outcome.made if not made.shared]
        names = {made.iri: self._name(made.iri, arrival) for made in own}
        renamed = {old: new for old, new in names.items() if old != new}
        if outcome.standing in HIDDEN and not (outcome.withdrawn or self.change.public):
            self._hide(arrival, outcome, names)
            return
        # Rows that take a record down are never held back.
        faulty = self.change.hold and not outcome.withdrawn and any(fault.severity == "Violation" for fault in outcome.faults)
        if faulty or any(fault.rule in HELD for fault in outcome.faults):
            self.next.held += 1
            for fault in outcome.faults:
                self.next.issues.append(Issue(arrival.input, arrival.sheet, arrival.row, fault))
            for made in own:
                self._claims(names[made.iri], arrival)
            return
        is_held_against = self.is_news and not outcome.withdrawn and not renamed and not outcome.standing
        if is_held_against and not self._is_let_in(self.against.change(own[0], own[0].iri), arrival, own):
            return
        in_vain = False
        for made in own:
            iri = names[made.iri]
            if not self._claims(iri, arrival):
                continue
            before = self.next.entries.get(iri)
            if outcome.withdrawn:
                in_vain |= not self._withdraw(iri, before, arrival, made)
                continue
            words = self.change.words
            digest = words.minted(made, renamed) if renamed else words.merged(iri, made, before, arrival)
            self._judge(before, made, arrival, outcome.standing)
            faults = [f for f in outcome.faults if _belongs(f, made.iri, own)]
            same = before is not None and before.hash == digest and before.state == "live"
            self.next.entries[iri] = Entry(
                iri, self.change.source, digest, "live", before.changed if same and before else self.change.now,
                arrival.input, arrival.sheet, arrival.row, arrival.key, _mentions(outcome),
                sum(f.severity == "Violation" for f in faults), sum(f.severity == "Warning" for f in faults),
            )
        if outcome.withdrawn and not in_vain:
            self.next.issues += [Issue(arrival.input, arrival.sheet, arrival.row, fault) for fault in outcome.faults]
        self.next.minted.update(renamed)

    def _is_let_in(self, verdict: Verdict, arrival: Arrival, own: Sequence[RowDocument]) -> bool:
        """Report what was found against a row, and return whether it may take effect."""
        self.next.issues += [Issue(*arrival.place, found) for found in verdict.faults]
        if verdict.held:
            self.next.held += 1
            for made in own:
                self._claims(made.iri, arrival)
        return not verdict.held

    def _renamed(self, arrival: Arrival, outcome: RowOutcome, own: RowDocument, iri: str) -> tuple[Arrival, RowOutcome]:
        """Return a row with its record under the name of the one it means."""
        made = RowDocument(iri, self.change.words.renamed(own, iri), False)
        faults = tuple(replace(f, node=iri + f.node.removeprefix(own.iri)) if f.node.split("#", 1)[0] == own.iri else f
                       for f in outcome.faults)
        outcome = outcome._replace(made=tuple(made if one is own else one for one in outcome.made), faults=faults)
        return arrival._replace(outcome=outcome), outcome

    def _hide(self, arrival: Arrival, outcome: RowOutcome, names: Mapping[str, str]) -> None:
        """Take a row whose records are private: they have a state and are judged, but are not served.

        What was public before is taken down where the row says that it is withheld, and stays where an approval is missing
        (but not the unapproved content itself, which was public while its source was).
        """
        own = [made for made in outcome.made if not made.shared]
        for made in own:
            iri = names[made.iri]
            before = self.next.entries.get(iri)
            if not self._claims(iri, arrival):
                continue
            if before is None or not before.is_public:
                faults = [f for f in outcome.faults if _belongs(f, made.iri, own)]
                same = before is not None and before.hash == made.hash
                mentions = _mentions(outcome) if outcome.standing == "internal" else ()
                self.next.entries[iri] = Entry(
                    iri, self.change.source, made.hash, "private", before.changed if same and before else self.change.now,
                    arrival.input, arrival.sheet, arrival.row, arrival.key, mentions,
                    sum(f.severity == "Violation" for f in faults), sum(f.severity == "Warning" for f in faults))
                continue
            self.next.issues += [Issue(arrival.input, arrival.sheet, arrival.row, fault)
                                 for fault in outcome.faults if _belongs(fault, made.iri, own)]
            if before.state == "live" and (outcome.standing in ("withheld", "internal") or before.key == arrival.key):
                self._judge(before, made, arrival, outcome.standing)
                self.next.withdrawn += 1
                self._bury(before._replace(input=arrival.input, sheet=arrival.sheet, row=arrival.row, key=arrival.key), arrival)
            elif before.state == "live":
                self.next.held += 1

    def _judge(self, before: Entry | None, made: RowDocument, arrival: Arrival, standing: str) -> None:
        """Report what is missing where open data become data on request or withheld data."""
        if before is not None and before.state == "live" and standing:
            for rule in self.change.words.judge(before, made):
                self._issue(arrival, rule, before.iri, before.iri.rsplit("/", 1)[-1])

    def bury_absent(self) -> None:
        """Turn the source's records that no row claimed into tombstones (a full source); private ones leave no trace."""
        for iri, entry in self.change.previous.items():
            if entry.source == self.change.source and not entry.is_public and iri not in self.claimed:
                del self.next.entries[iri]
            if (entry.source == self.change.source and entry.state == "live" and entry.key is not None
                    and iri not in self.claimed):
                self._bury(entry, None)
                self.next.issues.append(Issue(entry.input or 0, entry.sheet, 0, fault(VANISHED, iri, iri, "Warning")))

    def settle_shared(self) -> None:
        """Keep the shared documents that a living record mentions, add new ones, remove the rest.

        Rows that spell an agency in two ways make two texts of it: the one with the smallest hash wins, whichever row came first,
        so that the state does not depend on its history.
        """
        mentioned: dict[str, str] = {}
        for mention in {m for e in self.next.entries.values() if e.state == "live" for m in e.mentions}:
            iri, _, text = mention.partition("|")
            mentioned[iri] = min(text, mentioned.get(iri, text))
        for iri in sorted(mentioned):
            before = self.next.entries.get(iri)
            if before is not None and before.key is not None and before.state == "live":
                continue  # it has a record of its own with more statements
            digest = bytes.fromhex(mentioned[iri])
            if before is None or before.hash != digest or before.state != "live":
                source = before.source if before else self.change.source
                self.next.entries[iri] = Entry(iri, source, digest, "live", self.change.now)
        for iri, entry in list(self.next.entries.items()):
            if entry.key is None and entry.state == "live" and entry.source and iri not in mentioned:
                self._bury(entry, None)

    def _claims(self, iri: str, arrival: Arrival) -> bool:
        """Give an IRI to the first row that claims it; report later ones."""
        first = self.claimed.setdefault(iri, arrival)
        if first is arrival or (first.input, first.sheet, first.row) == (arrival.input, arrival.sheet, arrival.row):
            return True
        self._issue(arrival, UNIQUE, iri, str(first.row))
        return False

    def _name(self, iri: str, arrival: Arrival) -> str:
        """Return the IRI under which the source publishes: its own claim, or one minted where another source owns it.

        What rows only mention (an organisation) has no owner: a row whose record it is takes it over.
        """
        owner = self.next.entries.get(iri)
        if owner is None or owner.source == self.change.source or (owner.key is None and owner.source):
            return iri
        prefix, _, name = iri.rpartition("/")
        self._issue(arrival, OWNED, iri, owner.source)
        return f"{prefix}/{self.change.source}.{name}"

    def _withdraw(self, iri: str, before: Entry | None, arrival: Arrival, made: RowDocument) -> bool:
        """Take a record down; return whether there was one."""
        if before is not None and not before.is_public:
            del self.next.entries[iri]  # never published: nothing is reported
        elif before is None and Kind.of(iri) is Kind.DATASET:
            self.next.held += 1
            self.next.issues.append(Issue(*arrival.place, self.against.withdrawal(made, iri)))
            return False
        elif before is not None and before.state == "live":
            self.next.withdrawn += 1
            self._bury(before._replace(input=arrival.input, sheet=arrival.sheet, row=arrival.row, key=arrival.key), arrival)
        return True

    def _bury(self, entry: Entry, arrival: Arrival | None) -> None:
        digest = self.change.words.tombstone(entry, arrival)
        self.next.entries[entry.iri] = entry._replace(
            hash=digest, state="gone", changed=self.change.now, mentions=(), violations=0, warnings=0)

    def _issue(self, arrival: Arrival, rule: str, node: str = "", other: str = "") -> None:
        self.next.issues.append(Issue(*arrival.place, fault(rule, node, other, "Violation")))


def _mentions(outcome: RowOutcome) -> tuple[str, ...]:
    """Return the shared documents that a row makes, too."""
    return tuple(sorted(f"{made.iri}|{made.hash.hex()}" for made in outcome.made if made.shared))


def _belongs(fault: Fault, iri: str, own: list[RowDocument]) -> bool:
    """True when a fault is reported on record `iri`: its node is in it, or in none and this is the row's first."""
    record = fault.node.split("#", 1)[0]
    return record == iri or (iri == own[0].iri and record not in {made.iri for made in own})
