"""An IMAP mailbox through the standard library (RFC 3501), over TLS; letters are marked only after they are stored."""

import contextlib
import email
import email.header
import email.policy
import imaplib
import logging
import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.errors import OperationalError
from gateway.logs.observability import log_event
from gateway.ports.mailbox import Letter

_log = logging.getLogger(__name__)

LETTERS_AT_ONCE = 50
"""Letters of one look: a full mailbox is worked off in several."""
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class MailboxAccess:
    """How the mailbox is reached.

    ``security``: ``tls``, ``starttls`` or ``none``; ``done_folder``: letters are moved there, empty: they are marked as
    seen; ``bytes_max``: a larger letter is left aside; ``timeout_s``: seconds for one answer.
    """

    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str
    done_folder: str
    bytes_max: int
    timeout_s: int


class ImapMailbox:
    """A :class:`gateway.ports.mailbox.Mailbox` behind an IMAP server; one connection for each look."""

    def __init__(self, access: MailboxAccess) -> None:
        self._access = access

    def collect(self, take: Callable[[Letter], None]) -> int:
        """Hand over each new letter and mark it as done; see ``Mailbox``."""
        with self._session() as session:
            found = self._new(session)
            for uid in found:
                letter = self._fetch(session, uid)
                if letter is not None:
                    take(letter)
                self._done(session, uid)
            return len(found)

    @contextlib.contextmanager
    def _session(self) -> Iterator[imaplib.IMAP4]:
        access = self._access
        try:
            session = self._connect()
        except (OSError, imaplib.IMAP4.error) as error:
            raise _away(error) from error
        try:
            _ok(session.login(access.user, access.password))
            _ok(session.select(_quoted(access.folder)))
            yield session
        except (OSError, imaplib.IMAP4.error) as error:
            raise _away(error) from error
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                session.logout()

    def _connect(self) -> imaplib.IMAP4:
        access = self._access
        if access.security == "tls":
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(access.host, access.port, ssl_context=context, timeout=access.timeout_s)
        session = imaplib.IMAP4(access.host, access.port, timeout=access.timeout_s)
        if access.security == "starttls":
            try:
                _ok(session.starttls(ssl.create_default_context()))
            except BaseException:
                session.shutdown()
                raise
        return session

    def _new(self, session: imaplib.IMAP4) -> list[bytes]:
        # Where letters are moved away, one that a person has opened elsewhere is still new to us.
        wanted = "UNDELETED" if self._access.done_folder else "UNSEEN"
        found = _ok(session.uid("SEARCH", wanted))
        numbers: list[bytes] = found[0].split() if found and isinstance(found[0], bytes) else []
        return numbers[:LETTERS_AT_ONCE]

    def _fetch(self, session: imaplib.IMAP4, uid: bytes) -> Letter | None:
        """Return a letter without marking it; None for one that is gone or too large."""
        text = uid.decode("ascii")
        sizes = [_SIZE.search(part) for part in _bytes_of(_ok(session.uid("FETCH", text, "(RFC822.SIZE)")))]
        size = next((int(one[1]) for one in sizes if one), 0)
        if size > self._access.bytes_max:
            log_event(_log, "mailbox.letter_too_large", level=logging.WARNING, uid=text, size=size)
            return None
        answer = _ok(session.uid("FETCH", text, "(BODY.PEEK[])"))
        data = next((part[1] for part in answer if isinstance(part, tuple)), b"")
        if not data:
            return None
        head = email.message_from_bytes(data, policy=email.policy.compat32)
        return Letter(
            message_id=_shown(head.get("Message-ID")),
            sender=_shown(head.get("From")),
            subject=_shown(head.get("Subject")),
            data=data,
        )

    def _done(self, session: imaplib.IMAP4, uid: bytes) -> None:
        text = uid.decode("ascii")
        if not self._access.done_folder:
            _ok(session.uid("STORE", text, "+FLAGS.SILENT", "(\\Seen)"))
            return
        _ok(session.uid("COPY", text, _quoted(self._access.done_folder)))
        _ok(session.uid("STORE", text, "+FLAGS.SILENT", "(\\Seen \\Deleted)"))
        _ok(session.expunge())


def _quoted(folder: str) -> str:
    return f'"{folder}"'


def _ok(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    if answer[0] != "OK":
        message = f"the mail server answered {answer[0]}"
        raise imaplib.IMAP4.error(message)
    return answer[1]


def _bytes_of(answer: Sequence[object]) -> Iterator[bytes]:
    for part in answer:
        yield from (one for one in (part if isinstance(part, tuple) else (part,)) if isinstance(one, bytes))


def _shown(value: object) -> str:
    """Return a header as it can be shown: decoded, on one line, cut."""
    if value is None:
        return ""
    with contextlib.suppress(ValueError, LookupError):
        value = str(email.header.make_header(email.header.decode_header(str(value))))
    clean = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(clean.split())[:_SHOWN_MAX]


def _away(error: Exception) -> OperationalError:
    hint = "Check host, port, user and password of the mailbox; the next look tries again."
    message = f"The mailbox cannot be used ({type(error).__name__})."
    return OperationalError("mailbox_unavailable", message, hint)
