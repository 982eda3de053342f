"""Settings of the web server, the proxy before it, and the programs that show a client certificate there."""

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from gateway.configuration.settings_section import Section

KeyPrefix = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ServerSettings(Section):
    """The web server. It speaks plain HTTP: away from the loopback address a TLS proxy stands in front of it.

    `client_certificates`: SHA-256 of a certificate that the proxy has verified -> prefix of the API key whose rights
    its owner has at the addresses for ERPs.
    """

    host: str = Field(default="127.0.0.1", min_length=1, max_length=80)
    port: int = Field(default=8321, ge=0, le=65_535, description="0 lets the system choose")
    threads: int = Field(default=96, ge=4, le=1024)
    event_streams_max: int = Field(default=64, ge=1, le=1000)
    trusted_origins: tuple[str, ...] = ()
    trusted_proxy: str = Field(default="", max_length=64)
    client_certificates: dict[str, KeyPrefix] = Field(default_factory=dict)
    secure_cookies: bool = True
    data_dir: Path = Path("var")

    @field_validator("client_certificates")
    @classmethod
    def _fingerprints(cls, given: dict[str, str]) -> dict[str, str]:
        """Take them as programs print them: with colons, in capitals."""
        found = {name.replace(":", "").lower(): prefix for name, prefix in given.items()}
        if not all(_SHA256.fullmatch(name) for name in found) or len(found) != len(given):
            raise ValueError("each is the SHA-256 of a certificate, 64 hexadecimal digits, once")
        return found

    @model_validator(mode="after")
    def _proxy_named(self) -> Self:
        if self.client_certificates and not self.trusted_proxy:
            raise ValueError("client_certificates need trusted_proxy: who else could have verified them")
        return self
