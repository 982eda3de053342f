"""The routes of credit: vouchers, customers on account, bank transfers, pay links."""

from flask_openapi3.openapi import OpenAPI

from gateway.web.credit import credit_screen, customers_api, pay_links_api, pay_page, transfers_api, vouchers_api

APIS = (vouchers_api.api, customers_api.api, transfers_api.api, pay_links_api.api)
PAGES = (credit_screen.pages, pay_page.pages)


def register(app: OpenAPI) -> None:
    """Add the routes."""
    for api in APIS:
        app.register_api(api)
    for pages in PAGES:
        app.register_blueprint(pages)
