"""The screens of the codes of the books and of the accounts of employees. They show; the API changes."""

from flask import Blueprint, render_template

from gateway.domain.access import Permission
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.payables.suppliers_screen import shared

pages = Blueprint("codes_screen", __name__)


@pages.get("/suppliers/codes")
@requires(Permission.PAYABLES_READ)
def codes() -> str:
    """Show tax codes and cost centres."""
    orders = current().till.payables.suppliers.orders
    return render_template(
        "payables/codes.html",
        tax_codes=orders.tax_codes(caller()),
        cost_centres=orders.cost_centres(caller()),
        **shared(),
    )


@pages.get("/suppliers/employee-accounts")
@requires(Permission.SUPPLIER_ACCOUNTS_CONFIRM)
def employee_accounts() -> str:
    """Show the accounts of employees by label, with country and last four signs."""
    listed = current().till.payables.suppliers.suppliers.list_employees(caller())
    return render_template("payables/employee_accounts.html", listed=listed, **shared())
