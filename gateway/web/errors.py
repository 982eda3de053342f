"""Every error answer of the web face: RFC 9457 problem documents for programs, the same as a page for people.

If several things are wrong with one request, the first of this order is told: host (400), rate of the address (429),
path (404), method (405), sign-in (401), rate of the caller (429), origin and CSRF token (403), permission (403), size
(413), media type (415), JSON (400), shape and fields (400), contents and idempotency (422), existence (404), no longer
kept (410), business rule (409), outside world (503), our own fault (500). The hooks in ``app.py`` run in this order.
"""

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from gateway.domain.erp.binding import RecordVersion, StaleRecord
from gateway.domain.errors import (
    GatewayError,
    Gone,
    IdempotencyConflict,
    InputError,
    NotFound,
    NotPermitted,
    NotSignedIn,
    OperationalError,
    RuleError,
)
from gateway.logs.observability import log_event
from gateway.services.access.sign_in import TooManyTries
from gateway.web.free_text import cut

_log = logging.getLogger(__name__)

API_PREFIX = ("/v1/", "/erp/v1/")
TYPE_PREFIX = "urn:tillbridge:problem:"
_RETRY_AFTER_S = 2
"""When the outside failed: soon enough for a till, seldom enough for a database that comes up again."""

_STATUS: tuple[tuple[type[GatewayError], int], ...] = (
    (TooManyTries, 429),
    (NotSignedIn, 401),
    (NotPermitted, 403),
    (NotFound, 404),
    (Gone, 410),
    (IdempotencyConflict, 422),
    (InputError, 422),
    (RuleError, 409),
    (OperationalError, 503),
)

_HTTP_CODES: dict[int, tuple[str, str, str]] = {
    400: ("malformed_request", "The request is malformed.", "Check the request against the API description."),
    404: ("not_found", "There is nothing at this address.", "Check the path."),
    405: ("method_not_allowed", "This address does not take this method.", "See the Allow header."),
    413: ("request_too_large", "The request is too large.", "Send less at once."),
    415: ("unsupported_media_type", "The body is not JSON.", "Send it as application/json."),
    429: ("too_many_requests", "There were too many requests.", "Wait as long as Retry-After says."),
}


class MalformedRequest(InputError):
    """The request cannot be read at all (HTTP 400)."""


class TooManyRequests(GatewayError):
    """A caller exceeded its rate (HTTP 429). ``retry_after_s``: whole seconds, > 0."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(*_HTTP_CODES[429])
        self.retry_after_s = retry_after_s


class UnsupportedMediaType(GatewayError):
    """The body is of a type that is not taken (HTTP 415)."""

    def __init__(self) -> None:
        super().__init__(*_HTTP_CODES[415])


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document before it is written.

    ``errors``: JSON pointer and words for each wrong place; ``stored``: the newer version of an ERP's record.
    """

    status: int
    code: str
    detail: str
    hint: str
    errors: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    stored: RecordVersion | None = None

    def document(self) -> dict[str, Any]:
        """Return the members of RFC 9457 section 3.1 with our extensions."""
        document: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": cut(self.detail),
            "code": self.code,
            "hint": cut(self.hint),
            "trace_id": trace_id(),
        }
        if self.errors:
            document["errors"] = [{"pointer": pointer, "detail": words} for pointer, words in self.errors]
        if self.stored is not None:
            document["stored"] = {"version": self.stored.text, "revision": self.stored.revision}
        return document


def trace_id() -> str:
    """Return the id of this request, which stands in the log too; empty outside of one."""
    return str(g.get("trace_id", ""))


def problem_of(error: GatewayError) -> Problem:
    """Return the problem document of one of our own errors."""
    headers: dict[str, str] = {}
    match error:
        case MalformedRequest():
            status = 400
        case UnsupportedMediaType():
            status = 415
        case TooManyRequests():
            status = 429
        case _:
            status = next((number for kind, number in _STATUS if isinstance(error, kind)), 503)
    if isinstance(error, TooManyTries | TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_s)
    elif status == 503:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    elif status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="tillbridge"'
    errors = ((error.pointer, error.message),) if isinstance(error, InputError) and error.pointer else ()
    stored = error.stored if isinstance(error, StaleRecord) else None
    return Problem(status, error.code, error.message, error.hint, errors, headers, stored)


def problem_of_validation(error: ValidationError) -> Problem:
    """Return the problem document of a request that does not have the described shape. Never repeats what was sent."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    errors = tuple((_pointer(fault["loc"]), str(fault["msg"])) for fault in faults[:20])
    hint = "Compare each named place with the API description."
    return Problem(400, "invalid_request", "The request does not have the described shape.", hint, errors)


def answer_validation(error: ValidationError) -> Response:
    """Answer for the API framework, which hands over its validation errors."""
    return answer(problem_of_validation(error))


def answer(problem: Problem) -> Response:
    """Write a problem as JSON, or as a page where a person looks."""
    page = _page(problem) if wants_page() else None
    body = json.dumps(problem.document(), ensure_ascii=False)
    response = page or Response(body, status=problem.status, content_type="application/problem+json")
    response.headers.extend(problem.headers)
    return response


def wants_page() -> bool:
    """Return whether a person's browser navigates here; programs and scripts get JSON."""
    if request.path.startswith(API_PREFIX) or request.url_rule is None:
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json") == "text/html"


def _page(problem: Problem) -> Response | None:
    """Show a problem in the frame of the screens; None when the frame itself needs what is missing."""
    try:
        return make_response(render_template("problem.html", problem=problem.document()), problem.status)
    except GatewayError:
        return None


def register(app: Flask) -> None:
    """Install the handlers; nothing else in the web layer writes an error answer."""
    app.register_error_handler(GatewayError, _on_gateway_error)
    app.register_error_handler(ValidationError, answer_validation)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_any_error)


def _on_gateway_error(error: GatewayError) -> Response:
    problem = problem_of(error)
    if problem.status >= 500:
        log_event(_log, "request.failed", level=logging.ERROR, code=error.code, path=request.path, trace_id=trace_id())
    return answer(problem)


def _on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response())
    code, detail, hint = _HTTP_CODES.get(status, (f"http_{status}", "The request cannot be served.", ""))
    headers = {}
    if isinstance(error, RateLimitExceeded):
        headers["Retry-After"] = str(g.get("retry_after_s", 60))
    allowed: Any = getattr(error, "valid_methods", None)
    if status == 405 and allowed:
        headers["Allow"] = ", ".join(sorted(allowed))
    return answer(Problem(status, code, detail, hint, (), headers))


def _on_any_error(error: Exception) -> Response:
    _log.error("request.crashed", exc_info=error)
    hint = "Tell the operator the trace id; the log has the details."
    return answer(Problem(500, "internal_error", "Something went wrong on our side.", hint))


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)
