"""The requests that read a catalogue out of a SPARQL endpoint: written by SPARQLWrapper, sent like any other of a harvest.

SPARQLWrapper would open connections by itself, to wherever an address or a redirect leads; so it writes the request, and the
fetcher, which refuses private networks, sends it.
"""

from __future__ import annotations

from typing import Final

from SPARQLWrapper import GET, SPARQLWrapper

from odlinked import queries
from odlinked.assets import Assets

CATALOGUE: Final = "queries/harvest/catalogue.rq"


class EndpointRequest(SPARQLWrapper):
    """A request of the SPARQL 1.1 Protocol by GET."""

    def written(self) -> str:
        """Return its address, the query in it."""
        return str(self._createRequest().full_url)


def catalogue_address(assets: Assets, endpoint: str, behind: str = "") -> str:
    """Return the address at which an endpoint answers the records that come behind the record of an IRI ("": the first ones)."""
    query = queries.load(assets, CATALOGUE)
    request = EndpointRequest(endpoint)
    request.setMethod(GET)
    request.setOnlyConneg(True)
    request.setQuery(query.spelled(after=behind))
    return request.written()
