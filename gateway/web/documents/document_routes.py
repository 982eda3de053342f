"""The routes of supplier documents."""

from flask_openapi3.openapi import OpenAPI

from gateway.web.documents import (
    documents_api,
    inbox_screen,
    memory_screen,
    review_screen,
    supplier_invoices_api,
)


def register(app: OpenAPI) -> None:
    """Add the routes of the API and the screens."""
    app.register_api(documents_api.api)
    app.register_api(supplier_invoices_api.api)
    for pages in (inbox_screen.pages, review_screen.pages, memory_screen.pages):
        app.register_blueprint(pages)
