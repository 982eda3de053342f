"""The web application: routes, and before them the hooks in the order that ``errors.py`` documents."""

import uuid
from contextlib import ExitStack
from functools import cache
from typing import Any, get_type_hints

from flask import Flask, current_app, g, request
from flask_openapi3.openapi import OpenAPI
from werkzeug.wrappers import Response

from gateway.domain.errors import ConfigurationError
from gateway.observability import bound_ids
from gateway.web import (
    board,
    errors,
    health,
    keys_api,
    payments_api,
    people_api,
    pos,
    receipts_api,
    screens,
    sign_in,
    store_api,
    virtual_panel,
)
from gateway.web.api import make_openapi
from gateway.web.auth import check_change, check_permission, cookie_name, identify, undeclared
from gateway.web.container import EXTENSION, WebContainer
from gateway.web.headers import add_headers, check_host
from gateway.web.rate_limits import RateLimits
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
    for api in (payments_api.api, receipts_api.api, store_api.api, people_api.api, keys_api.api):
        app.register_api(api)
    for pages in (health.pages, sign_in.pages, pos.pages, board.pages):
        app.register_blueprint(pages)
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
    check_body(expected="body" in described)


@cache
def _described(view: Any) -> frozenset[str]:  # noqa: ANN401 - any view
    return frozenset(get_type_hints(view))
