"""The items of the demo shop: a small cafe, made once, changed by whoever tries the screens."""

from gateway.domain.ids import StoreId, TenantId, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.sales.item import Item, ItemId
from gateway.domain.sales.tax_lines import TaxRate
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage

_ITEMS = (
    ("101", "Coffee", "", "3.20", "19", "Drinks", "Bar", 1),
    ("102", "Espresso", "", "2.60", "19", "Drinks", "Bar", 2),
    ("103", "Cappuccino", "", "3.80", "19", "Drinks", "Bar", 3),
    ("104", "Tea", "", "2.90", "19", "Drinks", "Bar", 4),
    ("105", "Hot chocolate", "", "4.10", "19", "Drinks", "Bar", 5),
    ("106", "Apple juice", "4000000000013", "3.40", "19", "Drinks", "Bar", 6),
    ("201", "Apple cake", "", "4.20", "7", "Food", "Kitchen", 7),
    ("202", "Cheesecake", "", "4.60", "7", "Food", "Kitchen", 8),
    ("203", "Butter croissant", "", "2.40", "7", "Food", None, 9),
    ("204", "Soup of the day", "", "6.90", "7", "Food", "Kitchen", 10),
    ("205", "Cheese sandwich", "", "5.80", "7", "Food", "Kitchen", 11),
    ("301", "Coffee beans 250 g", "4000000000020", "8.50", "7", "To take away", None, None),
    ("302", "Filter papers", "4000000000037", "2.99", "19", "To take away", None, None),
    ("303", "Mug with the shop's name", "4000000000044", "12.90", "19", "To take away", None, 12),
)
"""Number, name, GTIN, price in euro, tax in percent, group, where its order is printed, quick key."""


def seed_demo_catalogue(storage: Storage, clock: Clock, *, tenant_id: TenantId, store_id: StoreId) -> None:
    """Store the items if the shop has none yet; prices are in euro."""
    with storage.read() as unit:
        if unit.catalogue.page(tenant_id, store_id, after=None, limit=1):
            return
    euro, now_ms = Currency.of("EUR"), int(clock.now().timestamp() * 1000)
    with storage.write() as unit:
        for number, name, gtin, price, tax, group, kitchen, key in _ITEMS:
            item = Item(
                tenant_id=tenant_id,
                store_id=store_id,
                id=ItemId(uuid7(now_ms)),
                number=number,
                name=name,
                gtin=gtin.rjust(14, "0") if gtin else None,
                price=Money.from_decimal(price, euro),
                rate=TaxRate.of(tax),
                group=group,
                kitchen_group=kitchen,
                quick_key=key,
                active=True,
            )
            unit.catalogue.put(item, expected_version=None)
