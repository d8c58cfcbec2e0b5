"""The IRIs that odlinked uses, as plain strings, so that a module needing one name need not load an RDF library."""

from __future__ import annotations

from typing import Final

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SH: Final = "http://www.w3.org/ns/shacl#"
SCHEMA: Final = "http://schema.org/"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCAT: Final = "http://www.w3.org/ns/dcat#"
DCTERMS: Final = "http://purl.org/dc/terms/"
ADMS: Final = "http://www.w3.org/ns/adms#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
ORG: Final = "http://www.w3.org/ns/org#"
PROV: Final = "http://www.w3.org/ns/prov#"
CSVW: Final = "http://www.w3.org/ns/csvw#"
DQV: Final = "http://www.w3.org/ns/dqv#"
OA: Final = "http://www.w3.org/ns/oa#"
EARL: Final = "http://www.w3.org/ns/earl#"
HYDRA: Final = "http://www.w3.org/ns/hydra/core#"
VOID: Final = "http://rdfs.org/ns/void#"

HOME: Final = "https://w3id.org/odlinked/"
"""Where the project's own vocabulary is published. The service also serves it under its own host (`/ns`, `/code`, `/rule`)."""

ODL: Final = HOME + "ns#"
"""The project's vocabulary: only what DCAT, DQV and CSVW lack."""

CODE: Final = HOME + "code/"
"""Code lists: `CODE + scheme + "/" + notation`."""

METRIC: Final = HOME + "metric/"
"""Metrics of our own: `METRIC + "badge-lowest"`."""

RULE: Final = HOME + "rule/"
"""Rules: `RULE + "M03-publisher"`."""

LEX: Final = HOME + "lex#"
"""Private datatypes that keep a literal's spelling while it passes through Oxigraph, which folds `xsd:` values.

`"007"^^lex:integer` is returned unchanged; the document writer turns `lex:` into `xsd:` (see `odlinked.documents`).
"""

CTL: Final = HOME + "control#"
"""Control triples a mapping emits together with a record and the splitter removes: `derivedFrom`, `mentionedIn`, `withdraws`,
`withholds`, `defers`, `restricts`."""

ROW: Final = "urn:odlinked:row:"
"""Row nodes of the throw-away row graph: `urn:odlinked:row:17`, a list member of it `urn:odlinked:row:17:3` (1-based)."""
