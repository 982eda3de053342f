"""Mounts everything of a register's day: shifts, reports, terminals' ends of day beside the books."""

from flask_openapi3.openapi import OpenAPI

from gateway.web.shifts import shifts_api, shifts_screen, terminal_comparisons_api


def register(app: OpenAPI) -> None:
    """Add the routes."""
    app.register_api(shifts_api.api)
    app.register_api(terminal_comparisons_api.api)
    app.register_blueprint(shifts_screen.pages)
