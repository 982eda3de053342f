"""The world a set of statements is made in: parties, documents, lines, and how banks and payers spoil what they write.

All amounts are minor units, signed from the view of the bank account. The same seed makes the same set.
"""

import datetime as dt
import random
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from bench.reconciliation_words import Acquirer, Vocabulary
from gateway.domain.money import Currency

Record = dict[str, Any]
FIRST = dt.date(2026, 1, 2)
DAYS = 250
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "ł": "l", "Ł": "L", "đ": "d"}
)
_SPOILED = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "6": "G", "-": ".", "/": "1"}


@dataclass(slots=True)
class Party:
    """Somebody we deal with. ``known``: the account on file is the one the party pays from."""

    id: str
    name: str
    iban: str
    customer: str
    currency: str
    known: bool
    person: bool
    count: int


@dataclass(slots=True)
class Line:
    """A line with its answer, before lines get their ids. ``first``: the line it repeats or takes back."""

    day: int
    tie: float
    record: Record
    kind: str
    items: list[tuple[Record, int]]
    adjustments: dict[str, int]
    duplicate_of: "Line | None" = None
    reverses: "Line | None" = None


class Maker:
    """Draws parties, items and lines in one vocabulary. ``difficulty``: 0 (clean) to 1."""

    def __init__(self, words: Vocabulary, lines: int, seed: int, difficulty: float) -> None:
        self.words = words
        self.random = random.Random(f"{words.name} {seed} {lines} {difficulty}")
        self.difficulty = difficulty
        self.exponent = Currency.of(words.currency).exponent
        self.lines: list[Line] = []
        self.items: list[Record] = []
        self._numbers: set[str] = set()
        self._block = max(40, lines * 8 // DAYS)
        self.account = self.iban(words.country)
        self.prices = [self.random.randrange(9, 400) * 100 * words.scale // 10 for _ in range(40)]
        self.rates = self._rates()
        self.parties = [self._party(at) for at in range(max(40, lines // 12))]

    # -- draws -------------------------------------------------------------------------------------------------------

    def chance(self, easy: float, hard: float) -> bool:
        """Draw with a probability that moves from easy to hard with the difficulty."""
        return self.random.random() < easy + (hard - easy) * self.difficulty

    def one(self, *choices: str) -> str:
        """Draw one of the words."""
        return self.random.choice(choices)

    def amount(self, low: int = 1500, high: int = 2_000_000) -> int:
        """Draw an amount of a document: prices of a list come up again and again."""
        scale, words = self.words.scale, self.words
        if self.random.random() < 0.15 + 0.4 * self.difficulty:
            price = self.random.choice(self.prices) * self.random.choice((1, 1, 2, 3, 5, 10))
            drawn = price * (1000 + words.vat_permille) // 1000
        else:
            drawn = int(self.random.lognormvariate(10.4, 1.2)) * scale // 10
        drawn = max(low * scale // 10, min(high * scale // 10, drawn))
        return drawn - drawn % words.step

    def party(self) -> Party:
        """Draw a party."""
        return self.random.choice(self.parties)

    def iban(self, country: str) -> str:
        """Return an account number with check digits."""
        digits = "".join(str(self.random.randrange(10)) for _ in range(18))
        rest = int("".join(str(int(sign, 36)) for sign in digits + country + "00"))
        return f"{country}{98 - rest % 97:02d}{digits}"

    def _party(self, at: int) -> Party:
        words, draw = self.words, self.random
        person = draw.random() < words.person_share
        family = draw.choice(words.families.split()).replace("-", " ")
        if person:
            name = f"{draw.choice(words.firsts.split())} {family}"
        else:
            lead = draw.choice(
                (
                    family,
                    f"{family} & {draw.choice(words.families.split())}",
                    f"{draw.choice(words.firsts.split())} {family}",
                )
            )
            name = (
                f"{lead} {draw.choice(words.trades.split())}"
                if draw.random() < 0.8
                else f"{draw.choice(words.trades.split())} {family}"
            )
            name += f" {draw.choice(words.cities.split())}" if draw.random() < 0.2 else ""
            name += f" {draw.choice(words.forms)}"
        currency = draw.choice(list(words.foreign)) if draw.random() < 0.12 else words.currency
        customer = words.customer.format(n=20_000 + at * 7)
        known = draw.random() < 0.85 - 0.45 * self.difficulty
        return Party(
            f"C{at:05d}", name, self.iban(words.country), customer, currency, known, person, draw.randrange(1, 9000)
        )

    def _rates(self) -> list[dict[str, float]]:
        """Return units of each currency for one euro, day by day, as meta.json holds them."""
        home = {"EUR": 1.0, "SEK": 11.2, "PLN": 4.3, "USD": 1.085, "CHF": 0.95, "JPY": 162.0}[self.words.currency]
        now = {code: home / worth for code, worth in self.words.foreign.items()}
        if self.words.currency != "EUR":
            now[self.words.currency] = home
        now.pop("EUR", None)
        days = []
        for _ in range(DAYS + 120):
            now = {code: rate * (1 + self.random.gauss(0, 0.003)) for code, rate in now.items()}
            days.append({code: round(rate, 5) for code, rate in now.items()})
        return days

    def at_mid(self, amount: int, currency: str, day: int) -> float:
        """Return an amount of a foreign currency in minor units of ours at the mid rate of the day."""
        rates = {"EUR": 1.0, **self.rates[day]}
        shift = 10.0 ** (self.exponent - Currency.of(currency).exponent)
        return amount / rates[currency] * rates[self.words.currency] * shift

    # -- documents ---------------------------------------------------------------------------------------------------

    def date(self, day: int) -> str:
        """Return a day as text."""
        return (FIRST + dt.timedelta(days=day)).isoformat()

    def number(self, party: Party, issue: int, shape: str) -> str:
        """Return a new number of ours; it grows with the day of issue."""
        while True:
            count = 1000 + (issue + 120) * self._block + self.random.randrange(self._block)
            check = str((10 - sum(int(sign) * (2 - at % 2) for at, sign in enumerate(reversed(str(count)))) % 10) % 10)
            text = shape.format(n=count, y=2026, yy=26, m=1 + max(0, issue) // 30 % 12, c=party.customer, k=check)
            if text not in self._numbers:
                self._numbers.add(text)
                return text

    def item(self, party: Party, amount: int, issue: int, **other: Any) -> Record:  # noqa: ANN401 - fields of the format
        """Open an item; `side` is AR unless told, a credit note where `type` says so."""
        words, draw = self.words, self.random
        payable, credit = other.get("side") == "AP", other.get("type") == "credit_note"
        if payable:
            party.count += draw.randrange(1, 9)
            shape = words.bill_numbers[len(party.name) % len(words.bill_numbers)]
            number = shape.format(n=party.count, y=2026, yy=26, m=1 + max(0, issue) // 30 % 12)
        else:
            shape = words.credit_number if credit else words.numbers[0 if draw.random() < 0.8 else -1]
            number = self.number(party, issue, shape)
        bp, days, net = draw.choice(words.terms)
        item: Record = {
            "id": f"T{draw.getrandbits(56):014x}",
            "side": "AR",
            "type": "invoice",
            "party_id": party.id,
            "party_name": party.name,
            "party_iban": party.iban if payable or party.known else None,
            "doc_no": number,
            "order_no": f"PO{draw.randrange(10**5, 10**6)}" if not payable and draw.random() < 0.3 else None,
            "customer_no": None if payable else party.customer,
            "structured_ref": None,
            "e2e_id": None,
            "currency": words.currency,
            "amount": amount,
            "issue_date": self.date(issue),
            "due_date": self.date(issue + net),
            "discount_bp": bp if not credit else 0,
            "discount_until": self.date(issue + days) if bp and not credit else None,
        }
        if not payable and not credit and draw.random() < 0.3:
            item["structured_ref"] = creditor_reference(number)
        item.update(other)
        self.items.append(item)
        return item

    def owed(self, day: int, *, party: Party | None = None, low: int = 1500, **other: Any) -> tuple[Party, Record]:  # noqa: ANN401
        """Open an invoice of a customer some weeks before the day."""
        party = party or self.party()
        amount = other.pop("amount", None) or self.amount(low)
        return party, self.item(party, amount, day - self.random.randrange(3, 50), **other)

    def sale(self, acquirer: str, terminal: str, amount: int, day: int, brand: str) -> Record:
        """Open a card sale; a refund where the amount is negative."""
        draw = self.random
        item: Record = {
            "id": f"T{draw.getrandbits(56):014x}",
            "side": "POS",
            "type": "refund" if amount < 0 else "sale",
            "party_id": None,
            "party_name": acquirer,
            "party_iban": None,
            "doc_no": None,
            "order_no": None,
            "customer_no": None,
            "structured_ref": None,
            "e2e_id": None,
            "currency": self.words.currency,
            "amount": amount,
            "issue_date": self.date(day),
            "due_date": None,
            "discount_bp": 0,
            "discount_until": None,
            "terminal_id": terminal,
            "merchant_id": f"7{terminal}",
            "card_brand": brand,
            "batch_no": None,
            "sold_at": f"{self.date(day)}T{draw.randrange(8, 21):02d}:{draw.randrange(60):02d}:00",
        }
        self.items.append(item)
        return item

    # -- lines -------------------------------------------------------------------------------------------------------

    def line(
        self,
        day: int,
        amount: int,
        kind: str,
        items: list[tuple[Record, int]],
        text: str = "",
        **other: Any,  # noqa: ANN401
    ) -> Line:
        """Book a line. ``other``: name, iban, adjustments, duplicate_of, reverses, and fields of the format."""
        adjustments = {name: value for name, value in other.pop("adjustments", {}).items() if value}
        duplicate, reverses = other.pop("duplicate_of", None), other.pop("reverses", None)
        plain = other.pop("as_is", False)
        record: Record = {
            "id": "",
            "account": self.account,
            "booking_date": self.date(day),
            "value_date": self.date(day),
            "amount": amount,
            "currency": self.words.currency,
            "name": other.pop("name", "")[:70],
            "iban": other.pop("iban", None),
            "e2e_id": None,
            "structured_ref": None,
            "remittance": text if plain else self.dressed(text),
            "tx_code": "PMNT-RCDT-ESCT" if amount > 0 else "PMNT-ICDT-ESCT",
            "orig_amount": None,
            "orig_currency": None,
            "return_code": None,
        }
        record.update(other)
        made = Line(day, self.random.random(), record, kind, items, adjustments, duplicate, reverses)
        self.lines.append(made)
        return made

    def dressed(self, text: str) -> str:
        """Return the text as a bank hands it on."""
        draw = self.random
        match draw.choice(self.words.habits):
            case "upper":
                return plain_letters(text).upper()
            case "sepa":
                lead = draw.choice(
                    (
                        "EREF+NOTPROVIDED ",
                        f"EREF+{draw.getrandbits(40):010X} ",
                        f"KREF+{draw.randrange(10**9, 10**10)} ",
                        "",
                    )
                )
                return f"{lead}SVWZ+{text}"
            case "mt940":
                folded = f"SVWZ+{plain_letters(text)}"
                return "".join(f"?{20 + at // 27}{folded[at : at + 27]}" for at in range(0, len(folded), 27))
            case "remi":
                return f"/ROC/{draw.randrange(10**7, 10**8)}//REMI/{text}" if draw.random() < 0.5 else f"/REMI/{text}"
            case "ach":
                trace = draw.randrange(10**14, 10**15)
                return f"CO ENTRY DESCR:PAYMENT SEC:CCD TRACE#:{trace} {plain_letters(text)}".upper()
            case "wrap27":
                return " ".join(text[at : at + 27] for at in range(0, len(text), 27))
            case "wrap35":
                return " ".join(text[at : at + 35] for at in range(0, len(text), 35))
            case _:
                return text

    def name_of(self, party: Party) -> str:
        """Return a party's name as a bank prints it."""
        draw, name = self.random, party.name
        if party.person and draw.random() < 0.5:
            first, family = name.split(" ", 1)
            name = f"{family}, {first}" if draw.random() < 0.4 else f"{family} {first}"
        if draw.random() < 0.5:
            name = plain_letters(name) if draw.random() < 0.5 else plain_letters(name.translate(_UMLAUTS))
        if draw.random() < 0.5:
            name = name.upper()
        if not party.person and draw.random() < 0.15 * self.difficulty:
            name = re.sub(r" [^ ]+$", "", name)
        return name[: draw.choice((70, 70, 35, 27))]

    def payer(self, party: Party, *, known: float = 1.0) -> Record:
        """Return name and account as they stand on a line of this party."""
        iban: str | None = (
            party.iban if party.known else self.iban(self.words.country) if self.random.random() < 0.7 else None
        )
        return {"name": self.name_of(party), "iban": iban if self.random.random() < known else None}

    def named(self, *items: Record) -> str:
        """Return a text that names documents as payers write them."""
        text = self.random.choice(self.words.invoice) + self.one(", ", " ", "+", "; ", " / ").join(
            item["doc_no"] for item in items
        )
        return f"{text} {items[0]['customer_no']}" if self.random.random() < 0.2 and items[0]["customer_no"] else text

    def cut(self, number: str) -> str:
        """Return a number shortened or written another way."""
        digits = re.sub(r"\D", "", number)
        tail = digits[4:] if digits.startswith("2026") and len(digits) > 8 else digits
        return self.one(
            tail,
            tail.lstrip("0"),
            re.sub(r"[-/ ]", "", number),
            tail[-5:],
            number.rsplit("-", maxsplit=1)[-1] if "-" in number else tail,
            number[:-1] if len(number) > 8 else number,
            f"{tail[:3]} {tail[3:]}",
        )

    def spoiled(self, number: str) -> str:
        """Return a number with letters confused or two signs swapped."""
        signs = [_SPOILED[sign] if sign in _SPOILED and self.random.random() < 0.2 else sign for sign in number]
        if "".join(signs) == number and len(signs) > 4:
            at = self.random.randrange(1, len(signs) - 2)
            signs[at], signs[at + 1] = signs[at + 1], signs[at]
        return "".join(signs)

    def misspelled(self, name: str) -> str:
        """Return a name with a typing error."""
        at = self.random.randrange(1, max(2, len(name) - 2))
        return self.one(
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + self.one(*"aeinrst") + name[at + 1 :],
        )

    def told(self, amount: int) -> str:
        """Return an amount as a text writes it."""
        return f"{amount / 10**self.exponent:.{self.exponent}f}"

    def acquirer(self) -> tuple[str, Acquirer]:
        """Draw an acquirer."""
        return self.random.choice(list(self.words.acquirers.items()))


def plain_letters(text: str) -> str:
    """Return the text without accents."""
    signs = unicodedata.normalize(
        "NFKD", text.replace("ø", "o").replace("ł", "l").replace("Ł", "L").replace("æ", "ae").replace("ß", "ss")
    )
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def creditor_reference(number: str) -> str:
    """Return the structured reference of a document (ISO 11649)."""
    body = re.sub(r"[^0-9A-Z]", "", plain_letters(number).upper())[:21]
    rest = int("".join(str(int(sign, 36)) for sign in body + "RF00"))
    return f"RF{98 - rest % 97:02d}{body}"
