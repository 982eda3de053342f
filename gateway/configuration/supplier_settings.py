"""Settings of suppliers and their bank details."""

from pydantic import Field

from gateway.configuration.settings_section import Section


class SupplierSettings(Section):
    """Suppliers. `cooling_days`: banking days of `calendar` on which payments to new bank details need one more."""

    cooling_days: int = Field(default=3, ge=0, le=30)
    calendar: str = Field(default="TARGET2", pattern=r"^[A-Z][A-Z0-9]{1,15}$")
