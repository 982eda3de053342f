"""The cash view on the screen: accounts, what is expected by day as a plot with its table, ages of open items."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.bank.cash_position import AGES, HORIZON_DAYS_MAX, AgeClass, Forecast
from gateway.domain.money import Currency, Money
from gateway.web.auth import caller, requires
from gateway.web.bank.line_access import account_name
from gateway.web.bank.settlement_api import services

DAYS = 30
CHOICES = (14, 30, 60, HORIZON_DAYS_MAX)
_WIDTH, _HEIGHT, _EDGE = 640, 200, 12
_CLASSES = (-1, *AGES)

pages = Blueprint("cash_screen", __name__)


@dataclass(frozen=True, slots=True)
class CashPlot:
    """A forecast as it is drawn. ``points``: of the line; ``zero_y``: height of zero, None outside the picture.

    ``bars``: x, y, width, height and way of what comes and leaves each day; ``low``, ``high``: ends of the scale.
    """

    forecast: Forecast
    points: str
    zero_y: int | None
    bars: tuple[tuple[int, int, int, int, str], ...]
    low: Money
    high: Money
    last: date
    below: date | None


@dataclass(frozen=True, slots=True)
class AgeRow:
    """Open items of one side and currency: amount and count of each class, in the order of the columns."""

    side: str
    currency: Currency
    cells: tuple[tuple[Money, int], ...]
    total: Money


@pages.get("/cash")
@requires(Permission.STATEMENTS_READ)
def cash() -> str:
    """Show the cash view."""
    asked = request.args.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked[:4]) in CHOICES else DAYS
    view = services().cash.look(caller(), days)
    return render_template(
        "bank/cash.html",
        view=view,
        plots=tuple(plot_of(one) for one in view.forecasts),
        size=(_WIDTH, _HEIGHT),
        ages=age_rows(view.ages),
        classes=_CLASSES,
        account_name=account_name,
        days=days,
        choices=CHOICES,
    )


def plot_of(found: Forecast) -> CashPlot:
    """Lay a forecast into the picture: days from left to right, money from bottom to top."""
    balances = [found.start.minor, *(one.balance.minor for one in found.days)]
    moves = [minor for one in found.days for minor in (one.coming.minor, one.leaving.minor)]
    low, high = min(0, *balances, *moves), max(0, *balances, *moves)
    span, steps = max(high - low, 1), max(len(found.days), 1)

    def y(minor: int) -> int:
        return _HEIGHT - _EDGE - (minor - low) * (_HEIGHT - 2 * _EDGE) // span

    def x(place: int) -> int:
        return _EDGE + place * (_WIDTH - 2 * _EDGE) // steps

    width = max(2, (_WIDTH - 2 * _EDGE) // steps // 2)
    bars = [
        (x(place) - width // 2, min(y(minor), y(0)), width, max(1, abs(y(minor) - y(0))), way)
        for place, one in enumerate(found.days, 1)
        for minor, way in ((one.coming.minor, "coming"), (one.leaving.minor, "leaving"))
        if minor
    ]
    return CashPlot(
        forecast=found,
        points=" ".join(f"{x(place)},{y(minor)}" for place, minor in enumerate(balances)),
        zero_y=y(0),
        bars=tuple(bars),
        low=Money(low, found.currency),
        high=Money(high, found.currency),
        last=found.days[-1].day,
        below=next((one.day for one in found.days if one.balance.minor < 0), None),
    )


def age_rows(found: tuple[AgeClass, ...]) -> tuple[AgeRow, ...]:
    """Return one row for each side and currency, with every class."""
    keys = sorted({(one.side, one.currency.code) for one in found})
    rows = []
    for side, code in keys:
        currency = Currency.of(code)
        mine = {one.from_days: one for one in found if (one.side, one.currency.code) == (side, code)}
        cells = tuple(
            (mine[age].amount, mine[age].count) if age in mine else (Money(0, currency), 0) for age in _CLASSES
        )
        rows.append(AgeRow(side, currency, cells, Money(sum(amount.minor for amount, _ in cells), currency)))
    return tuple(rows)
