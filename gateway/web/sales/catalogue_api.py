"""Items over the API: find, list, change, take over from a list, hand out as one."""

from dataclasses import replace

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import parse_id
from gateway.domain.sales.item import Item, ItemId, checked_gtin, shown_gtin
from gateway.domain.sales.item_list import BadRow, ItemWish, ReadRow
from gateway.domain.sales.tax_lines import TaxRate
from gateway.services.sales.manage_catalogue import ImportReport
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.free_text import cut
from gateway.web.payments.payment_answers import money, to_json
from gateway.web.payments.payments_api import JSON, asked_money
from gateway.web.sales.catalogue_shapes import (
    BulkItem,
    BulkRequest,
    GivenImport,
    GivenItem,
    GivenItems,
    ItemListRequest,
    ItemPath,
    ItemRequest,
    ItemsQuery,
)

api = APIBlueprint("catalogue", __name__, url_prefix="/v1", abp_tags=[Tag(name="items")])


@api.get("/items", security=KEY_OR_PERSON, responses=answers(200, GivenItems, 404, 422))
@requires(Permission.PAYMENTS_CREATE)
def find(query: ItemsQuery) -> Response:
    """Find items for a sale by words, number or GTIN; without either list all, also those out of use."""
    service, who = current().till.catalogue, caller()
    if query.code is not None:
        found = service.scanned(who, query.code)
        return _items(() if found is None else (found,))
    if query.search is not None:
        return _items(service.search(who, query.search, limit=query.limit))
    after = None if query.starting_after is None else ItemId(parse_id(query.starting_after, "/starting_after"))
    page = service.page(who, after=after, limit=query.limit)
    return _items(page, has_more=len(page) == query.limit)


@api.get("/item-keys", security=KEY_OR_PERSON, responses=answers(200, GivenItems))
@requires(Permission.PAYMENTS_CREATE)
def keys() -> Response:
    """List the items with a quick key, by its place."""
    return _items(current().till.catalogue.quick_keys(caller()))


@api.get("/item-list.csv", security=KEY_OR_PERSON, responses=answers(200, raw("text/csv", {"type": "string"}, "all")))
@requires(Permission.CATALOGUE_MANAGE)
def export() -> Response:
    """Hand out all items as a list that can be taken over again."""
    response = Response(current().till.catalogue.written(caller()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="items.csv"'
    return response


@api.post("/item-list", security=KEY_OR_PERSON, responses=answers(200, GivenImport, 409, 422, body=True))
@requires(Permission.CATALOGUE_MANAGE)
def take_over(body: ItemListRequest) -> Response:
    """Take items over from a list by their numbers; a bad row or a dry run stores nothing."""
    service = current().till.catalogue
    rows = [_without_cards(row) for row in service.read_list(body.csv, first_row=body.first_row)]
    return _report(service.take_over(caller(), rows, dry_run=body.dry_run))


@api.post("/item-batches", security=KEY_OR_PERSON, responses=answers(200, GivenImport, 409, 422, body=True))
@requires(Permission.CATALOGUE_MANAGE)
def bulk(body: BulkRequest) -> Response:
    """Store many items by their numbers, all or none; rows of the answer count from 1."""
    rows = [_bulk_row(one, number) for number, one in enumerate(body.items, start=1)]
    return _report(current().till.catalogue.take_over(caller(), rows, dry_run=body.dry_run))


@api.get("/items/<item_id>", security=KEY_OR_PERSON, responses=answers(200, GivenItem, 404))
@requires(Permission.PAYMENTS_CREATE)
def get(path: ItemPath) -> Response:
    """Tell one item."""
    return _json(item_document(current().till.catalogue.get(caller(), _id(path))))


@api.put("/items/<item_id>", security=KEY_OR_PERSON, responses=answers(200, GivenItem, 404, 409, 422, body=True))
@requires(Permission.CATALOGUE_MANAGE)
def put(path: ItemPath, body: ItemRequest) -> Response:
    """Store an item under an id the client made; the same again changes nothing."""
    stored = current().till.catalogue.put(caller(), _id(path), _wish(body), version=body.version)
    return _json(item_document(stored))


def item_document(item: Item) -> dict[str, object]:
    """Return an item as the API tells it."""
    return {
        "id": str(item.id),
        "number": item.number,
        "name": item.name,
        "gtin": shown_gtin(item.gtin),
        "price": money(item.price),
        "tax_rate": item.rate.percent(),
        "group": item.group,
        "kitchen_group": item.kitchen_group,
        "quick_key": item.quick_key,
        "active": item.active,
        "version": item.version,
    }


def _wish(body: ItemRequest | BulkItem) -> ItemWish:
    return ItemWish(
        number=cut(body.number),
        name=cut(body.name),
        gtin=checked_gtin(body.gtin or ""),
        price=asked_money(body.price.amount, body.price.currency, "/price"),
        rate=TaxRate.of(body.tax_rate),
        group=body.group,
        kitchen_group=body.kitchen_group,
        quick_key=body.quick_key,
        active=body.active,
    )


def _without_cards(row: ReadRow | BadRow) -> ReadRow | BadRow:
    """Cut card numbers where people write freely; a GTIN may look like one and is held to its check digit."""
    if isinstance(row, BadRow):
        return row
    wish = row.wish
    return replace(row, wish=replace(wish, name=cut(wish.name), group=cut(wish.group)))


def _bulk_row(one: BulkItem, number: int) -> ReadRow | BadRow:
    try:
        return ReadRow(number, _wish(one))
    except InputError as error:
        return BadRow(number, error.pointer.strip("/"), error.code, error.message, error.hint)


def _id(path: ItemPath) -> ItemId:
    return ItemId(parse_id(path.item_id, "/path/item_id"))


def _items(found: tuple[Item, ...], *, has_more: bool = False) -> Response:
    return _json({"data": [item_document(one) for one in found], "has_more": has_more})


def _report(report: ImportReport) -> Response:
    bad = [
        {"row": one.row, "column": one.column, "code": one.code, "message": one.message, "hint": one.hint}
        for one in report.bad
    ]
    told = {"made": report.made, "changed": report.changed, "unchanged": report.unchanged, "stored": report.stored}
    return _json(told | {"bad": bad})


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
