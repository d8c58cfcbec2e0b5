"""The gate of harvested records: every statement passes through here, and none names a person or holds a key afterwards.

A contact is a unit: mailboxes of units and office telephones are kept, other mail addresses and telephones are not, nor what may
be the name of a person. Texts are cleaned as cells of tables are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from odlinked.assets import Assets
from odlinked.mapping import forms, privacy
from odlinked.mapping.urls import Keys, address
from odlinked.namespaces import FOAF, ORG, RDF, VCARD
from odlinked.persons import Recognition, recognition
from odlinked.persons.words import PATTERN
from odlinked.rdf import ntriples

_MAIL: Final = frozenset((VCARD + "hasEmail", VCARD + "email", FOAF + "mbox"))
_TELEPHONE: Final = frozenset((VCARD + "hasTelephone", VCARD + "telephone", VCARD + "tel", FOAF + "phone"))
_NAME: Final = frozenset((VCARD + "fn", VCARD + "given-name", VCARD + "family-name", VCARD + "nickname", VCARD + "hasName"))
_BODIES: Final = tuple(f"{RDF}type> <{iri}> .".encode() for iri in (
    VCARD + "Organization", VCARD + "Group", FOAF + "Organization", ORG + "Organization", ORG + "OrganizationalUnit"))
_CONTACT: Final = (VCARD.encode(), b"<mailto:", b"<tel:", (FOAF + "mbox").encode(), (FOAF + "phone").encode())
_ADDRESSES: Final = 10_000
"""How many addresses are remembered: classes, licences and media types come again and again."""

_WORD: Final = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class StatementGate:
    """Cleans the documents of harvested records; addresses at `public_hosts` keep their keys."""

    assets: Assets
    public_hosts: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Its part of a reuse key: the words that persons are known by, and the names of keys."""
        words = self.assets.digest(self.assets.glob(PATTERN))
        return repr((words, sorted(self._keys.secret), sorted(self._keys.doubtful), self.public_hosts))

    def passed(self, text: bytes) -> tuple[list[bytes], int]:
        """Return the lines of a document (canonical N-Triples) that may be published, and how many were left out or changed."""
        lines, touched = [], 0
        written = text.split(b"\n")[:-1]
        contact = any(mark in text for mark in _CONTACT)
        bodies = {line.split(b" ", 1)[0] for line in written if line.endswith(_BODIES)} if contact else set[bytes]()
        for line in written:
            kept = self._line(line, bodies, contact=contact)
            touched += kept != line
            lines += [kept] if kept else []
        return lines, touched

    def _line(self, line: bytes, bodies: set[bytes], *, contact: bool) -> bytes:
        """Return a statement as it may be published, b"" for one that may not."""
        subject, predicate, rest = line.split(b" ", 2)
        if contact:
            known = predicate[1:-1].decode()
            if known in _MAIL or rest.startswith((b"<mailto:", b'"mailto:')):
                return line if self._is_unit(rest) else b""
            if known in _TELEPHONE or rest.startswith((b"<tel:", b'"tel:')):
                found = privacy.office_telephones(ntriples.term(rest[:-2].decode()).value.removeprefix("tel:"))
                if found:
                    return b"%b %b <%b> ." % (subject, predicate, found[0].encode())
                # A telephone is often a node of its own, whose value is judged in its turn.
                return line if rest[:1] == b"<" and not rest.startswith(b"<tel:") else b""
            if known in _NAME and subject not in bodies and not self._is_no_person(ntriples.term(rest[:-2].decode()).value):
                return b""
        if rest[:1] == b"<":
            return self._address(subject, predicate, rest)
        end = rest.rindex(b'"')
        value = ntriples.unescape(rest[1:end].decode())
        clean = self._recognition.cleaned(value)
        return line if clean == value else b"%b %b \"%b%b" % (subject, predicate, ntriples.escape(clean).encode(), rest[end:])

    def _address(self, subject: bytes, predicate: bytes, rest: bytes) -> bytes:
        """Return a statement without the keys, users and persons of the address that it leads to."""
        clean = self._clean_address(rest[1:-3])
        return b"%b %b <%b> ." % (subject, predicate, clean) if clean else b""

    @cached_property
    def _clean_address(self) -> Callable[[bytes], bytes]:
        return lru_cache(maxsize=_ADDRESSES)(self._address_cleaned)

    def _address_cleaned(self, address_: bytes) -> bytes:
        written = clean = address_.decode()
        if not written.startswith(("http://", "https://")):
            return address_
        if "@" in written or self._keys.possible(written):
            found = address(written, self._keys)
            clean = found.iri if found is not None and found.key_removed else written if found is not None else ""
        return ntriples.encode(self._recognition.cleaned_address(clean)).encode() if clean else b""

    def _is_unit(self, rest: bytes) -> bool:
        """True where a statement leads to a mailbox of a unit, or to a node that says more."""
        value = ntriples.term(rest[:-2].decode()).value
        if "@" not in value:
            return rest[:1] == b"<" and not value.startswith("mailto:")
        return len(self._recognition.unit_mailboxes(value.removeprefix("mailto:"))) == 1

    def _is_no_person(self, name: str) -> bool:
        """True where the name of a contact cannot be a person's: one word that is not, or the name of a unit."""
        folded = name.strip()
        if self._recognition.names.is_name(folded):
            return False
        return len(_WORD.findall(folded)) <= 1

    @cached_property
    def _recognition(self) -> Recognition:
        return recognition(self.assets)

    @cached_property
    def _keys(self) -> Keys:
        """What any form takes for a key."""
        columns = [column for form in forms.load_all(self.assets) for column in form.columns]
        secret, doubtful = ({str(one) for column in columns for one in forms.annotation(column, name) or ()}
                            for name in ("secretParameters", "secretIfLong"))
        return Keys(secret, doubtful, self.public_hosts)
