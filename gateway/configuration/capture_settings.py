"""Settings of supplier documents: how they are read, and the folder and mailbox they come from."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from gateway.configuration.settings_section import Section

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class MailboxSettings(Section):
    """A mailbox that suppliers write to; without a host none is looked into.

    `security`: `tls` (port 993), `starttls` (port 143), or `none`, which only a server on this machine may have.
    `done_folder`: where read letters are moved to; empty: they stay and are marked as seen.
    """

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{0,253}$")] = ""
    port: int = Field(default=993, ge=1, le=65_535)
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = Field(default="", max_length=200)
    password: SecretStr | None = None
    password_file: str = ""
    folder: str = Field(default="INBOX", pattern=r'^[^"\\\x00-\x1f\x7f]{1,200}$')
    done_folder: str = Field(default="", pattern=r'^[^"\\\x00-\x1f\x7f]{0,200}$')
    every_s: int = Field(default=60, ge=5, le=86_400)
    timeout_s: int = Field(default=30, ge=1, le=300)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.host and not self.user:
            raise ValueError("user is needed to look into a mailbox")
        if self.security == "none" and self.host and self.host not in _LOOPBACK:
            raise ValueError("security may be none only for a mail server on this machine")
        return self


class CaptureSettings(Section):
    """Reading of supplier documents.

    `enabled`: whether this node reads; `document_mb_max`: of one document; `ocr`: which engine reads pictures;
    `folder`: watched for files, empty: none; `folder_every_s`: seconds between two looks into it.
    """

    enabled: bool = True
    document_mb_max: int = Field(default=25, ge=1, le=100)
    pages_max: int = Field(default=200, ge=1, le=2000)
    seconds_max: int = Field(default=300, ge=10, le=3600)
    memory_mb_max: int = Field(default=1400, ge=500, le=16_000)
    ocr: Literal["auto", "rapidocr", "tesseract", "none"] = "auto"
    ocr_threads: int = Field(default=1, ge=1, le=16)
    ocr_languages: tuple[Annotated[str, Field(pattern=r"^[a-z_]{3,20}$")], ...] = ("eng", "deu")
    folder: Path | None = None
    folder_every_s: int = Field(default=5, ge=1, le=3600)
    mailbox: MailboxSettings = MailboxSettings()
