"""The pages a customer's phone opens: one receipt, as a picture, as text, as a PDF. Nobody signs in for them."""

import re

from flask import Blueprint, Response, render_template

from gateway.services.outward.receipt_links import CustomerReceipt
from gateway.web.auth import public
from gateway.web.container import current

_TOKEN = re.compile(r"[0-9a-f]{40}")

pages = Blueprint("receipt_links", __name__)


@pages.get("/r/<token>")
@public
def page(token: str) -> Response:
    """Show the receipt."""
    receipt = _receipt(token)
    html = render_template(
        "receipt_link.html",
        shop=current().settings.shop_name,
        number=receipt.number,
        text=receipt.text(current().renderer),
        address=f"/r/{token}",
    )
    return _unlisted(Response(html, content_type="text/html; charset=utf-8"))


@pages.get("/r/<token>/receipt.png")
@public
def picture(token: str) -> Response:
    """Show the paper as a picture."""
    return _unlisted(Response(_receipt(token).png(current().renderer), mimetype="image/png"))


@pages.get("/r/<token>/receipt.pdf")
@public
def document(token: str) -> Response:
    """Hand the receipt out as a PDF."""
    container, receipt = current(), _receipt(token)
    pdf = container.till.outward.files.pdf(
        png=receipt.png(container.renderer),
        text=receipt.text(container.renderer),
        title=f"{container.settings.shop_name} {receipt.number}",
        made_at=receipt.made_at,
    )
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{receipt.number}.pdf"'
    return _unlisted(response)


def _receipt(token: str) -> CustomerReceipt:
    settings = current().settings
    # What no token looks like is not even looked up.
    known = token if _TOKEN.fullmatch(token) else ""
    return current().till.outward.links.open(settings.tenant_id, settings.store_id, known)


def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
