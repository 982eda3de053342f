"""The web application: routes, and before them the hooks in the order that ``errors.py`` documents."""

import uuid
from contextlib import ExitStack
from functools import cache
from typing import Any, get_type_hints

from flask import Flask, current_app, g, request
from flask_openapi3.openapi import OpenAPI
from werkzeug.wrappers import Response

from gateway.domain.errors import ConfigurationError
from gateway.logs.observability import bound_ids
from gateway.web import errors, health, screens
from gateway.web.access import keys_api, oauth, people_api, sign_in
from gateway.web.api import make_openapi
from gateway.web.auth import check_change, check_permission, cookie_name, identify, undeclared
from gateway.web.bank import line_routes, settlement_routes
from gateway.web.container import EXTENSION, WebContainer, current
from gateway.web.credit import credit_routes
from gateway.web.devices import devices_api, devices_screen, paper_routes, virtual_panel
from gateway.web.documents import document_routes
from gateway.web.erp import accounts_api, erp_api, erp_screen, exchanges_api, postings_api, soap_api
from gateway.web.headers import add_headers, check_host
from gateway.web.outward import outward_routes
from gateway.web.overview import board, store_api
from gateway.web.payables import payable_routes
from gateway.web.payments import (
    payments_api,
    receipts_api,
    refund_panel,
    refunds_api,
    reservations_api,
    reservations_screen,
)
from gateway.web.payments import payments_screen as pos
from gateway.web.rate_limits import RateLimits
from gateway.web.sales import (
    bills_api,
    catalogue_api,
    catalogue_screen,
    customer_display,
    displays_api,
    parked_api,
    returns_screen,
    sales_api,
    till_screen,
)
from gateway.web.shifts import shift_routes, terminal_days_api
from gateway.web.strict_json import check_body, check_query

_FORM_PARTS_MAX = 20


def create_app(container: WebContainer) -> OpenAPI:
    """Return the WSGI application over the given use cases.

    Raises:
        ConfigurationError: ``route_without_access`` when a route declares no access: such a program is not started.
    """
    app = make_openapi("gateway.web", session_cookie=cookie_name(container.settings))
    app.extensions[EXTENSION] = container
    app.config.update(
        MAX_CONTENT_LENGTH=container.settings.limits.body_bytes_max,
        MAX_FORM_MEMORY_SIZE=container.settings.limits.body_bytes_max,
        MAX_FORM_PARTS=_FORM_PARTS_MAX,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    _install_hooks(app, RateLimits(app, container.settings.limits))
    errors.register(app)
    for api in (
        payments_api.api,
        receipts_api.api,
        refunds_api.api,
        reservations_api.api,
        terminal_days_api.api,
        sales_api.api,
        store_api.api,
        people_api.api,
        keys_api.api,
        devices_api.api,
        catalogue_api.api,
        bills_api.api,
        parked_api.api,
        displays_api.api,
    ):
        app.register_api(api)
    for pages in (health.pages, sign_in.pages, pos.pages, refund_panel.pages, board.pages, devices_screen.pages):
        app.register_blueprint(pages)
    for counter_pages in (catalogue_screen.pages, customer_display.pages, till_screen.pages, returns_screen.pages):
        app.register_blueprint(counter_pages)
    app.register_blueprint(reservations_screen.pages)
    app.register_blueprint(oauth.pages)
    paper_routes.register(app)
    shift_routes.register(app)
    credit_routes.register(app)
    outward_routes.register(app)
    document_routes.register(app)
    payable_routes.register(app)
    settlement_routes.register(app)
    line_routes.register(app)
    app.register_api(erp_api.api)
    app.register_api(postings_api.api)
    app.register_api(exchanges_api.api)
    app.register_api(accounts_api.api)
    app.register_blueprint(erp_screen.pages)
    app.register_blueprint(soap_api.pages)
    virtual_panel.register(app, demo=container.settings.demo)
    screens.install(app)
    if open_routes := undeclared(app):
        message = f"These routes declare no access: {', '.join(open_routes)}."
        raise ConfigurationError("route_without_access", message, "Mark each view with its access.")
    return app


def _install_hooks(app: Flask, rates: RateLimits) -> None:
    def before() -> Response | None:
        _bind_ids()
        check_host()
        rates.spend_address()
        if request.url_rule is None:
            return None  # 404 or 405 follows
        away = identify()
        if away is not None:
            return away
        rates.spend_caller()
        check_change()
        check_permission()
        if request.path.startswith(errors.API_PREFIX):
            check_query()
            _check_described()
        return None

    app.before_request(before)
    app.after_request(add_headers)
    app.teardown_request(_unbind_ids)


def _bind_ids() -> None:
    g.trace_id = uuid.uuid4().hex
    g.bound = ExitStack()
    g.bound.enter_context(bound_ids(request_id=g.trace_id))


def _unbind_ids(_error: BaseException | None) -> None:
    bound: ExitStack | None = g.pop("bound", None)
    if bound is not None:
        bound.close()


def _check_described() -> None:
    """Refuse a body or parameters where the operation describes none."""
    described = _described(current_app.view_functions[request.endpoint or ""])
    if request.args and "query" not in described:
        raise errors.MalformedRequest("unknown_parameter", "This address takes no parameters.", "Send none.", "/query")
    if "raw" in described:
        # Bytes of a file: what it is, is told by its content, and it may be larger than a form.
        request.max_content_length = current().till.documents.receive.bytes_max
        return
    if request.endpoint in erp_api.BATCHES:
        request.max_content_length = erp_api.BATCH_BYTES_MAX
    check_body(expected="body" in described)


@cache
def _described(view: Any) -> frozenset[str]:  # noqa: ANN401 - any view
    return frozenset(get_type_hints(view))
