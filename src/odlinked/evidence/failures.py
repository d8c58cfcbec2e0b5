"""What a failed connection means: network exceptions as answers.

Each answer is the local name of a concept of `ontologies/codes/answer.ttl`.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl

from odlinked.evidence.guard import VisitRefused

_CERTIFICATE = {
    9: "tls-expired", 10: "tls-expired",
    62: "tls-hostname", 64: "tls-hostname",
    2: "tls-incomplete", 20: "tls-incomplete", 21: "tls-incomplete",
}
"""OpenSSL's X509_V_ERR numbers: not yet valid, expired; host or address mismatch; issuer not found. Others: not trusted."""

_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL})
_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EFBIG, errno.EROFS})
_UNSURE = frozenset({socket.EAI_AGAIN})


def name(problem: Exception) -> str:
    """Return the answer for an exception raised while contacting a server; raise it again where it is our own problem (a full
    disk)."""
    if isinstance(problem, OSError) and problem.errno in _OURS:
        raise problem
    if isinstance(problem, VisitRefused):
        return problem.answer
    if isinstance(problem, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(problem.verify_code, "tls-untrusted")
    if isinstance(problem, TimeoutError):
        return "timeout"
    if isinstance(problem, socket.gaierror):
        return "dns-unanswered" if problem.errno in _UNSURE else "dns-failure"
    if isinstance(problem, ssl.SSLError):
        return "tls-failure"
    if isinstance(problem, ConnectionRefusedError):
        return "connection-refused"
    if isinstance(problem, http.client.IncompleteRead):
        return "wrong-length"
    if isinstance(problem, http.client.RemoteDisconnected | ConnectionError):
        return "connection-lost"
    if isinstance(problem, http.client.HTTPException | ValueError):
        return "bad-answer"
    if isinstance(problem, OSError) and problem.errno in _NO_WAY:
        return "unreachable"
    return "connection-lost"
