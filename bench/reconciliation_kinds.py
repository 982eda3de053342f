"""What happens between items and bank lines: one function a kind; it opens items and books lines with their answers."""

from collections.abc import Callable

from bench.reconciliation_maker import Line, Maker, Party, Record

Kind = Callable[[Maker, int], object]


def exact_ref(m: Maker, day: int) -> Line:
    """Number and amount are right."""
    party, item = m.owed(day)
    if item["structured_ref"] and m.random.random() < 0.7:
        return m.line(
            day,
            item["amount"],
            "exact_ref",
            [(item, item["amount"])],
            structured_ref=item["structured_ref"],
            **m.payer(party),
        )
    return m.line(day, item["amount"], "exact_ref", [(item, item["amount"])], m.named(item), **m.payer(party))


def _bill(m: Maker, day: int) -> tuple[Party, Record]:
    party = m.party()
    return party, m.item(
        party, -m.amount(), day - m.random.randrange(5, 40), side="AP", e2e_id=f"PAY{m.random.randrange(10**9, 10**10)}"
    )


def e2e_id(m: Maker, day: int) -> None:
    """Our own payment comes back with its id."""
    party, item = _bill(m, day)
    m.line(
        day,
        item["amount"],
        "e2e_id",
        [(item, item["amount"])],
        m.one(item["doc_no"], ""),
        name=m.name_of(party),
        e2e_id=item["e2e_id"],
    )


def trunc_ref(m: Maker, day: int) -> None:
    """The number is shortened."""
    party, item = m.owed(day)
    text = m.random.choice(m.words.invoice) + m.cut(item["doc_no"])
    m.line(day, item["amount"], "trunc_ref", [(item, item["amount"])], text, **m.payer(party, known=0.6))


def ocr_noise(m: Maker, day: int) -> None:
    """The number is spoiled."""
    party, item = m.owed(day)
    text = m.random.choice(m.words.invoice) + m.spoiled(item["doc_no"])
    m.line(day, item["amount"], "ocr_noise", [(item, item["amount"])], text, **m.payer(party, known=0.5))


def no_ref(m: Maker, day: int) -> None:
    """Name and amount alone."""
    party, item = m.owed(day)
    m.line(day, item["amount"], "no_ref", [(item, item["amount"])], m.random.choice(m.words.free), **m.payer(party))


def misspelled(m: Maker, day: int) -> None:
    """The name has an error."""
    party, item = m.owed(day)
    text = m.random.choice(m.words.free) if m.chance(0.4, 0.9) else m.cut(item["doc_no"])
    m.line(day, item["amount"], "misspelled", [(item, item["amount"])], text, name=m.misspelled(m.name_of(party)))


def _bundle(m: Maker, day: int, kind: str, count: int, *, credit: bool = False) -> None:
    party = m.party()
    items = [m.item(party, m.amount(high=500_000), day - m.random.randrange(3, 60)) for _ in range(count)]
    if credit:
        total = sum(item["amount"] for item in items)
        noted = total // m.random.randrange(4, 12)
        items.append(m.item(party, -(noted - noted % m.words.step), day - 2, type="credit_note"))
    ordered = sorted(items, key=lambda item: str(item["doc_no"]))
    draw = m.random.random()
    if draw < 0.5 or kind == "bulk":
        text = m.named(*items)
    elif draw < 0.65:
        text = " ".join(m.cut(item["doc_no"]) for item in items)
    elif draw < 0.75 and not credit:
        text = f"{ordered[0]['doc_no']} {m.words.until} {ordered[-1]['doc_no']}"
    elif draw < 0.88:
        text = m.named(*items[: max(1, count // 2)]) + " etc"
    else:
        text = m.random.choice(m.words.free)
    m.line(
        day,
        sum(item["amount"] for item in items),
        kind,
        [(item, item["amount"]) for item in items],
        text,
        **m.payer(party),
    )


def bundle(m: Maker, day: int) -> None:
    """One payment for several invoices."""
    _bundle(m, day, "bundle", m.random.choice((2, 2, 3, 3, 4, 5, 6)))


def bundle_credit(m: Maker, day: int) -> None:
    """The same less a credit note."""
    _bundle(m, day, "bundle_credit", m.random.choice((2, 2, 3, 4)), credit=True)


def bulk(m: Maker, day: int) -> None:
    """A payment that lists thirty and more numbers."""
    _bundle(m, day, "bulk", m.random.randrange(30, 45))


def partial(m: Maker, day: int) -> None:
    """A part, and perhaps the rest."""
    party, item = m.owed(day, low=20_000)
    part = item["amount"] * m.random.randrange(20, 80) // 100
    part -= part % (100 * m.words.scale if m.random.random() < 0.6 and part > 1000 * m.words.scale else m.words.step)
    payer = m.payer(party)
    m.line(day, part, "partial", [(item, part)], f"{m.named(item)} {m.random.choice(m.words.part)}", **payer)
    if m.random.random() < 0.6:
        rest = item["amount"] - part
        m.line(
            day + m.random.randrange(7, 40),
            rest,
            "partial",
            [(item, rest)],
            f"{m.named(item)} {m.random.choice(m.words.rest)}",
            **payer,
        )


def skonto(m: Maker, day: int) -> None:
    """A cash discount of the terms, sometimes late or a unit off."""
    bp, days, _ = m.random.choice([terms for terms in m.words.terms if terms[0]])
    issue = day - m.random.randrange(3, days + (12 if m.chance(0, 0.3) else 1))
    party = m.party()
    item = m.item(party, m.amount(5000), issue, discount_bp=bp, discount_until=m.date(issue + days))
    off = round(item["amount"] * bp / 10_000)
    off -= off % m.words.step
    off += m.words.step * m.random.choice((-1, 1)) if m.chance(0, 0.2) else 0
    text = m.named(item) if m.chance(0.85, 0.6) else m.cut(item["doc_no"])
    text += m.random.choice((*m.words.discount, "", ""))
    m.line(
        day,
        item["amount"] - off,
        "skonto",
        [(item, item["amount"])],
        text,
        adjustments={"discount": -off},
        **m.payer(party),
    )


def fee_netted(m: Maker, day: int) -> None:
    """Banks on the way kept charges."""
    party, item = m.owed(day, low=20_000)
    fee = m.random.choice((500, 800, 1000, 1250, 1500, 2000, 2500)) * m.words.scale // 10
    fee -= fee % m.words.step
    m.line(
        day,
        item["amount"] - fee,
        "fee_netted",
        [(item, item["amount"])],
        m.named(item) + m.one("", " SHA"),
        adjustments={"fee": -fee},
        tx_code="PMNT-RCDT-XBCT",
        **m.payer(party, known=0.6),
    )


def fx(m: Maker, day: int) -> None:
    """An invoice of another currency, exchanged by the bank, sometimes for a fixed fee on top."""
    foreign = [party for party in m.parties if party.currency != m.words.currency]
    party = m.random.choice(foreign)
    item = m.owed(day, party=party, currency=party.currency)[1]
    booked = round(
        m.at_mid(item["amount"], party.currency, day) * (1 - m.random.uniform(0.001, 0.004 + 0.012 * m.difficulty))
    )
    booked -= min(booked // 20, 50 * m.words.scale) if m.random.random() < 0.2 else 0
    told = {"orig_amount": item["amount"], "orig_currency": party.currency} if m.chance(0.8, 0.4) else {}
    m.line(
        day,
        booked,
        "fx",
        [(item, item["amount"])],
        m.named(item),
        adjustments={"fx": booked - item["amount"]},
        tx_code="PMNT-RCDT-XBCT",
        **told,
        **m.payer(party, known=0.6),
    )


def overpaid(m: Maker, day: int) -> None:
    """Rounded up, or a little more."""
    party, item = m.owed(day, low=12_000)
    unit = 100 * m.words.scale
    paid = -(-item["amount"] // unit) * unit if item["amount"] % unit else item["amount"] + unit
    m.line(
        day,
        paid,
        "overpaid",
        [(item, item["amount"])],
        m.named(item),
        adjustments={"over": paid - item["amount"]},
        **m.payer(party),
    )


def duplicate(m: Maker, day: int) -> None:
    """The same payment again."""
    first = exact_ref(m, day)
    record = first.record
    m.line(
        day + m.random.randrange(1, 12),
        record["amount"],
        "duplicate",
        [],
        record["remittance"],
        name=record["name"],
        iban=record["iban"],
        structured_ref=record["structured_ref"],
        duplicate_of=first,
        as_is=True,
    )


def paid_again(m: Maker, day: int) -> None:
    """An invoice that was paid is paid by somebody else, from another account."""
    party, item = m.owed(day)
    first = m.line(day, item["amount"], "exact_ref", [(item, item["amount"])], m.named(item), **m.payer(party))
    other = {"name": m.name_of(m.party()), "iban": m.iban(m.words.country)}
    m.line(
        day + m.random.randrange(1, 30), item["amount"], "paid_again", [], m.named(item), duplicate_of=first, **other
    )


def chargeback(m: Maker, day: int) -> None:
    """A debit we took comes back, perhaps for a fee."""
    party, item = m.owed(day)
    payer, text = m.payer(party), m.named(item)
    first = m.line(day, item["amount"], "exact_ref", [(item, item["amount"])], text, tx_code="PMNT-IDDT-ESDD", **payer)
    fee = m.random.choice((0, 0, 300, 350, 750)) * m.words.scale // 10
    fee -= fee % m.words.step
    coded = m.random.choice(("AM04", "AC04", "MD06", "MS03")) if m.random.random() < 0.8 else None
    m.line(
        day + m.random.randrange(1, 30),
        -item["amount"] - fee,
        "chargeback",
        [(item, -item["amount"])],
        f"{m.random.choice(m.words.back)} {text}",
        adjustments={"fee": -fee},
        return_code=coded,
        tx_code="PMNT-IDDT-UPDD",
        reverses=first,
        **payer,
    )


def debit_batch(m: Maker, day: int) -> None:
    """A batch of our direct debits is credited as one; one debtor's comes back."""
    batch = f"DD{m.random.randrange(10**8, 10**9)}"
    parties = m.random.sample(m.parties, m.random.randrange(4, 12))
    items = [m.item(party, m.amount(high=200_000), day - m.random.randrange(5, 20), e2e_id=batch) for party in parties]
    first = m.line(
        day,
        sum(item["amount"] for item in items),
        "debit_batch",
        [(item, item["amount"]) for item in items],
        "",
        e2e_id=batch,
        tx_code="PMNT-IDDT-ESDD",
    )
    at = m.random.randrange(len(items))
    item = items[at]
    m.line(
        day + m.random.randrange(2, 9),
        -item["amount"],
        "debit_returned",
        [(item, -item["amount"])],
        f"{m.random.choice(m.words.back)} {item['doc_no']}",
        name=m.name_of(parties[at]),
        return_code="AM04",
        tx_code="PMNT-IDDT-UPDD",
        reverses=first,
    )


def collision(m: Maker, day: int) -> None:
    """Several parties owe the same."""
    amount = m.amount()
    parties = m.random.sample(m.parties, m.random.randrange(3, 6))
    items = [m.item(party, amount, day - m.random.randrange(3, 40)) for party in parties]
    text = m.cut(items[0]["doc_no"]) if m.random.random() < 0.4 else m.random.choice(m.words.free)
    m.line(day, amount, "collision", [(items[0], amount)], text, **m.payer(parties[0]))


def recurring(m: Maker, day: int) -> None:
    """The same amount each month without a number: the oldest."""
    party, amount = m.party(), m.amount(high=300_000)
    # An odd amount: an unpaid invoice of the same price would be the oldest, and the right answer another one.
    amount += m.words.step * m.random.randrange(1, 100)
    start = max(0, day - 90)
    items = [m.item(party, amount, start + 30 * at) for at in range(m.random.randrange(3, 5))]
    payer, text = m.payer(party), m.random.choice(m.words.free)
    for at, item in enumerate(items[:-1]):
        m.line(
            start + 30 * at + 12 + m.random.randrange(9),
            amount,
            "recurring",
            [(item, amount)],
            text,
            tx_code="PMNT-RCDT-STDO",
            **payer,
        )


def prepayment(m: Maker, day: int) -> None:
    """An advance on an order; the customer's open invoice is not meant."""
    party, item = m.owed(day)
    amount = item["amount"] if m.chance(0, 0.2) else m.amount()
    m.line(
        day,
        amount,
        "prepayment",
        [],
        f"{m.random.choice(m.words.advance)} {m.random.randrange(10**5, 10**6)}",
        **m.payer(party),
    )


def noise(m: Maker, day: int) -> None:
    """Tax, wages, charges, interest."""
    name, text, sign, code = m.random.choice(m.words.noise)
    text = text.format(m=1 + day // 30 % 12, y=2026, n=m.random.randrange(10**5, 10**9))
    m.line(day, sign * m.amount(high=500_000), "noise", [], text, name=name, tx_code=code)


def unpaid(m: Maker, day: int) -> None:
    """An item nobody pays."""
    m.owed(day)


PLAIN: dict[str, tuple[Kind, float]] = {
    "exact_ref": (exact_ref, 16),
    "e2e_id": (e2e_id, 7),
    "trunc_ref": (trunc_ref, 6),
    "ocr_noise": (ocr_noise, 4),
    "no_ref": (no_ref, 6),
    "misspelled": (misspelled, 3),
    "bundle": (bundle, 6),
    "bundle_credit": (bundle_credit, 2),
    "bulk": (bulk, 0.4),
    "partial": (partial, 3),
    "skonto": (skonto, 4),
    "fee_netted": (fee_netted, 3),
    "fx": (fx, 3),
    "overpaid": (overpaid, 2),
    "duplicate": (duplicate, 1.5),
    "paid_again": (paid_again, 1),
    "chargeback": (chargeback, 2),
    "debit_batch": (debit_batch, 1),
    "collision": (collision, 3),
    "recurring": (recurring, 1),
    "prepayment": (prepayment, 2.5),
    "noise": (noise, 8),
    "unpaid": (unpaid, 14),
}
"""Kinds every country knows, with their weights."""
