"""The virtual bank at work: one call of :meth:`VirtualBank.work` does everything that is due at a given moment.

It has no clock and no thread of its own. A file is moved to ``taken`` only after what follows from it is remembered,
and one that was remembered already is not counted again: it can be killed anywhere, too.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from connectors.virtual_bank import bank_books
from connectors.virtual_bank.bank_books import BankBooks, HeldPayment, QueuedMessage
from connectors.virtual_bank.exchange import account_currency, exchanged
from connectors.virtual_bank.incoming_file import FileRefused, ReceivedFile, ReceivedPayment, read_file
from connectors.virtual_bank.outgoing_messages import (
    Booking,
    PaymentStatus,
    notification,
    statement,
    status_report,
)
from connectors.virtual_bank.scenario import Scenario, scenarios
from gateway.domain.money import Currency, Money

OPENING_MINOR = 100_000_000
"""What each account holds before its first booking: a million in currencies with two places."""
_PASSED = "RCVC"


class VirtualBank:
    """A bank in a folder: ``from-shop`` (files to take), ``to-shop`` (messages), ``taken``, ``read`` and its books.

    ``file_taken``: called with the message id of each file, also a repeated one, before it is moved away.
    """

    def __init__(self, folder: Path, *, file_taken: Callable[[str], None] | None = None) -> None:
        self.outgoing = folder / "from-shop"
        self.incoming = folder / "to-shop"
        self.taken = folder / "taken"
        self.aside = folder / "read"
        self._path = folder / "books.json"
        self._lock = threading.Lock()
        self._file_taken = file_taken
        self._scenarios = scenarios()

    def open(self) -> None:
        """Make the folders."""
        for folder in (self.outgoing, self.incoming, self.taken, self.aside):
            folder.mkdir(parents=True, exist_ok=True)

    def books(self) -> BankBooks:
        """Return what it remembers."""
        with self._lock:
            return bank_books.load(self._path)

    def choose(self, name: str) -> None:
        """Behave so from now on. Raises KeyError for a name no scenario has."""
        chosen = self._scenarios[name]
        with self._lock:
            bank_books.save(self._path, replace(bank_books.load(self._path), scenario=chosen.name))

    def turn_on(self, days: int = 1) -> None:
        """Turn the bank's calendar on by some days."""
        with self._lock:
            books = bank_books.load(self._path)
            bank_books.save(self._path, replace(books, days_ahead=books.days_ahead + days))

    def received(self) -> tuple[tuple[str, int, str], ...]:
        """Return end-to-end id, minor units and currency of every payment it ever took, repeated ones again."""
        return self.books().received

    def decide(self, end_to_end_id: str, *, pay: bool, now: datetime) -> bool:
        """Decide about a payment whose payee is in doubt, as in a bank's portal; False when none waits."""
        with self._lock:
            books = bank_books.load(self._path)
            waiting = (one for one in books.payments if (one.end_to_end_id, one.state) == (end_to_end_id, "asked"))
            found = next(waiting, None)
            if found is None:
                return False
            today = self._today(books, now)
            status = PaymentStatus(end_to_end_id, "ACSP" if pay else "CANC", "" if pay else "CUST")
            books = books.with_payment(replace(found, state="open" if pay else "cancelled"))
            books = self._report(books, today, now, found.message_id, found.block_id, (status,))
            bank_books.save(self._path, books)
        self.work(now)
        return True

    def work(self, now: datetime) -> None:
        """Take files, book what is due, return money, write statements, send messages. ``now``: with its zone."""
        with self._lock:
            books = bank_books.load(self._path)
            for path in sorted(self.outgoing.glob("[!.]*")):
                books = self._take(books, path.read_bytes(), now)
                # Remembered first: after a kill the file is taken again and found to be known.
                bank_books.save(self._path, books)
                path.replace(self.taken / path.name)
            books = self._state_days(books, now)
            books = self._book(books, now)
            self._send(books, now)

    def _today(self, books: BankBooks, now: datetime) -> date:
        return now.date() + timedelta(days=books.days_ahead)

    def _take(self, books: BankBooks, content: bytes, now: datetime) -> BankBooks:
        scenario, today = self._scenarios[books.scenario], self._today(books, now)
        try:
            file = read_file(content)
        except FileRefused as refused:
            return self._queue(
                books,
                today,
                "pain002",
                status_report(self._id(books), now, about="NOTPROVIDED", group="RJCT", reason=refused.reason),
            )
        if self._file_taken is not None:
            self._file_taken(file.message_id)
        if file.message_id in books.files:
            answer = status_report(self._id(books), now, about=file.message_id, group="RJCT", reason="DU01")
            return self._queue(books, today, "pain002", answer)
        books = replace(books, files=(*books.files, file.message_id))
        answer_on = today + timedelta(days=scenario.answer_after_days)
        if scenario.reject_file:
            answer = status_report(self._id(books), now, about=file.message_id, group="RJCT", reason=scenario.reason)
            return self._queue(books, answer_on, "pain002", answer)
        held = [self._held(file, payment, number, scenario, today) for number, payment in enumerate(file.payments, 1)]
        took = tuple((one.end_to_end_id, one.minor, one.currency) for one in held)
        books = replace(books, payments=(*books.payments, *held), received=(*books.received, *took))
        return books if scenario.silent else self._answer(books, file, held, scenario, answer_on, now)

    def _held(
        self, file: ReceivedFile, payment: ReceivedPayment, number: int, scenario: Scenario, today: date
    ) -> HeldPayment:
        checks = scenario.payee_checks
        check = checks[(number - 1) % len(checks)] if checks else ""
        rejected = _every(number, scenario.reject_every)
        book_on = max(payment.execute_on, today) + timedelta(days=scenario.execute_after_days)
        comes_back = _every(number, scenario.return_every)
        booked = exchanged(payment.amount, account_currency(file.account, file.currency))
        abroad = booked.currency != payment.amount.currency
        return HeldPayment(
            message_id=file.message_id,
            block_id=payment.block_id,
            end_to_end_id=payment.end_to_end_id,
            number=number,
            account=file.account,
            minor=payment.amount.minor,
            currency=payment.amount.currency.code,
            payee=payment.payee,
            text=payment.text,
            state="rejected" if rejected else ("asked" if check not in ("", _PASSED) else "open"),
            book_on=book_on.isoformat(),
            return_on=(book_on + timedelta(days=scenario.return_after_days)).isoformat() if comes_back else "",
            return_reason=scenario.return_reason if comes_back else "",
            charge_minor=scenario.charge_minor,
            # Sums of blocks are in one currency; what is exchanged is booked payment by payment.
            batch=scenario.batch and not abroad,
            check=check,
            booked_minor=booked.minor if abroad else 0,
            booked_currency=booked.currency.code if abroad else "",
        )

    def _answer(
        self,
        books: BankBooks,
        file: ReceivedFile,
        held: Sequence[HeldPayment],
        scenario: Scenario,
        due_on: date,
        now: datetime,
    ) -> BankBooks:
        books = self._queue(
            books, due_on, "pain002", status_report(self._id(books), now, about=file.message_id, group="ACTC")
        )
        rejected = [one for one in held if one.state == "rejected"]
        if not rejected and not scenario.payee_checks:
            accepted = status_report(self._id(books), now, about=file.message_id, group="ACSP")
            return self._queue(books, due_on, "pain002", accepted)
        for block_id in dict.fromkeys(one.block_id for one in held):
            mine = [one for one in held if one.block_id == block_id]
            statuses = [_status(one, scenario) for one in mine]
            group = "PART" if rejected else ("RVCM" if any(one.state == "asked" for one in held) else _PASSED)
            books = self._report(books, due_on, now, file.message_id, block_id, statuses, group)
            passed = [PaymentStatus(one.end_to_end_id, "ACSP") for one in mine if one.check == _PASSED]
            if passed:
                books = self._report(books, due_on, now, file.message_id, block_id, passed)
        return books

    def _report(
        self,
        books: BankBooks,
        due_on: date,
        now: datetime,
        about: str,
        block_id: str,
        statuses: Sequence[PaymentStatus],
        group: str = "",
    ) -> BankBooks:
        content = status_report(self._id(books), now, about=about, group=group, payments=statuses, block_id=block_id)
        return self._queue(books, due_on, "pain002", content)

    def _book(self, books: BankBooks, now: datetime) -> BankBooks:
        """Execute what is due, and give back what cannot be credited."""
        today = self._today(books, now)
        due = [one for one in books.payments if one.state == "open" and one.book_on <= today.isoformat()]
        back = [
            one
            for one in books.payments
            if one.state == "booked" and one.return_on and one.return_on <= today.isoformat()
        ]
        for one in due:
            books = books.with_payment(replace(one, state="booked"))
        for one in back:
            books = books.with_payment(replace(one, state="returned"))
        made = [*_debits(due, today), *((one.account, _credit(one, today)) for one in back)]
        for account in dict.fromkeys(account for account, _ in made):
            mine = [booking for owner, booking in made if owner == account]
            books = self._queue(books, today, "camt054", notification(self._id(books), now, account, mine))
        return replace(books, bookings=(*books.bookings, *made))

    def _state_days(self, books: BankBooks, now: datetime) -> BankBooks:
        """Write the statement of each day that has ended, account by account."""
        today = self._today(books, now)
        ended = [(account, one) for account, one in books.bookings if one.booked_on < today.isoformat()]
        balances = dict(books.balances)
        for day, account, currency in sorted({(one.booked_on, account, one.currency) for account, one in ended}):
            mine = [one for owner, one in ended if (one.booked_on, owner, one.currency) == (day, account, currency)]
            key = f"{account} {currency}"
            opening = Money(balances.get(key, OPENING_MINOR), Currency.of(currency))
            books = replace(books, statements=books.statements + 1)
            content = statement(
                self._id(books),
                now,
                account,
                mine,
                day=date.fromisoformat(day),
                opening=opening,
                number=books.statements,
            )
            balances[key] = opening.minor + sum(one.minor - one.charge_minor for one in mine)
            books = self._queue(books, today, "camt053", content)
        open_days = tuple(one for one in books.bookings if one not in ended)
        return replace(books, balances=balances, bookings=open_days)

    def _queue(self, books: BankBooks, due_on: date, kind: str, content: bytes) -> BankBooks:
        message = QueuedMessage(due_on.isoformat(), kind, content.decode())
        return replace(books, queue=(*books.queue, message))

    def _id(self, books: BankBooks) -> str:
        return f"VB{books.sent + len(books.queue) + 1:08}"

    def _send(self, books: BankBooks, now: datetime) -> None:
        """Put what is due into the shop's folder, as often and in the order the scenario says."""
        scenario, today = self._scenarios[books.scenario], self._today(books, now).isoformat()
        due = [message for message in books.queue if message.due_on <= today]
        later = tuple(message for message in books.queue if message.due_on > today)
        number = books.sent
        for message in reversed(due) if scenario.backwards else due:
            for _ in range(scenario.copies):
                number += 1
                _drop(self.incoming / f"{number:08}-{message.kind}.xml", message.content.encode())
        bank_books.save(self._path, replace(books, queue=later, sent=number))


def _every(number: int, each: int) -> bool:
    return each > 0 and number % each == 0


def _status(one: HeldPayment, scenario: Scenario) -> PaymentStatus:
    if one.state == "rejected":
        return PaymentStatus(one.end_to_end_id, "RJCT", scenario.reason, "Refused by the scenario.")
    if one.check:
        name = f"{one.payee.split()[0]} Holding" if one.check == "RVMC" and one.payee else ""
        return PaymentStatus(one.end_to_end_id, one.check, name=name)
    return PaymentStatus(one.end_to_end_id, "ACSP")


def _debits(due: Sequence[HeldPayment], today: date) -> list[tuple[str, Booking]]:
    made = [(one.account, _debit(one, today)) for one in due if not one.batch]
    for key in dict.fromkeys((one.account, one.block_id, one.currency) for one in due if one.batch):
        mine = [one for one in due if one.batch and (one.account, one.block_id, one.currency) == key]
        made.append((key[0], _debit_of_block(mine, today)))
    return made


def _debit_of_block(mine: Sequence[HeldPayment], today: date) -> Booking:
    first = mine[0]
    ordered = sum(one.minor for one in mine)
    abroad = bool(first.booked_currency)
    return Booking(
        reference=f"B{first.block_id}"[:35],
        minor=-sum(one.booked_minor for one in mine) if abroad else -ordered,
        currency=first.booked_currency or first.currency,
        booked_on=today.isoformat(),
        end_to_end_id="",
        block_id=first.block_id,
        payee="",
        text="",
        batch=len(mine),
        ordered_minor=ordered if abroad else 0,
        ordered_currency=first.currency if abroad else "",
    )


def _debit(one: HeldPayment, today: date) -> Booking:
    return Booking(
        reference=f"D{one.end_to_end_id}"[:35],
        minor=-(one.booked_minor or one.minor),
        currency=one.booked_currency or one.currency,
        booked_on=today.isoformat(),
        end_to_end_id=one.end_to_end_id,
        block_id=one.block_id,
        payee=one.payee,
        text=one.text,
        charge_minor=one.charge_minor,
        ordered_minor=one.minor if one.booked_currency else 0,
        ordered_currency=one.currency if one.booked_currency else "",
    )


def _credit(one: HeldPayment, today: date) -> Booking:
    back = replace(_debit(one, today), reference=f"R{one.end_to_end_id}"[:35], minor=one.booked_minor or one.minor)
    return replace(back, reason=one.return_reason, charge_minor=0)


def _drop(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
