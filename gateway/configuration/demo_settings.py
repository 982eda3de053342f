"""Settings of the demo."""

from gateway.configuration.settings_section import Section


class DemoSettings(Section):
    """The demo seeds people and shows their sign-in: only on the loopback address.

    ``statement``: also a bank statement, so that the matching desk is not empty on the first day; ``erp``: also the
    sandbox ERP, which gets what shifts sold.
    """

    enabled: bool = False
    statement: bool = False
    erp: bool = False
