"""A small IMAP server on the loopback address: one mailbox, the few commands a collector of letters needs."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from io import BufferedIOBase
from types import TracebackType
from typing import Protocol, Self

USER, PASSWORD = "invoices", "geheim im test"


@dataclass
class KeptLetter:
    """One letter in a folder."""

    data: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """Serves ``folders`` while the block runs. ``commands``: what was asked, without passwords.

    ``tls``: lines are encrypted, from the first byte on or, with ``starttls``, from that command on.
    """

    folders: dict[str, dict[int, KeptLetter]] = field(default_factory=lambda: {"INBOX": {}, "Done": {}})
    commands: list[str] = field(default_factory=list)
    password: str = PASSWORD
    tls: ssl.SSLContext | None = None
    starttls: bool = False

    def put(self, data: bytes, folder: str = "INBOX") -> int:
        """Add a letter and return its UID."""
        uid = 1 + max((uid for letters in self.folders.values() for uid in letters), default=0)
        self.folders[folder][uid] = KeptLetter(data)
        return uid

    def __enter__(self) -> Self:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if outer.tls is not None and not outer.starttls:
                    self.request = outer.tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def finish(self) -> None:
                super().finish()
                self.request.close()

            def encrypt(self) -> None:
                assert outer.tls is not None
                self.request = outer.tls.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle(self) -> None:
                _Dialogue(outer, self).run()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing: a caller who does not trust us ends the line."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Line(Protocol):
    rfile: BufferedIOBase
    wfile: BufferedIOBase

    def encrypt(self) -> None: ...


class _Dialogue:
    def __init__(self, server: ImapServer, line: _Line) -> None:
        self._server = server
        self._line = line
        self._folder = "INBOX"

    @property
    def _letters(self) -> dict[int, KeptLetter]:
        return self._server.folders[self._folder]

    def run(self) -> None:
        self._say("* OK ready")
        while raw := self._line.rfile.readline():
            tag, _, command = raw.decode("utf-8").strip().partition(" ")
            self._server.commands.append("LOGIN" if command.startswith("LOGIN") else command)
            verdict = self._answer(command)
            self._say(f"{tag} {verdict}")
            if command == "STARTTLS":
                self._line.encrypt()
            if command == "LOGOUT":
                return

    def _answer(self, command: str) -> str:
        word, _, rest = command.partition(" ")
        match word:
            case "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1" + (" STARTTLS" if self._server.starttls else ""))
            case "STARTTLS":
                return "OK begin" if self._server.starttls else "NO not here"
            case "LOGIN":
                return "OK in" if rest == f'{USER} "{self._server.password}"' else "NO wrong"
            case "SELECT":
                self._folder = rest.strip('"')
                if self._folder not in self._server.folders:
                    return "NO no such folder"
                self._say(f"* {len(self._letters)} EXISTS")
            case "UID":
                return self._by_uid(rest)
            case "EXPUNGE":
                self._expunge()
            case "LOGOUT":
                self._say("* BYE")
            case _:
                return "BAD unknown"
        return "OK done"

    def _expunge(self) -> None:
        for uid in [uid for uid, one in self._letters.items() if "\\Deleted" in one.flags]:
            del self._letters[uid]

    def _by_uid(self, text: str) -> str:
        word, _, rest = text.partition(" ")
        if word == "SEARCH":
            unwanted = {"UNSEEN": "\\Seen", "UNDELETED": "\\Deleted"}[rest]
            found = [str(uid) for uid, one in self._letters.items() if unwanted not in one.flags]
            self._say(f"* SEARCH {' '.join(found)}".rstrip())
            return "OK done"
        number, _, what = rest.partition(" ")
        one = self._letters.get(int(number))
        if one is None:
            return "OK nothing"
        if word == "FETCH" and what == "(RFC822.SIZE)":
            self._say(f"* 1 FETCH (UID {number} RFC822.SIZE {len(one.data)})")
        elif word == "FETCH":
            self._line.wfile.write(f"* 1 FETCH (UID {number} BODY[] {{{len(one.data)}}}\r\n".encode())
            self._line.wfile.write(one.data + b")\r\n")
        elif word == "STORE":
            one.flags |= set(re.findall(r"\\[A-Za-z]+", what.partition("(")[2]))
        elif word == "COPY":
            self._server.put(one.data, what.strip('"'))
        return "OK done"

    def _say(self, line: str) -> None:
        self._line.wfile.write(f"{line}\r\n".encode())
