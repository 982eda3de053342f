"""The virtual bank: what it refuses, what it remembers, and that nothing it books is lost or doubled by a kill."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.virtual_bank.bank import VirtualBank
from connectors.virtual_bank.incoming_file import FileRefused, read_file
from connectors.virtual_bank.scenario import scenarios

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_PAYMENT = (
    "<CdtTrfTxInf><PmtId><EndToEndId>{name}</EndToEndId></PmtId><Amt><InstdAmt Ccy='EUR'>{amount}</InstdAmt></Amt>"
    "<Cdtr><Nm>Alpha</Nm></Cdtr><CdtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></CdtrAcct></CdtTrfTxInf>"
)


def _file(
    message_id: str = "M1", *, names: tuple[str, ...] = ("A", "B"), amount: str = "10.00", total: str = ""
) -> bytes:
    count = len(names)
    total = total or f"{count * 10}.00"
    payments = "".join(_PAYMENT.format(name=name, amount=amount) for name in names)
    return (
        f"<Document><CstmrCdtTrfInitn><GrpHdr><MsgId>{message_id}</MsgId><NbOfTxs>{count}</NbOfTxs>"
        f"<CtrlSum>{total}</CtrlSum></GrpHdr><PmtInf><PmtInfId>{message_id}-001</PmtInfId>"
        "<ReqdExctnDt><Dt>2026-03-02</Dt></ReqdExctnDt><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id>"
        f"</DbtrAcct>{payments}</PmtInf></CstmrCdtTrfInitn></Document>"
    ).encode()


@pytest.fixture
def bank(tmp_path: Path) -> VirtualBank:
    opened = VirtualBank(tmp_path)
    opened.open()
    return opened


def _kinds(bank: VirtualBank) -> list[str]:
    return [path.stem.partition("-")[2] for path in sorted(bank.incoming.iterdir())]


def test_scenarios_then_all_can_be_chosen_and_an_unknown_one_cannot(bank: VirtualBank) -> None:
    for name in scenarios():
        bank.choose(name)
        assert bank.books().scenario == name
    with pytest.raises(KeyError):
        bank.choose("nonsense")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<Document>", "FF01"),
        (b"<!DOCTYPE x><Document/>", "FF01"),
        (b"<Other/>", "FF01"),
        (b"<Document/>", "FF01"),
        (_file(total="21.00"), "AM10"),
        (_file(total="x"), "AM10"),
        (_file(names=("A", "A")), "DU04"),
        (_file(names=()), "FF01"),
        (_file(amount="0.00", total="0.00"), "AM01"),
        (_file(amount="1,00", total="2.00"), "FF01"),
        (_file(message_id="M" * 36), "FF01"),
        (_file(names=("", "B")), "FF01"),
    ],
)
def test_file_that_is_wrong_then_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read_file(content)

    assert caught.value.reason == reason


def test_wrong_file_then_is_answered_and_nothing_of_it_is_kept(bank: VirtualBank) -> None:
    (bank.outgoing / "a.xml").write_bytes(_file(total="21.00"))

    bank.work(NOW)

    (answer,) = bank.incoming.iterdir()
    assert b"<GrpSts>RJCT</GrpSts>" in answer.read_bytes()
    assert b"AM10" in answer.read_bytes()
    assert bank.received() == ()


def test_file_when_taken_then_is_booked_told_and_stated_the_next_day(bank: VirtualBank) -> None:
    (bank.outgoing / "a.xml").write_bytes(_file())

    bank.work(NOW)
    assert _kinds(bank) == ["pain002", "pain002", "camt054"]
    bank.work(NOW)
    assert len(_kinds(bank)) == 3
    bank.turn_on()
    bank.work(NOW)

    assert _kinds(bank)[-1] == "camt053"
    assert bank.received() == (("A", 1000, "EUR"), ("B", 1000, "EUR"))
    assert b"999980.00" in max(bank.incoming.iterdir()).read_bytes()


def test_file_when_killed_between_remembering_and_moving_then_is_not_counted_twice(tmp_path: Path) -> None:
    bank = VirtualBank(tmp_path)
    bank.open()
    (bank.outgoing / "a.xml").write_bytes(_file())
    bank.work(NOW)

    (bank.taken / "a.xml").rename(bank.outgoing / "a.xml")
    VirtualBank(tmp_path).work(NOW)

    assert len(bank.received()) == 2
    assert b"DU01" in max(bank.incoming.iterdir()).read_bytes()


def test_doubted_payee_then_waits_for_a_decision_and_only_once(bank: VirtualBank) -> None:
    bank.choose("payee-differs")
    (bank.outgoing / "a.xml").write_bytes(_file())
    bank.work(NOW)
    assert [one.state for one in bank.books().payments] == ["asked", "asked"]

    assert bank.decide("A", pay=True, now=NOW)
    assert not bank.decide("A", pay=False, now=NOW)
    assert bank.decide("B", pay=False, now=NOW)

    assert [one.state for one in bank.books().payments] == ["booked", "cancelled"]
