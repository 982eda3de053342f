"""ISO 4217 (list one) as far as a terminal needs it: numeric codes, and amounts in text turned into minor units.

The library stands alone, so it has a table of its own; amounts are whole minor units everywhere else.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from terminal_driver.errors import DriverError, LocalProtocolError

AMOUNT_TEXT_MAX = 20
"""Longest amount read: no field of any terminal holds more digits."""

# Code and number of each currency, by the decimal places of its minor unit.
_BY_EXPONENT = {
    0: """
    BIF108 CLP152 DJF262 GNF324 ISK352 JPY392 KMF174 KRW410 PYG600 RWF646 UGX800 VND704 VUV548 XAF950
    XOF952 XPF953
    """,
    2: """
    AED784 AFN971 ALL008 AMD051 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050 BGN975 BMD060
    BND096 BOB068 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124 CDF976 CHF756 CNY156 COP170 CRC188
    CUP192 CVE132 CZK203 DKK208 DOP214 DZD012 EGP818 ERN232 ETB230 EUR978 FJD242 FKP238 GBP826 GEL981
    GHS936 GIP292 GMD270 GTQ320 GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 INR356 IRR364 JMD388
    KES404 KGS417 KHR116 KPW408 KYD136 KZT398 LAK418 LBP422 LKR144 LRD430 LSL426 MAD504 MDL498 MGA969
    MKD807 MMK104 MNT496 MOP446 MRU929 MUR480 MVR462 MWK454 MXN484 MYR458 MZN943 NAD516 NGN566 NIO558
    NOK578 NPR524 NZD554 PAB590 PEN604 PGK598 PHP608 PKR586 PLN985 QAR634 RON946 RSD941 RUB643 SAR682
    SBD090 SCR690 SDG938 SEK752 SGD702 SHP654 SLE925 SOS706 SRD968 SSP728 STN930 SVC222 SYP760 SZL748
    THB764 TJS972 TMT934 TOP776 TRY949 TTD780 TWD901 TZS834 UAH980 USD840 UYU858 UZS860 VED926 VES928
    WST882 XCD951 XCG532 YER886 ZAR710 ZMW967 ZWG924
    """,
    3: """
    BHD048 IQD368 JOD400 KWD414 LYD434 OMR512 TND788
    """,
    4: """
    CLF990 UYW927
    """,
}


def exact_numeric(numeric: str) -> str:
    """Return the numeric code of a currency; one that would be filled up with zeros could become another currency.

    Raises:
        LocalProtocolError: ``bad_currency`` when it is not exactly three digits.
    """
    if len(numeric) != 3 or not (numeric.isascii() and numeric.isdecimal()):
        raise LocalProtocolError("bad_currency", "the currency must be three digits")
    return numeric


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency. ``numeric``: three digits as text; ``exponent``: decimal places of its minor unit."""

    code: str
    numeric: str
    exponent: int

    def minor_units(self, text: str) -> int:
        """Read an amount of this currency, such as ``12.34``; a point or a comma stands before the decimal places.

        Raises:
            DriverError: ``bad_amount``: no amount above zero, or more decimal places than the currency has.
        """
        hint = f"write it like {self.amount_text(1234)}"
        try:
            value = Decimal(text.replace(",", ".")) if len(text) <= AMOUNT_TEXT_MAX else Decimal("NaN")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not _plain(text):
            raise DriverError("bad_amount", f"{text!r} is no amount", hint)
        if -int(value.as_tuple().exponent) > self.exponent:
            raise DriverError("bad_amount", f"{self.code} has {self.exponent} decimal places", hint)
        minor = int(value.scaleb(self.exponent))
        if minor <= 0:
            raise DriverError("bad_amount", "an amount must be above zero", hint)
        return minor

    def amount_text(self, minor: int) -> str:
        """Write an amount without the name of the currency: ``12.34``."""
        digits = str(abs(minor)).rjust(self.exponent + 1, "0")
        whole, places = (digits[: -self.exponent], digits[-self.exponent :]) if self.exponent else (digits, "")
        return f"{'-' if minor < 0 else ''}{whole}{'.' if places else ''}{places}"


def currency_named(name: str) -> Currency:
    """Return the currency with an alphabetic or numeric code.

    Raises:
        DriverError: ``unknown_currency``.
    """
    found = _CURRENCIES.get(name.upper()) or _BY_NUMERIC.get(name)
    if found is None:
        raise DriverError("unknown_currency", f"{name!r} is no currency of ISO 4217", "for example EUR")
    return found


def _plain(text: str) -> bool:
    """Tell whether a text has nothing but digits and at most one point or comma: no exponent, sign or blank."""
    return text.isascii() and text.replace(",", ".", 1).replace(".", "", 1).isdigit()


_CURRENCIES = {
    word[:3]: Currency(word[:3], word[3:], exponent)
    for exponent, words in _BY_EXPONENT.items()
    for word in words.split()
}
_BY_NUMERIC = {currency.numeric: currency for currency in _CURRENCIES.values()}
