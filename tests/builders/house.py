"""The house as tests hold it: where its source stands, and its rooms by floor."""

from __future__ import annotations

from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "odlinked"
FLOORS = {
    "ground": {"errors", "kinds", "namespaces", "formats", "assets", "settings", "settings_file", "queries", "findings",
               "messages", "clock", "columnar", "csv_text", "folding", "ownership", "patterns", "pool", "version", "whole_file"},
    "shared": {"csvw", "documents", "persons", "rdf", "sheets"},
    "workshops": {"inventory", "mapping", "quality", "store", "cage", "search", "graphs", "evidence", "standards"},
    "catalogue": {"catalog"},
    "measurements": {"measure"},
    "intake": {"intake", "lifting"},
    "hall": {"validation", "visits", "publishing", "mirror"},
    "harvest": {"harvesting"},
    "reports": {"reporting"},
    "faces": {"web"},
    "promised": {"api"},
    "command": {"cli"},
    "door": {"__main__", "__init__"},
}
"""Rooms by floor, lowest first. A room imports rooms on lower floors only; ground and shared rooms also each other."""
