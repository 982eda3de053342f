import socket
import ssl

import pytest

from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.transports.tcp import TcpOptions, TcpTransport, verifying_context
from terminal_driver.transports.tcp_listener import TcpListener


def test_nobody_listening_is_refused() -> None:
    listener = TcpListener()
    port = listener.port
    listener.close()

    with pytest.raises(TransportError) as error:
        TcpTransport("127.0.0.1", port).open()

    assert error.value.code == "refused"


def test_unknown_host_is_unreachable() -> None:
    with pytest.raises(TransportError) as error:
        TcpTransport("no-such-terminal.invalid").open()

    assert error.value.code == "unreachable"


def test_taken_port_is_busy() -> None:
    listener = TcpListener()

    with pytest.raises(PortBusy):
        TcpListener(port=listener.port)

    listener.close()


def test_a_new_connection_replaces_a_dead_one() -> None:
    listener = TcpListener()
    first, second = TcpTransport("127.0.0.1", listener.port), TcpTransport("127.0.0.1", listener.port)
    first.open()
    first.write(b"1", 1)
    assert listener.read(1, 2) == b"1"

    second.open()
    second.write(b"2", 1)

    assert listener.read(1, 2) == b"2"
    with pytest.raises(TransportError):
        first.read(1, 2)
    first.close()
    second.close()
    listener.close()


def test_hang_up_is_told_to_the_device_once() -> None:
    listener = TcpListener()
    register = TcpTransport("127.0.0.1", listener.port)
    register.open()
    register.write(b"1", 1)
    assert listener.read(1, 2) == b"1"

    register.close()

    with pytest.raises(TransportError) as error:
        listener.read(1, 2)
    assert error.value.code == "line_lost"
    assert listener.read(1, 0) == b""
    listener.close()


def test_stuck_line_is_reported_with_the_bytes_it_took() -> None:
    """A peer that never reads fills the system's buffers; the write must give up in its time."""
    server = socket.create_server(("127.0.0.1", 0))
    register = TcpTransport("127.0.0.1", server.getsockname()[1])
    register.open()
    peer, _ = server.accept()

    with pytest.raises(TransportError) as error:
        register.write(b"\x00" * 50_000_000, 0.05)

    assert error.value.code == "line_stuck"
    register.close()
    peer.close()
    server.close()


def test_plain_peer_is_refused_by_a_tls_line() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    options = TcpOptions(connect_timeout_s=0.2, tls=verifying_context(None))
    register = TcpTransport("127.0.0.1", server.getsockname()[1], options=options)

    with pytest.raises(TransportError) as error:
        register.open()

    assert error.value.code in {"connect_timeout", "tls_refused"}
    server.close()


def test_tls_verifies_and_is_at_least_1_2() -> None:
    context = verifying_context(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
