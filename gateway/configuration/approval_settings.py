"""Settings of the signs of fraud and of approvals; who has to approve what is data, see the rules."""

from typing import Annotated

from pydantic import Field

from gateway.configuration.settings_section import Section

_Login = Annotated[str, Field(min_length=1, max_length=200)]


class ApprovalSettings(Section):
    """Approvals.

    `usual_approvers`: where no rule fits; `first_payment_max`: whole units of the invoice's currency, above which the
    first invoice of a supplier is a sign; `new_supplier_days`: for how long a supplier counts as new; `waiting_days`:
    after how many days people are reminded; `due_days`: they are reminded when it is due so soon; `attachment_mb_max`:
    of one file; `emergency`: whether one person may approve alone, with a reason and a later review; `one_person`:
    groups of logins that belong to the same natural person each.
    """

    usual_approvers: int = Field(default=1, ge=1, le=5)
    first_payment_max: int = Field(default=5000, ge=0, le=1_000_000_000)
    new_supplier_days: int = Field(default=30, ge=0, le=3650)
    waiting_days: int = Field(default=2, ge=0, le=365)
    due_days: int = Field(default=5, ge=0, le=365)
    attachment_mb_max: int = Field(default=10, ge=1, le=50)
    emergency: bool = True
    one_person: tuple[tuple[_Login, ...], ...] = ()
