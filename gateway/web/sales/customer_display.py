"""The customer display: what one register shows to who stands before it. No person signs in here.

A screen is let in by a code from the till (it then holds a secret for that one register, which can be revoked), or as
a further window of a browser whose person may sell. It only reads; nothing of a card is ever on it.
"""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.domain.access import Permission
from gateway.domain.errors import InputError, NotPermitted
from gateway.domain.ids import RegisterId
from gateway.domain.money import Currency, Money
from gateway.web.auth import maybe_signed, public
from gateway.web.container import RegisterFace, current
from gateway.web.errors import problem_of
from gateway.web.screens import mark_of, words

_COOKIE = "tillbridge_display"
_SECURE_COOKIE = "__Host-tillbridge_display"
_COOKIE_AGE_S = 400 * 24 * 3600
"""As long as browsers keep a cookie: the screen stays paired until it is revoked."""
_IDLE: dict[str, Any] = {"state": "idle", "lines": []}
_STALE_S = 15 * 60
"""A till that told nothing for so long is asleep: its customers see the shop's name."""

pages = Blueprint("customer_display", __name__)


@pages.get("/display")
@public
def door() -> BaseResponse | str:
    """Ask for the code of the till; a screen that is paired goes to its register."""
    register_id = _paired()
    # A register that is no more would lead in a circle.
    if register_id is not None and _allowed(register_id) is not None:
        return redirect(f"/display/{register_id}", 303)
    return render_template("display_door.html", problem=None)


@pages.post("/display")
@public
def pair() -> BaseResponse:
    """Take the code and let the screen in."""
    try:
        token, pairing = current().till.displays.redeem(request.form.get("code", ""))
    except InputError as error:
        return make_response(render_template("display_door.html", problem=problem_of(error)), 422)
    response = redirect(f"/display/{pairing.register_id}", 303)
    secure = current().settings.secure_cookies
    response.set_cookie(
        _name(), token, max_age=_COOKIE_AGE_S, path="/", secure=secure, httponly=True, samesite="Strict"
    )
    return response


@pages.get("/display/<register_id>")
@public
def display(register_id: str) -> BaseResponse | str:
    """Show what the customers at a register see."""
    register = _allowed(register_id)
    if register is None:
        return redirect("/display", 303)
    return render_template("display.html", register=register, **_shown(register))


@pages.get("/display/<register_id>/now")
@public
def now(register_id: str) -> Response | str:
    """Show the picture alone; 204 when the screen has it already (``seen``), 403 when it was revoked.

    Raises:
        NotPermitted: ``display_revoked``.
    """
    register = _allowed(register_id)
    if register is None:
        raise NotPermitted("display_revoked", "This screen may no longer show this till.", "Pair it again.")
    shown = _shown(register)
    if request.args.get("seen") == shown["mark"]:
        return Response(status=204)
    return render_template("display_picture.html", register=register, **shown)


def _name() -> str:
    return _SECURE_COOKIE if current().settings.secure_cookies else _COOKIE


def _paired() -> RegisterId | None:
    token = request.cookies.get(_name(), "")
    return current().till.displays.register_of(token) if token else None


def _allowed(register_id: str) -> RegisterFace | None:
    """Return the register if this browser may show it: a person who sells here, or a screen paired with it."""
    register = next((one for one in current().registers() if one.id == register_id), None)
    if register is None:
        return None
    signed, settings = maybe_signed(), current().settings
    if signed is not None:
        who = signed.caller()
        here = (who.tenant_id, who.store_id) == (settings.tenant_id, settings.store_id)
        if here and Permission.PAYMENTS_CREATE in who.permissions:
            return register
    return register if _paired() == register.id else None


def _shown(register: RegisterFace) -> dict[str, Any]:
    container = current()
    picture = container.till.displays.picture(register.id)
    fresh = picture is not None and (container.clock.now() - picture.told_at).total_seconds() < _STALE_S
    told = dict(picture.document) if picture is not None and fresh else _IDLE
    view = {
        "state": told.get("state", "idle"),
        "total": _money(told.get("total")),
        "rest": _money(told.get("rest")),
        "change": _money(told.get("change")),
        "lines": [
            {"text": line["text"], "quantity": Decimal(line["quantity"]), "amount": _money(line["amount"])}
            for line in told.get("lines", ())
        ],
    }
    return {"view": view, "mark": mark_of(view, words().language)}


def _money(told: dict[str, str] | None) -> Money | None:
    return None if told is None else Money.from_decimal(told["amount"], Currency.of(told["currency"]))
