"""Kinds that few sets hold: others pay, tax is kept back, books are netted, payouts of many models, errors of banks."""

from bench.reconciliation_kinds import Kind
from bench.reconciliation_maker import Maker, Record
from bench.reconciliation_words import Acquirer


def third_party(m: Maker, day: int) -> None:
    """A parent company or a factor pays for the customer and says for whom."""
    party, item = m.owed(day)
    payer = m.one(
        f"{m.one(*m.words.families.split())} Holding",
        f"{m.one(*m.words.cities.split())} Factoring",
        m.name_of(m.party()),
    )
    text = f"{m.named(item)} {party.name}" if m.random.random() < 0.5 else m.named(item)
    m.line(day, item["amount"], "third_party", [(item, item["amount"])], text, name=payer, iban=m.iban(m.words.country))


def wrong_ref(m: Maker, day: int) -> None:
    """The number of another customer's invoice; name, account and amount say whose it is."""
    party = m.random.choice([one for one in m.parties if one.known])
    item = m.item(party, m.amount(), day - m.random.randrange(3, 40))
    other = m.owed(day)[1]
    m.line(
        day,
        item["amount"],
        "wrong_ref",
        [(item, item["amount"])],
        m.named(other),
        name=m.name_of(party),
        iban=party.iban,
    )


def withheld_net(m: Maker, day: int) -> None:
    """Tax on the net amount is kept back."""
    tax, vat = m.words.withheld
    party, item = m.owed(day, low=20_000)
    kept = round(item["amount"] * 1000 / (1000 + vat) * tax / 1000)
    text = m.named(item) + m.one("", " netto ritenuta", " menos IRPF")
    m.line(
        day,
        item["amount"] - kept,
        "withheld_net",
        [(item, item["amount"])],
        text,
        adjustments={"withholding": -kept},
        **m.payer(party),
    )


def deducted(m: Maker, day: int) -> None:
    """The customer subtracts a claim of its own and names its note."""
    party, item = m.owed(day, low=50_000)
    claim = item["amount"] * m.random.randrange(3, 25) // 100
    claim -= claim % m.words.step
    note = m.one("Belastung", "debit note", "nota", "BA")
    text = f"{m.named(item)} {note} {m.random.randrange(1000, 99999)} -{m.told(claim)}"
    m.line(
        day,
        item["amount"] - claim,
        "deducted",
        [(item, item["amount"])],
        text,
        adjustments={"deduction": -claim},
        **m.payer(party),
    )


def netting(m: Maker, day: int) -> None:
    """What we owe the customer is set off against what it owes."""
    party, item = m.owed(day, low=50_000)
    bill = m.item(party, -(item["amount"] * m.random.randrange(10, 60) // 100), day - 20, side="AP")
    bill["amount"] -= bill["amount"] % -m.words.step
    text = f"{m.named(item)} ./. {bill['doc_no']}"
    both = [(item, item["amount"]), (bill, bill["amount"])]
    m.line(day, item["amount"] + bill["amount"], "netting", both, text, **m.payer(party))


def refunded(m: Maker, day: int) -> None:
    """We pay a credit note out."""
    party = m.party()
    note = m.item(party, -m.amount(high=200_000), day - m.random.randrange(3, 20), type="credit_note")
    text = f"{m.random.choice(m.words.credit)} {note['doc_no']}"
    m.line(day, note["amount"], "refunded", [(note, note["amount"])], text, name=m.name_of(party), iban=party.iban)


def instalments(m: Maker, day: int) -> None:
    """An invoice paid in equal rates."""
    party, item = m.owed(max(60, day) - 60, low=60_000)
    count = m.random.choice((3, 4, 6))
    rate = item["amount"] // count
    rate -= rate % m.words.step
    payer = m.payer(party)
    for at in range(m.random.randrange(2, count + 1)):
        paid = rate if at + 1 < count else item["amount"] - rate * (count - 1)
        text = m.named(item) + m.one(f" {at + 1}/{count}", f" {m.random.choice(m.words.part)}")
        m.line(max(60, day) - 55 + 30 * at, paid, "instalment", [(item, paid)], text, **payer)


def rounding(m: Maker, day: int) -> None:
    """A few of the smallest units too little or too much."""
    party, item = m.owed(day, low=10_000)
    off = m.random.choice((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5))
    m.line(
        day,
        item["amount"] + off,
        "rounding",
        [(item, item["amount"])],
        m.named(item),
        adjustments={"rounding": off},
        **m.payer(party),
    )


def bank_error(m: Maker, day: int) -> None:
    """The bank books something that is not ours, and takes it back."""
    party, amount = m.party(), m.amount()
    wrong = m.line(
        day, amount, "bank_error", [], str(m.random.randrange(10**7, 10**8)), name=m.misspelled(party.name)[::-1]
    )
    record = wrong.record
    m.line(
        day + m.random.randrange(1, 4),
        -amount,
        "bank_error",
        [],
        f"{m.random.choice(m.words.back)} {record['remittance']}",
        name=record["name"],
        tx_code="PMNT-RCDT-RRTN",
        as_is=True,
    )


# -- payouts ---------------------------------------------------------------------------------------------------------


def _sales(m: Maker, name: str, terms: Acquirer, terminal: str, day: int) -> list[Record]:
    sold = []
    for _ in range(m.random.randrange(5, 30)):
        amount = max(20 * m.words.scale, int(m.random.lognormvariate(7.9, 0.8)) * m.words.scale // 10)
        amount -= amount % m.words.step
        sold.append(
            m.sale(
                name, terminal, -amount if m.random.random() < 0.03 else amount, day, m.random.choice(list(terms.fees))
            )
        )
    return sold


def _fee(m: Maker, sales: list[Record], terms: Acquirer) -> int:
    total = 0
    for sale in sales:
        bp, fixed = terms.fees[sale["card_brand"]]
        if sale["amount"] > 0:
            total += round(sale["amount"] * (bp + m.random.randint(-terms.plus_bp, terms.plus_bp)) / 10_000) + fixed
    return total


def card_batch(m: Maker, day: int) -> None:
    """Payouts of a terminal: fees by contract, or about so; a monthly fee, a reserve, a chargeback, a fee for speed."""
    name, terms = m.acquirer()
    terminal = str(m.random.randrange(10**7, 10**8))
    before: list[Record] = []
    for later in range(3):
        sales = _sales(m, name, terms, terminal, day + later)
        gross, fee = sum(sale["amount"] for sale in sales), _fee(m, sales, terms)
        kind, extra = ("card_plus" if terms.plus_bp else "card_batch"), {}
        if terms.reserve_bp and m.random.random() < 0.5:
            kind, extra = "card_reserve", {"reserve": -(gross * terms.reserve_bp // 10_000)}
        elif terms.monthly and m.random.random() < 0.2:
            kind, extra = "card_monthly", {"terminal_rent": -terms.monthly}
        elif terms.instant_bp and m.random.random() < 0.3:
            kind, extra = "card_instant", {"instant_fee": -(gross * terms.instant_bp // 10_000)}
        elif before and m.random.random() < 0.25:
            kind, extra = "card_chargeback", {"chargeback": -m.random.choice(before)["amount"]}
        text = _told(m, terminal, gross, fee, len(sales), extra)
        booked = gross - fee + sum(extra.values())
        before = [sale for sale in sales if sale["amount"] > 0]
        if booked > 0:
            m.line(
                day + later + m.random.choice((1, 1, 2)),
                booked,
                kind,
                [(sale, sale["amount"]) for sale in sales],
                text,
                adjustments={"fee": -fee, **extra},
                name=terms.bank_name,
                tx_code="PMNT-MCRD-UPCT",
            )
    if m.random.random() < 0.3 and terms.reserve_bp:
        m.line(
            day + 60,
            m.amount(high=20_000),
            "reserve_release",
            [],
            f"RESERVE RELEASE {terminal}",
            name=terms.bank_name,
            tx_code="PMNT-MCRD-UPCT",
        )


def _told(m: Maker, terminal: str, gross: int, fee: int, count: int, extra: dict[str, int]) -> str:
    parts = [
        f"MID 7{terminal}" if m.chance(0.95, 0.6) else "",
        f"TID {terminal}" if m.chance(0.8, 0.4) else "",
        f"GROSS {m.told(gross)}" if m.chance(0.7, 0.3) else "",
        f"FEE {m.told(fee)}" if m.chance(0.5, 0.2) else "",
        f"CNT {count}" if m.chance(0.4, 0.2) else "",
    ]
    if m.chance(0.8, 0.4):
        names = {"reserve": "RES", "chargeback": "CBK", "instant_fee": "INSTANT", "terminal_rent": "MONTHLY"}
        parts += [f"{names[name]} {m.told(-value)}" for name, value in extra.items()]
    return " ".join(part for part in parts if part)


def two_payouts(m: Maker, day: int) -> None:
    """Two terminals of one merchant in one line, both by contract."""
    plain = [(name, terms) for name, terms in m.words.acquirers.items() if not terms.plus_bp]
    name, terms = m.random.choice(plain)
    one, two = (str(m.random.randrange(10**7, 10**8)) for _ in range(2))
    sales = _sales(m, name, terms, one, day) + _sales(m, name, terms, two, day)
    fee = _fee(m, sales, terms)
    text = f"TID {one} TID {two}" if m.chance(1.0, 0.7) else f"TID {one} +1"
    m.line(
        day + 1,
        sum(sale["amount"] for sale in sales) - fee,
        "two_payouts",
        [(sale, sale["amount"]) for sale in sales],
        text,
        adjustments={"fee": -fee},
        name=terms.bank_name,
        tx_code="PMNT-MCRD-UPCT",
    )


RARER: dict[str, tuple[Kind, float]] = {
    "third_party": (third_party, 2),
    "wrong_ref": (wrong_ref, 1),
    "withheld_net": (withheld_net, 0.6),
    "deducted": (deducted, 1.5),
    "netting": (netting, 1.2),
    "refunded": (refunded, 1.5),
    "instalments": (instalments, 1),
    "rounding": (rounding, 1),
    "bank_error": (bank_error, 0.7),
    "card_batch": (card_batch, 2),
    "two_payouts": (two_payouts, 0.8),
}
