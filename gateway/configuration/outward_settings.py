"""Settings of what leaves the shop: webhooks, mail, links to receipts, and how much of it may wait."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from gateway.configuration.settings_section import Section
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from gateway.domain.telling.outward import AtLimit, WaitingLimits

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

HostName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.:-]{0,252}$")]
AmountOf = dict[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], Annotated[str, Field(max_length=20)]]


def _amounts(given: AmountOf) -> tuple[Money, ...]:
    return tuple(Money.from_decimal(text, Currency.of(code)) for code, text in sorted(given.items()))


def _checked_amounts(given: AmountOf) -> AmountOf:
    try:
        _amounts(given)
        if any(Decimal(text) < 0 for text in given.values()):
            raise ValueError("an amount cannot be negative")
    except (InputError, InvalidOperation) as error:
        raise ValueError(str(error)) from error
    return given


class WaitingSettings(Section):
    """How much may wait for one kind of system. `number`: messages, 0 for no limit; `age_minutes`: of the oldest."""

    at_limit: Literal["warn", "stop"] = "warn"
    number: int = Field(default=500, ge=0, le=1_000_000)
    age_minutes: int = Field(default=60, ge=0, le=100_000)
    amounts: AmountOf = Field(default={})

    _amounts_known = field_validator("amounts")(_checked_amounts)

    def limits(self) -> WaitingLimits:
        """As the domain knows them."""
        return WaitingLimits(
            at_limit=AtLimit(self.at_limit),
            number=self.number or None,
            age_s=self.age_minutes * 60 or None,
            amounts=_amounts(self.amounts),
        )


class OfflineSettings(Section):
    """What a terminal may take while its host is away. `floor_limits`: currency -> most of one sale; empty: nothing.

    `number`: sales in a row until the host is heard again; `chip_only`: no contactless, no magnetic stripe.
    """

    floor_limits: AmountOf = Field(default={})
    number: int = Field(default=20, ge=1, le=1000)
    chip_only: bool = True

    _amounts_known = field_validator("floor_limits")(_checked_amounts)

    def limits(self) -> tuple[Money, ...]:
        """The floor limits, one for each currency."""
        return _amounts(self.floor_limits)


class OutwardSettings(Section):
    """Webhooks and links to receipts.

    `allowed_hosts`: hosts inside of the shop's network that webhooks may go to; `public_url`: where customers reach the
    links, empty for the address the till itself uses; `key_file`: the signing key, which several nodes must share.
    """

    allowed_hosts: tuple[HostName, ...] = Field(default=(), max_length=50)
    timeout_s: int = Field(default=15, ge=1, le=60)
    give_up_after_hours: int = Field(default=72, ge=1, le=720)
    disable_after_hours: int = Field(default=120, ge=1, le=720)
    keep_days: int = Field(default=30, ge=1, le=365)
    key_file: str = ""
    public_url: str = Field(default="", max_length=200)
    receipts_days: int = Field(default=90, ge=1, le=3650)
    changes_days: int = Field(default=30, ge=1, le=365)
    webhook: WaitingSettings = WaitingSettings()
    mail: WaitingSettings = WaitingSettings()
    offline: OfflineSettings = OfflineSettings()

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, text: str) -> str:
        parts = urlsplit(text)
        if text and (parts.scheme not in ("https", "http") or not parts.netloc or parts.path.strip("/") or parts.query):
            raise ValueError("write it as https://host, without a path")
        return text.rstrip("/")


class MailSettings(Section):
    """The mail server receipts are sent through; without a host nothing is mailed.

    `security`: `starttls` (port 587), `tls` (port 465) or `none`, which only a server on this machine may have.
    """

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{0,253}$")] = ""
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = Field(default="", max_length=200)
    password: SecretStr | None = None
    password_file: str = ""
    sender: str = Field(default="", max_length=200, pattern=r"^([^@\s<>]{1,64}@[A-Za-z0-9.-]{1,190})?$")
    timeout_s: int = Field(default=20, ge=1, le=60)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("sender is needed, such as receipts@shop.example")
        if self.security == "none" and self.host and self.host not in _LOOPBACK:
            raise ValueError("security may be none only for a mail server on this machine")
        return self
