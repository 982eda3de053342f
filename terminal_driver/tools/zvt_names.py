"""English names of ZVT's commands and messages (PA00P015 rev 13.08, chapters 2 and 3), for explanations only."""

CONTROL_NAMES: dict[int, str] = {
    0x0401: "Set clock of the register",
    0x040C: "File request (PT)",
    0x040D: "Input request",
    0x040E: "Menu request",
    0x040F: "Status information",
    0x04FF: "Intermediate status",
    0x0501: "Status enquiry",
    0x0600: "Registration",
    0x0601: "Authorization",
    0x0602: "Log-Off",
    0x0603: "Account balance request",
    0x0605: "Procurement",
    0x0609: "Prepaid top-up",
    0x060C: "Book tip",
    0x060F: "Completion",
    0x0610: "Send turnover totals",
    0x0612: "Print turnover receipts",
    0x0618: "Reset",
    0x061A: "Print system configuration",
    0x061B: "Set or reset terminal id",
    0x061E: "Abort (PT)",
    0x0620: "Repeat receipt",
    0x0621: "Telephone authorization",
    0x0622: "Pre-authorization/Reservation",
    0x0623: "Partial reversal",
    0x0624: "Book total",
    0x0625: "Pre-authorization reversal",
    0x0626: "Reversal of an external reservation",
    0x0630: "Reversal",
    0x0631: "Refund",
    0x0650: "End-of-day",
    0x0651: "Send offline transactions",
    0x0670: "Diagnosis",
    0x0679: "Self-test",
    0x0691: "Set date and time of the terminal",
    0x0693: "Initialisation",
    0x0695: "Change password",
    0x06B0: "Abort (ECR)",
    0x06C0: "Read card",
    0x06C5: "Close card session",
    0x06C6: "Send card APDUs",
    0x06D0: "Picture and choice",
    0x06D1: "Print line",
    0x06D3: "Print text-block",
    0x06D8: "Dial-up",
    0x06D9: "Transmit data via dial-up",
    0x06DA: "Receive data via dial-up",
    0x06DB: "Hang-up",
    0x06DD: "Transparent mode",
    0x06E0: "Display text",
    0x06E1: "Display text and read key",
    0x06E2: "Display text and read number",
    0x06E4: "Is the card blocked?",
    0x0810: "Start software update",
    0x0811: "Read file",
    0x0812: "Delete file",
    0x0813: "Change configuration",
    0x0814: "Write file",
    0x0830: "Select language",
    0x0840: "Change speed",
    0x8000: "Positive acknowledgement",
}

_FROM_TERMINAL = frozenset({0x060F, 0x061E, 0x06D0, 0x06D1, 0x06D3, 0x06D8, 0x06D9, 0x06DA, 0x06DB, 0x06DD, 0x06E4})


def control_name(control: int) -> str:
    """Return the name of a command, message or acknowledgement."""
    if control >> 8 == 0x84:
        return "Negative/alt acknowledgement"
    return CONTROL_NAMES.get(control, "Unknown")


def comes_from_terminal(control: int) -> bool:
    """Tell whether a block is usually sent by the terminal; acknowledgements are sent by both sides."""
    return control >> 8 == 0x04 or control in _FROM_TERMINAL
