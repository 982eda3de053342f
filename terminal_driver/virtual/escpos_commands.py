"""Lengths of ESC/POS commands: how many bytes a command takes, told from its first bytes. Pure.

Used only by the decoder of the virtual printer. Source: Epson ESC/POS command reference.
"""

_DLE, _ESC, _FS, _GS = 0x10, 0x1B, 0x1C, 0x1D

# Second byte -> number of argument bytes after it.
_ESC_ARGUMENTS = dict.fromkeys(b"@2SLivm<", 0) | dict.fromkeys(b"!EGaatdJMRV{3-r e%Tc=KUu&", 1)
_ESC_ARGUMENTS |= {ord("$"): 2, ord("\\"): 2, ord("c"): 2, ord("B"): 2, ord("p"): 3, ord("W"): 8}
_ESC_ARGUMENTS |= {ord("&"): 3, ord("?"): 1, ord("i"): 0}
_GS_ARGUMENTS = dict.fromkeys(b":c", 0) | dict.fromkeys(b"!BHhwfarI|bTE/", 1)
_GS_ARGUMENTS |= dict.fromkeys(b"LWP$\\", 2) | {ord("^"): 3, ord("z"): 3}
_FS_ARGUMENTS = dict.fromkeys(b".&", 0) | dict.fromkeys(b"!-WC", 1) | {ord("p"): 2, ord("S"): 2}
_DLE_DC4_LENGTHS = {1: 5, 2: 5, 3: 5, 7: 4, 8: 10}
_BARCODE_A_BYTES_MAX = 256  # ends with NUL; without a limit a lost NUL would swallow the rest of the day
_TABS_MAX = 32


def command_length(data: bytes | bytearray, start: int) -> int | None:
    """Return the length in bytes of the command at `start`, payload included; None if more bytes must come to tell."""
    first = data[start]
    if first not in (_DLE, _ESC, _FS, _GS):
        return 1
    if len(data) - start < 2:
        return None
    second = data[start + 1]
    if first == _DLE:
        return _dle_length(data, start, second)
    if first == _ESC:
        return _esc_length(data, start, second)
    if first == _GS:
        return _gs_length(data, start, second)
    if second == ord("("):
        return _counted_length(data, start)
    return 2 + _FS_ARGUMENTS.get(second, 0)


def _dle_length(data: bytes | bytearray, start: int, second: int) -> int | None:
    if second in (0x04, 0x05):  # EOT n, ENQ n
        return 3
    if second == 0x14:
        return None if len(data) - start < 3 else _DLE_DC4_LENGTHS.get(data[start + 2], 3)
    return 1


def _esc_length(data: bytes | bytearray, start: int, second: int) -> int | None:
    if second == ord("*"):  # bit image: mode, columns low, high, then 1 or 3 bytes a column
        if len(data) - start < 5:
            return None
        columns = data[start + 3] | data[start + 4] << 8
        return 5 + columns * (3 if data[start + 2] >= 32 else 1)
    if second == ord("D"):  # tab stops, NUL at the end
        return _terminated_length(data, start, _TABS_MAX)
    if second == ord("("):
        return _counted_length(data, start)
    return 2 + _ESC_ARGUMENTS.get(second, 0)


def _gs_length(data: bytes | bytearray, start: int, second: int) -> int | None:
    available = len(data) - start
    match chr(second):
        case "(" | "8":
            return _counted_length(data, start) if second == ord("(") else _long_counted_length(data, start)
        case "v":
            if available < 8:
                return None
            width, rows = data[start + 4] | data[start + 5] << 8, data[start + 6] | data[start + 7] << 8
            return 8 + width * rows
        case "k":
            return _barcode_length(data, start)
        case "V":
            if available < 3:
                return None
            return 4 if data[start + 2] in (65, 66, 97, 98, 103, 104) else 3
        case "*":
            return None if available < 4 else 4 + data[start + 2] * data[start + 3] * 8
        case _:
            return 2 + _GS_ARGUMENTS.get(second, 0)


def _barcode_length(data: bytes | bytearray, start: int) -> int | None:
    available = len(data) - start
    if available < 3:
        return None
    if data[start + 2] < 65:
        return _terminated_length(data, start + 1, _BARCODE_A_BYTES_MAX, offset=1)
    return None if available < 4 else 4 + data[start + 3]


def _terminated_length(data: bytes | bytearray, start: int, maximum: int, offset: int = 0) -> int | None:
    begin = start + 2
    end = data.find(b"\x00", begin, begin + maximum)
    if end >= 0:
        return end + 1 - start + offset
    return None if len(data) < begin + maximum else 2 + maximum + offset


def _counted_length(data: bytes | bytearray, start: int) -> int | None:
    """Length of `<GS|ESC|FS> ( fn pL pH ...`."""
    return None if len(data) - start < 5 else 5 + (data[start + 3] | data[start + 4] << 8)


def _long_counted_length(data: bytes | bytearray, start: int) -> int | None:
    """Length of `GS 8 L p1 p2 p3 p4 ...`."""
    return None if len(data) - start < 7 else 7 + int.from_bytes(data[start + 3 : start + 7], "little")
