"""Security headers of every answer, errors included (OWASP ASVS 3.4, 14.3.2), and the check of the Host header."""

from flask import request
from werkzeug.wrappers import Response

from gateway.web.container import current
from gateway.web.errors import MalformedRequest, trace_id

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with it browsers send "Origin: null" with our own forms, which the origin check refuses.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_HSTS = "max-age=31536000"
_KEPT = {"static": "no-cache", "documents.picture": "private, max-age=600"}


def check_host() -> None:
    """Refuse a request under a name that is not ours: a rebound DNS name must not reach a till.

    Raises:
        MalformedRequest: ``unknown_host``.
    """
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if host.lower().rstrip(".") not in current().settings.hosts:
        hint = "Use the configured address, or add this one to the trusted origins."
        raise MalformedRequest("unknown_host", "The gateway does not answer under this name.", hint)


def add_headers(response: Response) -> Response:
    """Put the headers on an answer."""
    for name, value in _ALWAYS.items():
        response.headers[name] = value
    response.headers["X-Trace-Id"] = trace_id()
    if current().settings.secure_cookies:
        response.headers["Strict-Transport-Security"] = _HSTS
    # Only the files of the screens may be kept, and are asked for again each time (they carry an ETag); pictures of
    # pages by the browser that asked for them, while somebody works on the document.
    kept = _KEPT.get(request.endpoint or "") if response.status_code < 400 else None
    response.headers["Cache-Control"] = kept or "no-store"
    return response
