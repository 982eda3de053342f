"""The screen of imports: choose a file, look at the dry run, have exactly that stored."""

from flask import Blueprint, render_template

from gateway.domain.access import Permission
from gateway.domain.payables.import_fields import FIELDS, ImportKind
from gateway.web.auth import requires
from gateway.web.payables.suppliers_screen import shared

pages = Blueprint("import_screen", __name__)


@pages.get("/suppliers/import")
@requires(Permission.PAYABLES_WORK)
def imports() -> str:
    """Show the import of suppliers, orders, deliveries and codes."""
    return render_template("payables/suppliers_import.html", kinds=tuple(ImportKind), fields=FIELDS, **shared())
