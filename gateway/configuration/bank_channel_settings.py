"""Settings of the ways to banks; an account that no way names is served by hand, through the bank's portal."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.configuration.settings_section import Section

_FOLDER = r"^/?[A-Za-z0-9._-]{1,100}(/[A-Za-z0-9._-]{1,100}){0,9}$"
RemoteFolder = Annotated[str, Field(pattern=_FOLDER)]


class BankChannelSettings(Section):
    """One way to a bank. `accounts`: which of the shop's accounts it serves; `kind`: `folder` or `sftp`.

    `outgoing`, `incoming`, `aside`: folders for files to the bank, for its messages, and for messages that are stored;
    `taken`: where the bank moves files it has taken, empty when it deletes them (in doubt a person is asked then);
    `host`, `port`, `user`, `key_file`, `host_keys`, `timeout_s`: of an SFTP server; no key but `host_keys` is trusted.
    """

    accounts: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")], ...] = Field(min_length=1, max_length=50)
    kind: Literal["folder", "sftp"]
    outgoing: str = Field(min_length=1, max_length=500)
    incoming: str = Field(min_length=1, max_length=500)
    aside: str = Field(min_length=1, max_length=500)
    taken: str = Field(default="", max_length=500)
    host: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]{0,253}$")
    port: int = Field(default=22, ge=1, le=65_535)
    user: str = Field(default="", max_length=100)
    key_file: Path = Path()
    host_keys: tuple[Annotated[str, Field(max_length=2000)], ...] = ()
    timeout_s: int = Field(default=30, ge=1, le=120)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "sftp" and not (self.host and self.user and self.host_keys and self.key_file.name):
            raise ValueError("an sftp channel needs host, user, key_file and host_keys")
        return self
