"""What a customer's receipt may show of a card: its last four digits and no expiry date, whatever the terminal printed.

The driver has cut full numbers already (first six and last four may be left, for the merchant). Here the lines meant
for the customer lose the rest. Layout is kept: a hidden digit becomes a star in its place.
"""

import re

_STAR = "*"
_LAST_SHOWN = 4

# Digits and the signs terminals mask with, in groups with single blanks, dots or dashes between: at least eight places.
_CARD = re.compile(r"(?<![0-9A-Za-z])[0-9*#xX\u2022](?:[ .\-]?[0-9*#xX\u2022]){7,}(?![0-9A-Za-z])")
_MASKED = re.compile(r"[*#\u2022xX][ .\-]?[*#\u2022xX]")
_EXPIRY_WORD = re.compile(
    r"(?i)\b(?:g(?:ü|ue|u)ltig(?:keit)?\W{0,2}(?:bis)?|verfall\w*|ablauf\w*|expir\w*|exp\b|valid\W{1,2}(?:thru|until|to)\b"
    r"|good\W{1,2}thru)"
)
_MONTH_AND_YEAR = r"(?<![0-9])(?:[0-9]{2}\s?[/.\-]\s?(?:[0-9]{4}|[0-9]{2})|[0-9]{4}|[0-9]{6})(?![0-9])"
_DATE = re.compile(_MONTH_AND_YEAR)
_DATE_ALONE = re.compile(rf"\W*{_MONTH_AND_YEAR}\W*")


def customer_text(text: str) -> str:
    """Return one text with no more of a card number than its last four digits."""
    return _CARD.sub(lambda found: _last_four(found[0]), text)


def customer_lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines of a customer's receipt without expiry date and with at most the last four digits of a card.

    An expiry date is known by its label, on the same line or on the line before one that holds nothing else.
    """
    shown = []
    expected = False
    for text in texts:
        label = _EXPIRY_WORD.search(text)
        if label is not None:
            found = _DATE.search(text, label.end())
            expected = found is None
            shown.append(text if found is None else _without_digits(text, found.start(), found.end()))
        elif expected and _DATE_ALONE.fullmatch(text):
            expected = False
            shown.append(_without_digits(text, 0, len(text)))
        else:
            expected = expected and not text.strip()
            shown.append(text)
    return tuple(customer_text(text) for text in shown)


def _last_four(number: str) -> str:
    """Hide what is not in the last four places of a masked number; a plain number was judged by the driver."""
    if _MASKED.search(number) is None:
        return number
    places = [at for at, sign in enumerate(number) if sign not in " .-"]
    shown = set(places[-_LAST_SHOWN:])
    return "".join(_STAR if sign.isdigit() and at not in shown else sign for at, sign in enumerate(number))


def _without_digits(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[0-9]", _STAR, text[start:end]) + text[end:]
