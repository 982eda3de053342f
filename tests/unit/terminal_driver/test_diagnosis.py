"""The examination of a line tells apart what a person would have to fix, and never touches money."""

import json
import socket
import ssl
import subprocess
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terminal_driver import diagnosis
from terminal_driver.diagnosis import Report, Step, diagnose
from terminal_driver.diagnosis_codes import FindingCode, Gravity
from terminal_driver.diagnosis_findings import finding
from terminal_driver.diagnosis_words import ENTRIES
from terminal_driver.protocols import EngineOptions, ProtocolName
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.urls import from_url
from tests.support.line_gadgets import Gadget, serving, until_closed
from tests.support.simulated_terminal import on_network, on_pty
from tests.support.unprivileged import as_nobody

pytestmark = pytest.mark.pty


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shorter for those who never answer; those who do answer at once."""
    monkeypatch.setattr(diagnosis, "FIRST_SILENCE_S", 1.0)
    monkeypatch.setattr(diagnosis, "OTHER_SILENCE_S", 0.3)


@pytest.fixture
def _nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no longer than it takes to be asked, where nothing on the line is a terminal."""
    monkeypatch.setattr(diagnosis, "FIRST_SILENCE_S", 0.2)
    monkeypatch.setattr(diagnosis, "OTHER_SILENCE_S", 0.1)


def _codes(report: Report) -> list[FindingCode]:
    return [found.code for found in report.findings]


@pytest.fixture
def gadget() -> Iterator[Callable[[Callable[[bytes, PtyLine], bytes]], Gadget]]:
    made: list[Gadget] = []

    def make(answer: Callable[[bytes, PtyLine], bytes]) -> Gadget:
        made.append(Gadget(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("place", [on_pty, on_network])
def test_terminal_that_is_well_is_ready_and_told_with_its_id(place: Callable[..., object]) -> None:
    steps: list[Step] = []
    with place(terminal_id="52500777") as (url, terminal):  # type: ignore[attr-defined]  # a context manager
        report = diagnose(url, on_step=steps.append)

        assert _codes(report) == [FindingCode.READY]
        assert report.usable
        assert report.terminal is not None
        assert report.terminal.terminal_id == "52500777"
        assert report.status is not None
        assert report.status.ready
        assert tuple(steps) == report.steps
        assert report.baud == (9600 if url.startswith("serial") else None)
        assert terminal.journal.entries == ()


def test_port_that_is_not_there_is_named_together_with_those_that_are(tmp_path: Path) -> None:
    report = diagnose(f"serial:{tmp_path / 'ttyUSB9'}")

    assert _codes(report) == [FindingCode.PORT_MISSING]
    assert not report.usable
    assert "there is" in report.steps[0].result


def test_no_port_that_fits_is_missing() -> None:
    report = diagnose("serial:auto?usb=ffff:ffff&serial_number=nobody")

    assert _codes(report) == [FindingCode.PORT_MISSING]


def test_port_in_use_names_who_has_it() -> None:
    with on_pty() as (url, _):
        holder = from_url(url)
        holder.open()

        report = diagnose(url)
        holder.close()

        assert _codes(report) == [FindingCode.PORT_BUSY]
        assert "this program itself" in report.findings[0].words


def test_port_without_permission_says_what_to_do() -> None:
    told = as_nobody(
        "import json\nfrom terminal_driver.diagnosis import diagnose\nimport terminal_driver.zvt.engine",
        "print(json.dumps(diagnose('serial:' + device).as_record()))",
    )

    [found] = json.loads(told)["findings"]
    assert found["code"] == "no_permission"
    assert "group" in found["advice"]


def test_file_that_is_no_port_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")

    assert _codes(diagnose(f"serial:{tmp_path / 'plain'}")) == [FindingCode.PORT_UNUSABLE]


@pytest.mark.parametrize("url", ["", "usb:1", "serial:/dev/ttyUSB0?speed=9600"])
def test_address_that_cannot_be_read_is_told(url: str) -> None:
    assert _codes(diagnose(url)) == [FindingCode.BAD_ADDRESS]


def test_setting_that_does_not_fit_is_told_before_anything_is_opened() -> None:
    report = diagnose("serial:/dev/null", options=EngineOptions(password="1234567"))

    assert _codes(report) == [FindingCode.BAD_SETTINGS]
    assert report.steps == ()


def test_protocol_that_does_not_run_over_this_line_is_told() -> None:
    assert _codes(diagnose("tcp:127.0.0.1:1", ProtocolName.CONCERT)) == [FindingCode.BAD_SETTINGS]


@pytest.mark.usefixtures("_nobody_answers")
def test_silent_port_is_examined_at_every_speed_and_in_every_tongue(
    gadget: Callable[[Callable[[bytes, PtyLine], bytes]], Gadget],
) -> None:
    silent = gadget(lambda _data, _line: b"")

    report = diagnose(silent.url)

    assert _codes(report) == [FindingCode.NO_ANSWER]
    tried = " ".join(step.what for step in report.steps)
    for word in ("115200", "57600", "38400", "19200", "Concert", "printer"):
        assert word in tried


def test_terminal_at_another_speed_is_found_and_the_speed_is_named() -> None:
    """A pseudo-terminal keeps the speed without acting on it: the line is cut while the speed is another."""

    class PickyLine(PtyLine):
        def read(self, max_bytes: int, timeout_s: float) -> bytes:
            data = super().read(max_bytes, timeout_s)
            return data if termios.tcgetattr(self._slave)[5] == termios.B57600 else b""

    with on_pty(line=PickyLine()) as (url, _):
        report = diagnose(url)

    assert _codes(report) == [FindingCode.WRONG_SPEED]
    assert (report.baud, report.usable) == (57600, True)
    assert "57600" in report.findings[0].words
    assert report.terminal is not None


@pytest.mark.usefixtures("_nobody_answers")
def test_receipt_printer_on_the_line_is_told_apart(
    gadget: Callable[[Callable[[bytes, PtyLine], bytes]], Gadget],
) -> None:
    printer = gadget(lambda data, _line: b"\x12" if data.endswith(b"\x10\x04\x01") else b"")

    report = diagnose(printer.url)

    assert _codes(report) == [FindingCode.OTHER_DEVICE]
    assert "printer" in report.findings[0].words


@pytest.mark.usefixtures("_nobody_answers")
def test_noise_is_not_taken_for_a_terminal(gadget: Callable[[Callable[[bytes, PtyLine], bytes]], Gadget]) -> None:
    noise = gadget(lambda _data, _line: b"\xf3\x00\xfe")

    report = diagnose(noise.url)

    assert FindingCode.READY not in _codes(report)
    assert not report.usable


@pytest.mark.parametrize(
    ("expected", "spoken", "word"),
    [(ProtocolName.ZVT, ProtocolName.CONCERT, "Concert"), (ProtocolName.CONCERT, ProtocolName.ZVT, "ZVT")],
)
def test_terminal_of_another_protocol_is_told_by_name(expected: ProtocolName, spoken: ProtocolName, word: str) -> None:
    with on_pty(spoken) as (url, terminal):
        report = diagnose(url, expected)

        assert _codes(report) == [FindingCode.OTHER_PROTOCOL]
        assert word in report.findings[0].words
        assert terminal.journal.entries == ()


def test_network_terminal_of_another_protocol_is_told_by_its_answer() -> None:
    def answer(peer: socket.socket) -> None:
        peer.recv(1000)
        peer.sendall(b'\x00\x00\x00\x7f{"SaleToPOIResponse": {"MessageHeader": {')
        until_closed(peer)

    with serving(answer) as url:
        report = diagnose(url)

    assert _codes(report) == [FindingCode.OTHER_PROTOCOL]
    assert "nexo" in report.findings[0].words


@pytest.mark.parametrize("protocol", [ProtocolName.CONCERT, ProtocolName.CAISSE_AP, ProtocolName.NEXO])
def test_terminal_of_every_protocol_is_found_well(protocol: ProtocolName) -> None:
    place = on_pty if protocol is ProtocolName.CONCERT else on_network
    with place(protocol) as (url, _):
        report = diagnose(url, protocol)

    assert report.usable, report
    assert _codes(report)[0] in {FindingCode.READY, FindingCode.CONNECTED_ONLY}


def test_nobody_listening_is_refused() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    server.close()

    assert _codes(diagnose(f"tcp:127.0.0.1:{port}")) == [FindingCode.REFUSED]


def test_unknown_name_is_told() -> None:
    assert _codes(diagnose("tcp:no-such-terminal.invalid")) == [FindingCode.UNKNOWN_HOST]


def test_web_server_that_waits_for_a_question_is_told_apart() -> None:
    def answer(peer: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            data = peer.recv(1000)
            if not data:
                return
            asked += data
        peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n")

    with serving(answer) as url:
        report = diagnose(url)

    assert _codes(report) == [FindingCode.OTHER_DEVICE]
    assert "web server" in report.findings[0].words


@pytest.mark.parametrize(
    ("greeting", "word"),
    [(b"SSH-2.0-OpenSSH_9\r\n", "SSH"), (b"220 mail ESMTP\r\n", "mail"), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "web")],
)
def test_server_that_speaks_first_is_told_apart(greeting: bytes, word: str) -> None:
    def answer(peer: socket.socket) -> None:
        peer.sendall(greeting)
        until_closed(peer)

    with serving(answer) as url:
        report = diagnose(url)

    assert _codes(report) == [FindingCode.OTHER_DEVICE]
    assert word in report.findings[0].words


def test_side_that_hangs_up_at_once_is_told() -> None:
    with serving(lambda peer: peer.shutdown(socket.SHUT_RDWR)) as url:
        assert _codes(diagnose(url)) == [FindingCode.HUNG_UP]


def test_encrypted_side_is_told_to_need_tls(tmp_path: Path) -> None:
    pem, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "1", "-subj", "/CN=127.0.0.1", "-keyout", str(key), "-out", str(pem)],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)

    def answer(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secure:
            until_closed(secure)

    with serving(answer) as url:
        assert _codes(diagnose(url)) == [FindingCode.TLS_EXPECTED]


def test_side_that_takes_the_connection_and_says_nothing_is_silent() -> None:
    with serving(until_closed) as url:
        report = diagnose(url)

    assert _codes(report) == [FindingCode.NO_ANSWER]
    assert "not one byte" in report.steps[0].result


def test_examination_ends_when_it_is_stopped() -> None:
    with serving(until_closed) as url:
        report = diagnose(url, stopped=lambda: True)

    assert _codes(report) == [FindingCode.STOPPED]


def test_gravest_finding_comes_first() -> None:
    with on_network(terminal_id="52500777", scenario="end_of_day_pending") as (url, _):
        report = diagnose(f"{url}?terminal_id=52500778")

    gravities = [list(Gravity).index(found.gravity) for found in report.findings]
    assert gravities == sorted(gravities, reverse=True)


def test_report_is_plain_json_without_the_password() -> None:
    with on_network() as (url, _):
        record = diagnose(url, options=EngineOptions(password="918273")).as_record()

    text = json.dumps(record)
    assert json.loads(text)["usable"] is True
    assert "918273" not in text


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("code", list(FindingCode))
def test_every_finding_has_words_and_one_sentence_of_advice(code: FindingCode, language: str) -> None:
    found = finding(code, "a \x1b[1mdetail\x00.", hint="do this", language=language)

    assert code in ENTRIES
    assert found.words.endswith((".", "falsch."))
    assert found.advice.count(". ") == 0
    assert found.advice.endswith(".")
    assert "{" not in found.words + found.advice
    assert "\x1b" not in found.words
