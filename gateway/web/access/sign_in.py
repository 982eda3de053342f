"""Pages of signing in and out, the locked till, the change of password; and the pages of people and keys.

Templates get: ``problem`` (a problem document or None), ``next`` (where to go on), and what each route names.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.access import API_KEY_SCOPES, Permission, Role
from gateway.domain.errors import GatewayError, InputError
from gateway.services.access.manage_api_keys import DAYS_MAX
from gateway.web.access.keys_api import key_document
from gateway.web.access.people_api import person_document
from gateway.web.auth import (
    caller,
    drop_cookie,
    local_path,
    maybe_signed,
    public,
    requires,
    session_token,
    set_cookie,
    signed,
    signed_in_even,
)
from gateway.web.container import current
from gateway.web.errors import problem_of
from gateway.web.rate_limits import address

pages = Blueprint("sign_in", __name__)

HOME = "/"
"""Leads everybody to the first page they may use."""


@pages.get("/sign-in")
@public
def door() -> BaseResponse:
    """Show the sign-in form; whoever is signed in already goes on."""
    person = maybe_signed()
    if person is not None and not person.session.locked:
        return redirect(_next(), 303)
    return _sign_in_page(None)


@pages.post("/sign-in")
@public
def enter() -> BaseResponse:
    """Sign in with login and password."""
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        token, person = current().sign_in.sign_in(login, password, address=address())
    except GatewayError as error:
        return _sign_in_page(error)
    to = "/change-password" if person.person.must_change_password else _next()
    return _with_cookie(redirect(to, 303), token)


@pages.post("/sign-out")
@signed_in_even(while_locked=True, before_password_change=True)
def leave() -> BaseResponse:
    """End all sessions of this person."""
    current().sign_in.sign_out(session_token())
    response = redirect("/sign-in", 303)
    drop_cookie(response)
    return response


@pages.post("/lock")
@signed_in_even(while_locked=True)
def lock() -> BaseResponse:
    """Lock the till now; people without a PIN are signed out."""
    current().sign_in.lock(session_token())
    return redirect("/locked", 303)


@pages.get("/locked")
@signed_in_even(while_locked=True)
def locked() -> BaseResponse:
    """Ask for the PIN."""
    if not signed().session.locked:
        return redirect(_next(), 303)
    return _page("locked.html", None)


@pages.post("/locked")
@signed_in_even(while_locked=True)
def unlock() -> BaseResponse:
    """Open the locked till by PIN."""
    try:
        token, _ = current().sign_in.unlock(session_token(), request.form.get("pin", ""))
    except GatewayError as error:
        if error.code == "wrong_pin":
            return _page("locked.html", error)
        response = _sign_in_page(error)
        drop_cookie(response)
        return response
    return _with_cookie(redirect(_next(), 303), token)


@pages.get("/change-password")
@signed_in_even(before_password_change=True)
def password_form() -> BaseResponse:
    """Show the form for a new password."""
    return _page("change_password.html", None)


@pages.post("/change-password")
@signed_in_even(before_password_change=True)
def set_password() -> BaseResponse:
    """Change one's password; all other sessions of this person end."""
    form = request.form
    try:
        if form.get("new_password", "") != form.get("new_password_again", ""):
            hint = "Type it twice the same."
            raise InputError("passwords_differ", "The new passwords differ.", hint, "/new_password_again")
        token, _ = current().sign_in.change_password(
            signed(), old=form.get("old_password", ""), new=form.get("new_password", ""), address=address()
        )
    except GatewayError as error:
        return _page("change_password.html", error)
    return _with_cookie(redirect(_next(), 303), token)


@pages.get("/people")
@requires(Permission.PEOPLE_MANAGE)
def people() -> BaseResponse:
    """Show the people of the store."""
    found = [person_document(person) for person in current().people.list(caller())]
    return make_response(render_template("people.html", people=found, roles=[role.value for role in Role]))


@pages.get("/keys")
@requires(Permission.KEYS_MANAGE)
def keys() -> BaseResponse:
    """Show the API keys of the store."""
    who = caller()
    with current().storage.read() as unit:
        rows = unit.devices.list(who.tenant_id, who.store_id)
    return make_response(
        render_template(
            "keys.html",
            keys=[key_document(key) for key in current().api_keys.list(who)],
            scopes=sorted(API_KEY_SCOPES),
            terminals=[{"id": row.id, "name": row.name} for row in rows if row.kind == "terminal"],
            days_max=DAYS_MAX,
        )
    )


def _sign_in_page(error: GatewayError | None) -> Response:
    container = current()
    return _page("sign_in.html", error, login=request.form.get("login", ""), demo_people=container.demo_people)


def _page(template: str, error: GatewayError | None, **values: object) -> Response:
    problem = None if error is None else problem_of(error)
    text = render_template(
        template,
        problem=None if problem is None else problem.document(),
        next=local_path(request.values.get("next", "")) or "",
        **values,
    )
    response = make_response(text, 200 if problem is None else problem.status)
    if problem is not None:
        response.headers.extend(problem.headers)
        response.headers.pop("WWW-Authenticate", None)
    return response


def _with_cookie(response: BaseResponse, token: str) -> BaseResponse:
    set_cookie(response, token)
    return response


def _next() -> str:
    return local_path(request.values.get("next", "")) or HOME
