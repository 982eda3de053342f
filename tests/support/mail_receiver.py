"""A mail server on the loopback address that behaves as a test tells it (RFC 5321, as little of it as is needed)."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Self

from tests.support.http_receiver import PATIENCE_S


@dataclass(frozen=True)
class Mailed:
    """One letter as it arrived. ``secure``: it came over TLS; ``user``: who signed in."""

    sender: str
    to: str
    letter: EmailMessage
    secure: bool
    user: str


class MailReceiver:
    """Takes letters. ``answers``: command -> answer instead of the usual one, e.g. ``{"RCPT": "550 no"}``.

    The answer ``hang`` never comes; ``close`` closes the line.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, answers: dict[str, str] | None = None) -> None:
        self._tls = tls
        self.answers = answers or {}
        self._changed = threading.Condition()
        self._over = threading.Event()
        self.letters: list[Mailed] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._socket.close()
        self._thread.join(timeout=PATIENCE_S)

    def wait_for(self, number: int) -> list[Mailed]:
        """Return the letters once there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.letters) >= number, PATIENCE_S)
            return list(self.letters)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                line, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        line.settimeout(PATIENCE_S)
        talk = _Talk(self, line)
        try:
            talk.go()
        except (OSError, EOFError):
            return
        finally:
            talk.close()

    def keep(self, mailed: Mailed) -> None:
        """Note a letter."""
        with self._changed:
            self.letters.append(mailed)
            self._changed.notify_all()

    @property
    def tls(self) -> ssl.SSLContext | None:
        return self._tls

    def wait_until_over(self) -> None:
        """Stand still."""
        self._over.wait(PATIENCE_S)


class _Talk:
    def __init__(self, server: MailReceiver, line: socket.socket) -> None:
        self._server = server
        self._line = line
        self._reader = line.makefile("rb")
        self._secure = False
        self._sender = self._to = self._user = ""

    def close(self) -> None:
        self._reader.close()
        self._line.close()

    def go(self) -> None:
        self._say(self._server.answers.get("greeting", "220 here"))
        while True:
            words = self._read()
            verb = words.split(" ")[0].upper()
            said = self._server.answers.get(verb)
            if said == "close":
                return
            if said == "hang":
                self._server.wait_until_over()
                return
            if said is not None:
                self._say(said)
                continue
            if not self._usual(verb, words):
                return

    def _usual(self, verb: str, words: str) -> bool:
        match verb:
            case "EHLO":
                offers = ["250-here", *(["250-STARTTLS"] if self._server.tls and not self._secure else [])]
                self._say("\r\n".join([*offers, "250 AUTH PLAIN"]))
            case "STARTTLS":
                assert self._server.tls is not None
                self._say("220 go on")
                self._reader.close()
                self._line = self._server.tls.wrap_socket(self._line, server_side=True)
                self._reader, self._secure = self._line.makefile("rb"), True
            case "AUTH":
                self._user = words.rsplit(" ", maxsplit=1)[-1]
                self._say("235 welcome")
            case "MAIL":
                self._sender = words
                self._say("250 fine")
            case "RCPT":
                self._to = words.partition("<")[2].partition(">")[0]
                self._say("250 fine")
            case "DATA":
                self._say("354 go on")
                self._keep()
                self._say(self._server.answers.get("after data", "250 taken"))
            case "QUIT":
                self._say("221 bye")
                return False
            case _:
                self._say("250 fine")
        return True

    def _keep(self) -> None:
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            data += self._raw()
        letter = message_from_bytes(data[:-5], policy=default)
        self._server.keep(Mailed(self._sender, self._to, letter, self._secure, self._user))

    def _say(self, words: str) -> None:
        self._line.sendall(words.encode() + b"\r\n")

    def _raw(self) -> bytes:
        line = self._reader.readline()
        if not line:
            raise EOFError
        return line

    def _read(self) -> str:
        return self._raw().decode().strip()
