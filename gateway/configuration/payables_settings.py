"""Settings of what the shop owes: one table for each part of it."""

from pathlib import Path

from gateway.configuration.approval_settings import ApprovalSettings
from gateway.configuration.bank_channel_settings import BankChannelSettings
from gateway.configuration.bank_settings import BankAccountSettings
from gateway.configuration.match_settings import MatchSettings
from gateway.configuration.run_settings import RunSettings
from gateway.configuration.settings_section import Section
from gateway.configuration.statement_settings import StatementSettings
from gateway.configuration.supplier_settings import SupplierSettings


class PayablesSettings(Section):
    """Payables. `bank_profiles`: folder of the operator's own bank profiles, which go before the built-in ones."""

    approvals: ApprovalSettings = ApprovalSettings()
    suppliers: SupplierSettings = SupplierSettings()
    runs: RunSettings = RunSettings()
    matching: MatchSettings = MatchSettings()
    statements: StatementSettings = StatementSettings()
    accounts: tuple[BankAccountSettings, ...] = ()
    channels: tuple[BankChannelSettings, ...] = ()
    bank_profiles: Path = Path()
