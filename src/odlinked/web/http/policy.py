"""The Content-Security-Policy of responses: what a browser may load and run for a page."""

from __future__ import annotations

from typing import Final


def policy(nonce: str = "") -> str:
    """Return a policy: nothing from other hosts, no script, no frame.

    With a `nonce`, for a page with a script of our own: scripts of this service alone, none in the page itself, none made of
    text; and style elements that bear the nonce.
    """
    scripts = f"script-src 'self'; style-src 'self' 'nonce-{nonce}'" if nonce else "script-src 'none'"
    return (f"default-src 'self'; {scripts}; object-src 'none'; base-uri 'none'; form-action 'self';"
            " frame-ancestors 'none'")


NO_SCRIPT: Final = policy()
"""The policy of every response that states no other."""
