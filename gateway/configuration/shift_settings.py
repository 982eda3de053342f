"""The table `[shifts]` of the settings file."""

from gateway.configuration.settings_section import Section


class ShiftSettings(Section):
    """Shifts. `required`: cash is taken and given back only while a shift is open at the register."""

    required: bool = False
