"""The screen of the shop's items. It shows and searches; changes go through the API."""

import uuid

from flask import Blueprint, abort, render_template, request

from gateway.domain.access import Permission
from gateway.domain.errors import NotFound
from gateway.domain.sales.item import GROUP_MAX, NAME_MAX, NUMBER_MAX, QUICK_KEYS_MAX, ItemId, shown_gtin
from gateway.domain.sales.item_list import COLUMNS
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.sales.catalogue_shapes import CSV_MAX
from gateway.web.screens import words

ROWS = 50
"""Items on one page."""
_FIND_MAX = 60
_SCRIPT_TEXTS = ("catalogue.", "error.", "hint.", "till.offline", "format.")

pages = Blueprint("catalogue_screen", __name__)


@pages.get("/catalogue")
@requires(Permission.CATALOGUE_MANAGE)
def catalogue() -> str:
    """Show items by name, or those that a search finds."""
    service, who = current().till.catalogue, caller()
    find = request.args.get("find", "")[:_FIND_MAX].strip()
    after = _cursor(request.args.get("after"))
    try:
        found = service.search(who, find) if find else service.page(who, after=after, limit=ROWS + 1)
    except NotFound:
        abort(404)
    return render_template(
        "catalogue.html",
        items=found[:ROWS],
        find=find,
        after=after,
        more=not find and len(found) > ROWS,
        currency=current().settings.currency,
        name_max=NAME_MAX,
        number_max=NUMBER_MAX,
        group_max=GROUP_MAX,
        keys_max=QUICK_KEYS_MAX,
        shown_gtin=shown_gtin,
        columns=";".join(COLUMNS),
        piece_max=CSV_MAX,
        texts=words().part(*_SCRIPT_TEXTS),
    )


def _cursor(text: str | None) -> ItemId | None:
    if not text:
        return None
    try:
        return ItemId(uuid.UUID(text))
    except ValueError:
        abort(404)
