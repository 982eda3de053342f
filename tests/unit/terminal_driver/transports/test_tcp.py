import socket
import ssl

import pytest

from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.transports.tcp import TcpOptions, TcpTransport, verifying_context
from terminal_driver.transports.tcp_listener import TcpListener
from terminal_driver.transports.urls import from_url

TCP_REPAIR = 19  # linux/tcp.h; the standard library has no name for it


def test_nobody_listening_is_refused() -> None:
    listener = TcpListener()
    port = listener.port
    listener.close()

    with pytest.raises(TransportError) as error:
        TcpTransport("127.0.0.1", port).open()

    assert error.value.code == "refused"


def test_unknown_host_is_named_so() -> None:
    with pytest.raises(TransportError) as error:
        TcpTransport("no-such-terminal.invalid").open()

    assert error.value.code == "unknown_host"


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


def test_settings_for_dead_peers_reach_the_connection() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    address = f"tcp:127.0.0.1:{server.getsockname()[1]}"
    register = from_url(f"{address}?keepalive=7&keepalive_interval=2&keepalive_count=4&unanswered=9")
    assert isinstance(register, TcpTransport)
    register.open()
    opened = register._socket
    assert opened is not None

    told = [
        opened.getsockopt(level, option)
        for level, option in (
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            (socket.IPPROTO_TCP, socket.TCP_NODELAY),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        )
    ]
    register.close()
    server.close()

    assert told == [1, 1, 7, 2, 4, 9000]


def test_half_open_connection_is_noticed() -> None:
    """The terminal lost power: its system knows nothing of the connection any more, and nobody said goodbye."""
    server = socket.create_server(("127.0.0.1", 0))
    register = from_url(f"tcp:127.0.0.1:{server.getsockname()[1]}?keepalive=1&keepalive_interval=1&keepalive_count=1")
    register.open()
    peer, _ = server.accept()
    try:
        peer.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except OSError:
        register.close()
        peer.close()
        server.close()
        pytest.skip("1 test: only the administrator may let a connection vanish (TCP_REPAIR)")
    peer.close()  # in repair mode without a word to the other side

    with pytest.raises(TransportError) as error:
        register.read(1, 10)
    register.close()
    server.close()

    assert error.value.code == "line_lost"


def test_byte_by_byte_is_read_as_it_comes() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    register = TcpTransport("127.0.0.1", server.getsockname()[1])
    register.open()
    peer, _ = server.accept()
    received = b""
    for byte in b"slow":
        peer.sendall(bytes([byte]))
        received += register.read(100, 5)
    register.close()
    peer.close()
    server.close()

    assert received == b"slow"


def test_tls_verifies_and_is_at_least_1_2() -> None:
    context = verifying_context(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
