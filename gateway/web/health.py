"""For whoever watches the gateway: is the process alive, is it ready, and the API description."""

from flask import Blueprint, Response, current_app
from flask_openapi3.openapi import OpenAPI

from gateway.web.auth import public
from gateway.web.container import current
from gateway.web.payments.payment_answers import to_json

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@public
def alive() -> Response:
    """Tell that the process answers; asks nothing else."""
    return Response(b'{"status":"ok"}', content_type="application/json")


@pages.get("/readyz")
@public
def ready() -> Response:
    """Tell whether payments can be taken down: database reachable and migrated. Devices are told, but do not count."""
    container = current()
    problem = container.database_problem()
    if problem is not None:
        return Response(
            to_json({"status": "not_ready", "database": problem}), status=503, content_type="application/json"
        )
    settings = container.settings
    with container.storage.read() as unit:
        rows = unit.devices.list(settings.tenant_id, settings.store_id)
    waiting = sum(not row.ready for row in rows)
    devices = f"{len(rows) - waiting} of {len(rows)} ready"
    return Response(to_json({"status": "ready", "database": "ok", "devices": devices}), content_type="application/json")


@pages.get("/openapi.json")
@public
def description() -> Response:
    """Return the API description (OpenAPI 3.1)."""
    app = current_app
    document = app.api_doc if isinstance(app, OpenAPI) else {}
    return Response(to_json(document), content_type="application/json")
