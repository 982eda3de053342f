"""The routes of what leaves the shop, and the gate that new sales pass."""

from flask import request
from flask_openapi3.openapi import OpenAPI

from gateway.web.auth import caller
from gateway.web.container import current
from gateway.web.outward import outward_screen, receipt_link_pages, webhooks_api

NEW_SALES = frozenset({"payments.begin", "sales.open_sale", "sales.open", "sales.split"})
"""Routes that begin a sale; refunds, further tries and whatever settles an open sale go on at any time."""


def register(app: OpenAPI) -> None:
    """Add the routes, and the gate behind the checks of access."""
    app.register_api(webhooks_api.api)
    for pages in (outward_screen.pages, receipt_link_pages.pages):
        app.register_blueprint(pages)
    app.before_request(_gate)


def _gate() -> None:
    if request.endpoint in NEW_SALES:
        current().till.outward.state.check(caller())
