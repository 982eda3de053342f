"""Who is calling, and may they? Every route declares its access; a route that does not is never served.

Programs send ``Authorization: Bearer tb_...`` and only under ``/v1`` and ``/erp/v1``, or under the latter a certificate
that the proxy has verified; people carry a session cookie, and each of their changes carries the session's CSRF token
and comes from an origin of ours (PCI DSS 8.2.8; OWASP ASVS 3.5, 8.2, 8.3).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import Flask, current_app, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotPermitted, NotSignedIn
from gateway.services.access.sign_in import SignedIn
from gateway.web.access.client_certificate import by_certificate
from gateway.web.container import WebSettings, current
from gateway.web.errors import API_PREFIX

View = TypeVar("View", bound=Callable[..., Any])

SECURE_COOKIE = "__Host-tillbridge"
PLAIN_COOKIE = "tillbridge_session"
"""Without TLS (loopback only) browsers refuse the ``__Host-`` prefix and the Secure mark."""

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
BACKGROUND_HEADER = "X-Background"
"""Sent by screens with requests they make by themselves: those do not keep a session awake."""

ERP_PREFIX = "/erp/v1/"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_ATTRIBUTE = "tillbridge_access"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller; without any of these: to be known at all.

    ``public``: nobody needs to be signed in; ``permission``: needed by people and keys; ``people_only``: no API key;
    ``while_locked`` / ``before_password_change``: also served in these states of a session.
    """

    public: bool = False
    permission: Permission | None = None
    people_only: bool = False
    while_locked: bool = False
    before_password_change: bool = False


# Routes of the framework, which cannot carry a mark.
_BUILT_IN = {"static": Access(public=True)}


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare that a route needs this permission."""
    return _mark(Access(permission=permission))


def requires_of_people(permission: Permission) -> Callable[[View], View]:
    """Declare that a route needs this permission, and a person: a key that has it may not."""
    return _mark(Access(permission=permission, people_only=True))


def public(view: View) -> View:
    """Declare that a route is open to everybody."""
    return _mark(Access(public=True))(view)


def signed_in(view: View) -> View:
    """Declare that a route is for any person with an unlocked session."""
    return _mark(Access(people_only=True))(view)


def any_caller(view: View) -> View:
    """Declare that a route is for every person and every API key, whatever they may do."""
    return _mark(Access())(view)


def signed_in_even(*, while_locked: bool = False, before_password_change: bool = False) -> Callable[[View], View]:
    """Declare that a route is for any person, also while the till is locked or a new password is due."""
    return _mark(Access(people_only=True, while_locked=while_locked, before_password_change=before_password_change))


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return what a route declares, or None when it declares nothing."""
    return _BUILT_IN.get(endpoint) or getattr(app.view_functions.get(endpoint), _ATTRIBUTE, None)


def undeclared(app: Flask) -> tuple[str, ...]:
    """Return the endpoints without a declaration; an application with one is not started."""
    return tuple(sorted({rule.endpoint for rule in app.url_map.iter_rules() if access_of(app, rule.endpoint) is None}))


def caller() -> Caller:
    """Return the caller of this request.

    Raises:
        NotSignedIn: ``not_signed_in`` on a public route without one.
    """
    found: Caller | None = g.get("caller")
    if found is None:
        raise _not_signed_in()
    return found


def signed() -> SignedIn:
    """Return the person and session of this request.

    Raises:
        NotSignedIn: ``not_signed_in`` when a program or nobody is calling.
    """
    found = maybe_signed()
    if found is None:
        raise _not_signed_in()
    return found


def maybe_signed() -> SignedIn | None:
    """Return the person and session of this request, or None."""
    return cast("SignedIn | None", g.get("signed"))


def still_allowed(permission: Permission) -> Callable[[], bool]:
    """Return a question for long answers: is the caller of this request still allowed? Works after the request."""
    container = current()
    token, cookie = _bearer(), session_token()

    def ask() -> bool:
        if token is not None:
            found = container.api_keys.caller_of(token)
            return found is not None and permission in found.permissions
        person = container.sign_in.resume(cookie, active=False) if cookie else None
        return person is not None and not person.session.locked and permission in person.caller().permissions

    return ask


def identify() -> BaseResponse | None:
    """Find the caller and check their access to the route; runs before every request that has a route."""
    access = access_of(current_app, request.endpoint or "")
    if access is None:
        raise NotPermitted("not_permitted", "This address is not open.", "")
    g.access = access
    token = _bearer()
    if token is not None and request.path.startswith(API_PREFIX):
        g.caller = current().api_keys.caller_of(token)
        if g.caller is None and not access.public:
            raise _not_signed_in()
        return None
    cookie = session_token()
    if token is None and not cookie and request.path.startswith(ERP_PREFIX):
        g.caller = by_certificate(current().api_keys)
        if g.caller is not None:
            return None
    if cookie and request.endpoint not in _BUILT_IN:
        g.signed = current().sign_in.resume(cookie, active=not _by_itself())
        g.caller = g.signed.caller() if g.signed else None
    return None if access.public else _turn_away(access)


def check_change() -> None:
    """Refuse a change by cookie that does not come from our own pages; runs after ``identify``.

    Raises:
        NotPermitted: ``foreign_origin`` or ``csrf_token_wrong``.
    """
    if request.method in _SAFE_METHODS or (_bearer() is not None and request.path.startswith(API_PREFIX)):
        return
    _check_origin(current().settings)
    person = maybe_signed()
    access: Access = g.access
    if person is None or access.public:
        return
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), person.session.csrf_token.encode()):
        hint = "Load the page again, then repeat the step."
        raise NotPermitted("csrf_token_wrong", "This change does not come from a page of this session.", hint)


def check_permission() -> None:
    """Refuse a caller without the permission the route declares; runs after ``check_change``.

    Raises:
        NotPermitted: ``not_permitted``, or ``people_only`` for an API key.
    """
    access: Access = g.access
    if access.permission is not None:
        caller().require(access.permission)
    if access.people_only and maybe_signed() is None:
        raise NotPermitted("people_only", "This is for people who sign in, not for API keys.", "")


def session_token() -> str:
    """Return the secret in the session cookie, or an empty text."""
    return request.cookies.get(cookie_name(current().settings), "")


def cookie_name(settings: WebSettings) -> str:
    """Return the name of the session cookie."""
    return SECURE_COOKIE if settings.secure_cookies else PLAIN_COOKIE


def set_cookie(response: BaseResponse, token: str) -> None:
    """Hand the session's secret to the browser."""
    settings = current().settings
    response.set_cookie(
        cookie_name(settings), token, path="/", secure=settings.secure_cookies, httponly=True, samesite="Strict"
    )


def drop_cookie(response: BaseResponse) -> None:
    """Take the session's secret away from the browser."""
    settings = current().settings
    response.delete_cookie(
        cookie_name(settings), path="/", secure=settings.secure_cookies, httponly=True, samesite="Strict"
    )


def local_path(text: str) -> str | None:
    """Return a path to go to after signing in, or None when it would lead away from this gateway."""
    parts = urlsplit(text.replace("\\", "/"))
    clean = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if clean and not parts.netloc and not parts.scheme else None


def _mark(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, access)
        return view

    return mark


def _bearer() -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _by_itself() -> bool:
    """Tell whether a screen asks without a person: such requests do not keep a session awake."""
    return BACKGROUND_HEADER in request.headers or "text/event-stream" in request.headers.get("Accept", "")


def _turn_away(access: Access) -> BaseResponse | None:
    """Return where a browser has to go first, None when the session may pass; programs get the reason instead."""
    person = maybe_signed()
    page = request.method in _SAFE_METHODS and not request.path.startswith(API_PREFIX)
    if person is None:
        if page:
            return redirect(f"/sign-in?next={quote(request.full_path.rstrip('?'))}", 303)
        raise _not_signed_in()
    if person.session.locked and not access.while_locked:
        if page:
            return redirect(f"/locked?next={quote(request.full_path.rstrip('?'))}", 303)
        raise NotSignedIn("session_locked", "This till is locked.", "Enter the PIN.")
    if person.person.must_change_password and not access.before_password_change:
        if page:
            return redirect("/change-password", 303)
        raise NotPermitted("password_change_due", "A new password is due first.", "Change it, then go on.")
    return None


def _check_origin(settings: WebSettings) -> None:
    origin = request.headers.get("Origin")
    if origin is not None and origin not in settings.trusted_origins and origin != request.host_url.rstrip("/"):
        raise _foreign()
    # A proxy that ends TLS makes the own origin differ in its scheme; such origins are named in the settings.
    site = request.headers.get("Sec-Fetch-Site")
    if (
        site is not None
        and site not in ("same-origin", "none")
        and (origin is None or origin not in settings.trusted_origins)
    ):
        raise _foreign()


def _foreign() -> NotPermitted:
    hint = "Use the gateway's own pages, or name the origin in the settings."
    return NotPermitted("foreign_origin", "This change comes from another web site.", hint)


def _not_signed_in() -> NotSignedIn:
    return NotSignedIn("not_signed_in", "Nobody is signed in.", "Sign in, or send a valid API key as bearer token.")
