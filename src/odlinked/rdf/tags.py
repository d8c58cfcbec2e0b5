"""Language tags: the case in which they are written (RFC 5646, section 2.1.1).

Standard library only: the sandboxed worker imports this module.
"""

from __future__ import annotations


def language_tag(tag: str) -> str:
    """Return a language tag in the case BCP 47 recommends: zh-hant -> zh-Hant, EN-us -> en-US."""
    parts = tag.lower().split("-")
    singleton = len(parts[0]) == 1
    for i, part in enumerate(parts[1:], 1):
        if not singleton and len(part) == 4 and part.isalpha():
            parts[i] = part.title()
        elif not singleton and len(part) == 2:
            parts[i] = part.upper()
        singleton = singleton or len(part) == 1
    return "-".join(parts)
