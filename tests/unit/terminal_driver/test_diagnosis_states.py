"""What a terminal says of itself, once it answers, is turned into findings that say what to do."""

import socket

import pytest

from terminal_driver.diagnosis import Report, diagnose
from terminal_driver.diagnosis_codes import FindingCode
from terminal_driver.protocols import EngineOptions
from tests.support.line_gadgets import serving, until_closed
from tests.support.simulated_terminal import on_network


def _codes(report: Report) -> list[FindingCode]:
    return [found.code for found in report.findings]


def test_busy_terminal_is_not_taken_for_a_broken_one() -> None:
    with on_network(scenario="end_of_day_pending") as (url, terminal):
        report = diagnose(url)

        assert FindingCode.END_OF_DAY_NEEDED in _codes(report)
        assert terminal.journal.entries == ()


def test_other_terminal_than_the_one_meant_is_a_fault() -> None:
    with on_network(terminal_id="52500777") as (url, _):
        by_line = diagnose(f"{url}?terminal_id=52500778")
        by_option = diagnose(url, options=EngineOptions(terminal_id="52500778"))

    for report in (by_line, by_option):
        assert _codes(report) == [FindingCode.OTHER_TERMINAL]
        assert "52500777" in report.findings[0].words
        assert not report.usable


REFUSALS = [
    (b"\x84\x83\x00", FindingCode.WRONG_PASSWORD),
    (b"\x84\x9c\x00", FindingCode.TERMINAL_BUSY),
    (b"\x84\xa0\x00", FindingCode.TERMINAL_BUSY),
    (b"\x84\xf0\x00", FindingCode.END_OF_DAY_NEEDED),
    (b"\x84\x6f\x00", FindingCode.WRONG_CURRENCY),
    (b"\x84\xe0\x00", FindingCode.TERMINAL_LOCKED),
    (b"\x80\x00\x00\x06\x1e\x01\x6b", FindingCode.NOT_REGISTERED),
    (b"\x80\x00\x00\x06\x1e\x01\xfe", FindingCode.WRONG_PASSWORD),
]


@pytest.mark.parametrize(("refusal", "code"), REFUSALS)
def test_refused_registration_is_explained(refusal: bytes, code: FindingCode) -> None:
    def answer(peer: socket.socket) -> None:
        assert peer.recv(1000).startswith(b"\x06\x00")
        peer.sendall(refusal)
        until_closed(peer)

    with serving(answer) as url:
        assert _codes(diagnose(url)) == [code]


STATES = [
    (b"\x00", FindingCode.READY),
    (b"\x9c", FindingCode.TERMINAL_BUSY),
    (b"\xf0", FindingCode.END_OF_DAY_NEEDED),
    (b"\xdc", FindingCode.CARD_INSERTED),
    (b"\x62", FindingCode.CLOCK_WRONG),
    (b"\xe2", FindingCode.SERVICE_NEEDED),
]


@pytest.mark.parametrize(("state", "code"), STATES)
def test_state_of_the_terminal_is_explained(state: bytes, code: FindingCode) -> None:
    def answer(peer: socket.socket) -> None:
        assert peer.recv(1000).startswith(b"\x06\x00")
        peer.sendall(b"\x80\x00\x00\x06\x0f\x0a\x19\x00\x29\x52\x50\x00\x41\x49\x09\x78")
        assert peer.recv(3) == b"\x80\x00\x00"
        assert peer.recv(1000).startswith(b"\x05\x01")
        peer.sendall(b"\x80\x00\x00\x06\x0f\x01" + state)
        until_closed(peer)

    with serving(answer) as url:
        assert _codes(diagnose(url)) == [code]


def test_result_that_comes_unasked_is_reported_and_not_lost() -> None:
    result = b"\x04\x0f\x0c\x27\x00\x04\x00\x00\x00\x00\x12\x34\x87\x00\x42"

    def answer(peer: socket.socket) -> None:
        peer.sendall(result)
        peer.recv(1000)
        peer.sendall(b"\x84\x9c\x00")
        until_closed(peer)

    with serving(answer) as url:
        report = diagnose(url)

    assert FindingCode.UNCLAIMED_RESULT in _codes(report)
    assert any("receipt 42" in found.detail for found in report.findings)
