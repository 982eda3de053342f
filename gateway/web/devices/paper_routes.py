"""The routes of paper: drawers, orders to the kitchen, printers, and the search over the journal."""

from flask_openapi3.openapi import OpenAPI

from gateway.web.devices import drawers_api, orders_api, printers_api, printers_screen
from gateway.web.overview import journal_screen

APIS = (drawers_api.api, orders_api.api, printers_api.api)
PAGES = (journal_screen.pages, printers_screen.pages)


def register(app: OpenAPI) -> None:
    """Add the routes."""
    for api in APIS:
        app.register_api(api)
    for pages in PAGES:
        app.register_blueprint(pages)
