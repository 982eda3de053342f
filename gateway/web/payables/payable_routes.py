"""The routes of payables."""

from flask_openapi3.openapi import OpenAPI

from gateway.web.payables import (
    approval_rules_api,
    approvals_api,
    approvals_screen,
    bank_api,
    bank_screen,
    codes_screen,
    import_screen,
    imports_api,
    inbox_screen,
    match_screen,
    matching_api,
    orders_api,
    orders_screen,
    payable_screen,
    payables_api,
    rules_screen,
    runs_api,
    runs_screen,
    suppliers_api,
    suppliers_screen,
)


def register(app: OpenAPI) -> None:
    """Add the routes of the API and the screens."""
    app.register_api(payables_api.api)
    app.register_api(approvals_api.api)
    app.register_api(approval_rules_api.api)
    app.register_api(runs_api.api)
    app.register_api(suppliers_api.api)
    app.register_api(orders_api.api)
    app.register_api(imports_api.api)
    app.register_api(matching_api.api)
    app.register_api(bank_api.api)
    app.register_blueprint(bank_screen.pages)
    app.register_blueprint(runs_screen.pages)
    for approving in (approvals_screen.pages, rules_screen.pages):
        app.register_blueprint(approving)
    for screen in (inbox_screen.pages, match_screen.pages, payable_screen.pages):
        app.register_blueprint(screen)
    for pages in (suppliers_screen.pages, orders_screen.pages, codes_screen.pages, import_screen.pages):
        app.register_blueprint(pages)
