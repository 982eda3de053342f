"""The routes of settlement with acquirers, chargebacks and the cash view."""

from flask_openapi3.openapi import OpenAPI

from gateway.web.bank import cash_screen, settlement_api, settlement_chargebacks_api, settlement_screen


def register(app: OpenAPI) -> None:
    """Add the routes of the API and the screens."""
    app.register_api(settlement_api.api)
    app.register_api(settlement_chargebacks_api.api)
    app.register_blueprint(settlement_screen.pages)
    app.register_blueprint(cash_screen.pages)
