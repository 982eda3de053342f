"""The routes of statements and the matching desk."""

from flask_openapi3.openapi import OpenAPI

from gateway.web.bank import (
    desk_screen,
    learned_api,
    line_decisions_screen,
    lines_api,
    statements_api,
    statements_screen,
)


def register(app: OpenAPI) -> None:
    """Add the routes of the API and the screens."""
    app.register_api(statements_api.api)
    app.register_api(lines_api.api)
    app.register_api(learned_api.api)
    for pages in (desk_screen.pages, statements_screen.pages, line_decisions_screen.pages):
        app.register_blueprint(pages)
