"""What an examination of a terminal's line can find: stable codes, by which programs and translations go."""

from enum import StrEnum


class Gravity(StrEnum):
    """How much a finding matters: nothing to do, payments are possible but somebody should act, no payment."""

    GOOD = "good"
    ATTENTION = "attention"
    FAULT = "fault"


class FindingCode(StrEnum):
    """Every finding there is."""

    READY = "ready"
    CONNECTED_ONLY = "connected_only"
    BAD_ADDRESS = "bad_address"
    BAD_SETTINGS = "bad_settings"
    PORT_MISSING = "port_missing"
    PORT_AMBIGUOUS = "port_ambiguous"
    PORT_BUSY = "port_busy"
    NO_PERMISSION = "no_permission"
    PORT_UNUSABLE = "port_unusable"
    UNKNOWN_HOST = "unknown_host"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_WRONG_NAME = "certificate_wrong_name"
    NO_TLS = "no_tls"
    TLS_REFUSED = "tls_refused"
    TLS_EXPECTED = "tls_expected"
    HUNG_UP = "hung_up"
    NO_ANSWER = "no_answer"
    GARBLED = "garbled"
    OTHER_PROTOCOL = "other_protocol"
    OTHER_DEVICE = "other_device"
    WRONG_SPEED = "wrong_speed"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a finding
    WRONG_CURRENCY = "wrong_currency"
    NOT_REGISTERED = "not_registered"
    REGISTRATION_REFUSED = "registration_refused"
    OTHER_TERMINAL = "other_terminal"
    TERMINAL_BUSY = "terminal_busy"
    TERMINAL_LOCKED = "terminal_locked"
    CARD_INSERTED = "card_inserted"
    PRINTER_NOT_READY = "printer_not_ready"
    END_OF_DAY_NEEDED = "end_of_day_needed"
    INITIALISATION_NEEDED = "initialisation_needed"
    HOST_DIAGNOSIS_NEEDED = "host_diagnosis_needed"
    ACTIVATION_NEEDED = "activation_needed"
    CLOCK_WRONG = "clock_wrong"
    UPDATE_NEEDED = "update_needed"
    SERVICE_NEEDED = "service_needed"
    STATUS_UNTOLD = "status_untold"
    NOT_READY = "not_ready"
    UNCLAIMED_RESULT = "unclaimed_result"
    STOPPED = "stopped"


_CODE = FindingCode

NEEDS: dict[str, FindingCode] = {
    "initialisation": _CODE.INITIALISATION_NEEDED,
    "diagnosis": _CODE.HOST_DIAGNOSIS_NEEDED,
    "activation": _CODE.ACTIVATION_NEEDED,
}
"""What a terminal wants first (``TerminalInfo.needs``)."""

ZVT_STATES: dict[str, FindingCode] = {
    "51": _CODE.INITIALISATION_NEEDED,
    "62": _CODE.CLOCK_WRONG,
    "9C": _CODE.TERMINAL_BUSY,
    "9D": _CODE.TERMINAL_BUSY,
    "A0": _CODE.TERMINAL_BUSY,
    "B1": _CODE.END_OF_DAY_NEEDED,
    "B2": _CODE.SERVICE_NEEDED,
    "BF": _CODE.SERVICE_NEEDED,
    "C0": _CODE.SERVICE_NEEDED,
    "C1": _CODE.CLOCK_WRONG,
    "C2": _CODE.HOST_DIAGNOSIS_NEEDED,
    "C4": _CODE.UPDATE_NEEDED,
    "CC": _CODE.PRINTER_NOT_READY,
    "DC": _CODE.CARD_INSERTED,
    "DF": _CODE.SERVICE_NEEDED,
    "E0": _CODE.TERMINAL_LOCKED,
    "E1": _CODE.CARD_INSERTED,
    "E2": _CODE.SERVICE_NEEDED,
    "E3": _CODE.SERVICE_NEEDED,
    "E4": _CODE.ACTIVATION_NEEDED,
    "F0": _CODE.END_OF_DAY_NEEDED,
    "F6": _CODE.SERVICE_NEEDED,
}
"""States a ZVT terminal tells (PA00P015 rev 13.08, chapter 11)."""

REFUSALS: dict[str, FindingCode] = {
    "refused": _CODE.WRONG_PASSWORD,
    "not_supported": _CODE.WRONG_PASSWORD,
    "not_registered": _CODE.NOT_REGISTERED,
    "terminal_busy": _CODE.TERMINAL_BUSY,
    "wrong_currency": _CODE.WRONG_CURRENCY,
    "terminal_printer_not_ready": _CODE.PRINTER_NOT_READY,
    "card_inserted": _CODE.CARD_INSERTED,
    "terminal_in_maintenance": _CODE.TERMINAL_LOCKED,
    "end_of_day_needed": _CODE.END_OF_DAY_NEEDED,
}
"""Why a registration was refused (codes of ``NoAnswer``), where the protocol asks for a password."""
