"""Dynamic currency conversion as a nexo terminal tells it. It proves nothing: what cannot be read is left out."""

from terminal_driver.card_data import cut_card_numbers
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.amounts import numeric_of, to_minor
from terminal_driver.nexo.payment_messages import CurrencyConversion as ToldConversion
from terminal_driver.outcome import CurrencyConversion


def conversion_of(told: tuple[ToldConversion, ...]) -> CurrencyConversion | None:
    """Return the conversion the cardholder agreed to, None when there is none or it cannot be read."""
    for one in told:
        converted = one.converted_amount
        if one.customer_approved_flag is False or converted is None:
            continue
        try:
            amount_minor = to_minor(converted.amount_value, converted.currency)
            numeric = numeric_of(converted.currency)
        except RemoteProtocolError:
            continue
        return CurrencyConversion(
            amount_minor,
            numeric,
            rate=None if one.rate is None else format(one.rate, "f"),
            markup=None if one.markup is None else format(one.markup, "f"),
            words=None if one.declaration is None else cut_card_numbers(one.declaration),
        )
    return None
