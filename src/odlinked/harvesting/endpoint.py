"""The requests that read a catalogue out of a SPARQL endpoint, by the SPARQL 1.1 Protocol; sent like any other of a harvest.

Programs that ask endpoints, SPARQLWrapper among them, open connections by themselves, to wherever an address or a redirect leads.
A query by GET is an address, so the fetcher sends it, which refuses private networks and sends validators.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from odlinked import queries
from odlinked.assets import Assets
from odlinked.rdf import ntriples

CATALOGUE: Final = "queries/harvest/catalogue.rq"
_AFTER: Final = re.compile(r"VALUES \?after \{ (.+) \}")


def catalogue_address(assets: Assets, endpoint: str, behind: str = "") -> str:
    """Return the address at which an endpoint answers the records that come behind the record of an IRI ("": the first ones).

    SPARQL 1.1 Protocol, section 2.1.1: the query is a parameter beside those that the endpoint's address has already.
    """
    query = queries.load(assets, CATALOGUE).spelled(after=behind)
    parts = urlsplit(endpoint)
    given = [parts.query] if parts.query else []
    return urlunsplit(parts._replace(query="&".join([*given, urlencode({"query": query})]), fragment=""))


def behind(address: str) -> str:
    """Return the IRI of the record behind which the records begin that an address of `catalogue_address` gives."""
    found = _AFTER.search(parse_qs(urlsplit(address).query)["query"][-1])
    return ntriples.term(found[1]).value if found else ""
