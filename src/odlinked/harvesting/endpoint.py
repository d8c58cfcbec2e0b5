"""The requests that read a catalogue out of a SPARQL endpoint, by the SPARQL 1.1 Protocol; sent like any other of a harvest.

Programs that ask endpoints, SPARQLWrapper among them, open connections by themselves, to wherever an address or a redirect leads.
A query by GET is an address, so the fetcher sends it, which refuses private networks and sends validators.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from odlinked import queries
from odlinked.assets import Assets

CATALOGUE: Final = "queries/harvest/catalogue.rq"


def catalogue_address(assets: Assets, endpoint: str, behind: str = "") -> str:
    """Return the address at which an endpoint answers the records that come behind the record of an IRI ("": the first ones).

    SPARQL 1.1 Protocol, section 2.1.1: the query is a parameter beside those that the endpoint's address has already.
    """
    query = queries.load(assets, CATALOGUE).spelled(after=behind)
    parts = urlsplit(endpoint)
    given = [parts.query] if parts.query else []
    return urlunsplit(parts._replace(query="&".join([*given, urlencode({"query": query})]), fragment=""))
