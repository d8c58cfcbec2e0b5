"""The names that CSVW metadata may use without declaring them: its JSON-LD context (https://www.w3.org/ns/csvw)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

from odlinked.csvw.builtins import BUILTINS
from odlinked.namespaces import CSVW, DCAT, DCTERMS, DQV, FOAF, ODL, OWL, PROV, RDF, RDFS, SKOS, VCARD, VOID, XSD
from odlinked.patterns import pattern

CONTEXT = "http://www.w3.org/ns/csvw"
"""The context every metadata document names."""

PREFIXES: Mapping[str, str] = MappingProxyType({
    "as": "https://www.w3.org/ns/activitystreams#", "cc": "http://creativecommons.org/ns#", "csvw": CSVW,
    "ctag": "http://commontag.org/ns#", "dc": DCTERMS, "dc11": "http://purl.org/dc/elements/1.1/", "dcat": DCAT,
    "dcterms": DCTERMS, "dctypes": "http://purl.org/dc/dcmitype/", "dqv": DQV, "duv": "https://www.w3.org/TR/vocab-duv#",
    "foaf": FOAF, "gr": "http://purl.org/goodrelations/v1#", "grddl": "http://www.w3.org/2003/g/data-view#",
    "ical": "http://www.w3.org/2002/12/cal/icaltzd#", "ldp": "http://www.w3.org/ns/ldp#",
    "ma": "http://www.w3.org/ns/ma-ont#", "oa": "http://www.w3.org/ns/oa#", "og": "http://ogp.me/ns#",
    "org": "http://www.w3.org/ns/org#", "owl": OWL, "prov": PROV, "qb": "http://purl.org/linked-data/cube#", "rdf": RDF,
    "rdfa": "http://www.w3.org/ns/rdfa#", "rdfs": RDFS, "rev": "http://purl.org/stuff/rev#",
    "rif": "http://www.w3.org/2007/rif#", "rr": "http://www.w3.org/ns/r2rml#", "schema": "http://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#", "sioc": "http://rdfs.org/sioc/ns#", "skos": SKOS,
    "skosxl": "http://www.w3.org/2008/05/skos-xl#", "v": "http://rdf.data-vocabulary.org/#", "vcard": VCARD, "void": VOID,
    "wdr": "http://www.w3.org/2007/05/powder#", "wrds": "http://www.w3.org/2007/05/powder-s#",
    "xhv": "http://www.w3.org/1999/xhtml/vocab#", "xsd": XSD,
})
"""The prefixes of the context (those of RDFa's initial context)."""

OWN_PREFIXES: Mapping[str, str] = MappingProxyType({"odl": ODL})
"""The additions of odlinked's own metadata: its vocabulary's prefix."""

TYPES: Mapping[str, str] = MappingProxyType(
    {name: CSVW + name for name in ("Cell", "Column", "Datatype", "Dialect", "Direction", "ForeignKey", "NumericFormat", "Row",
                                    "Schema", "Table", "TableGroup", "TableReference", "Transformation", "JSON", "uriTemplate")}
    | {name: builtin.iri for name, builtin in BUILTINS.items()})
"""The terms that may be used for a type."""

_SCHEME = pattern("[A-Za-z][A-Za-z0-9+.-]*:")
_TAG = pattern(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[A-WY-Za-wy-z0-9](?:-[A-Za-z0-9]{2,8})+)*(?:-x(?:-[A-Za-z0-9]{1,8})+)?"
    r"|x(?:-[A-Za-z0-9]{1,8})+|i-[A-Za-z0-9-]+", re.ASCII)


def is_language(tag: object) -> bool:
    """True when a value is a well-formed language tag (RFC 5646, section 2.1)."""
    return isinstance(tag, str) and _TAG.fullmatch(tag) is not None


def is_absolute(url: str) -> bool:
    """True when a string starts with a scheme."""
    return _SCHEME.match(url) is not None


def expand(name: str, prefixes: Mapping[str, str] = PREFIXES) -> str | None:
    """Return the IRI of a prefixed name or of an absolute URL; None for anything else."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return None
    if prefix in prefixes and not local.startswith("//"):
        return prefixes[prefix] + local
    return name if is_absolute(name) else None


def expand_type(name: str, prefixes: Mapping[str, str] = PREFIXES) -> str | None:
    """Return the IRI of a type: a term, a prefixed name or an absolute URL."""
    return TYPES.get(name) or expand(name, prefixes)


def compact(iri: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return the shortest name the context has for an IRI: a term, a prefixed name, else the IRI itself.

    Of two prefixes for one namespace the first in the alphabet wins (`dc`, not `dcterms`).
    """
    for name, full in TYPES.items():
        if full == iri and name not in BUILTINS:
            return name
    best = ""
    for prefix in sorted(prefixes):
        namespace = prefixes[prefix]
        if iri.startswith(namespace) and len(iri) > len(namespace) and len(namespace) > len(prefixes.get(best, "")):
            best = prefix
    return f"{best}:{iri[len(prefixes[best]):]}" if best else iri


def resolve(base: str, url: str) -> str:
    """Resolve a link against a base URL (RFC 3986, section 5); with no base, or not a URL at all, it stays as it is."""
    try:
        return urljoin(base, url) if base else url
    except ValueError:
        return url


_UNRESERVED = pattern("%([0-9A-Fa-f]{2})")
_DEFAULT_PORT = MappingProxyType({"http": "80", "https": "443"})


def normal_url(url: str) -> str:
    """Return a URL in the form for comparison: case, percent-encoding, dot segments and default port (RFC 3986, section 6.2)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.lower()
    port = _DEFAULT_PORT.get(parts.scheme.lower())
    if port and host.endswith(":" + port):
        host = host[: -len(port) - 1]
    path = urlsplit(urljoin(f"{parts.scheme}://{host}/", parts.path)).path if host else parts.path
    query = "?" + parts.query if parts.query else ""
    text = f"{parts.scheme.lower()}://{host}{path or '/'}{query}" if host else url

    def plain(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        kept = character.isascii() and (character.isalnum() or character in "-._~")
        return character if kept else "%" + found[1].upper()

    return _UNRESERVED.sub(plain, text)
