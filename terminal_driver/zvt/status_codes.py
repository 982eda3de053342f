"""Result codes and terminal states in words (PA00P015 rev 13.08, chapters 10 and 11).

Codes 01 to 63 come from the host and differ by processor: the text of the terminal (BMP 3C) goes before this table.
"""

from enum import StrEnum


class Language(StrEnum):
    """Languages of the tables."""

    ENGLISH = "en"
    GERMAN = "de"


SUCCESS = 0x00
HOST_CODE_MAX = 0x63
TIMEOUT_OR_CANCEL = 0x6C
NOT_REGISTERED = 0x6B
CARD_BLOCKED = 0x6E
UNSUPPORTED = 0x83
PROTOCOL_ERROR = 0x9A
BUSY = 0x9C
PARTIAL_DELIVERY = 0x9D
RECEIVER_NOT_READY = 0xA0
RESERVATION_ERROR = 0xB8
PRINTER_NOT_READY = 0xCC
END_OF_DAY_OPEN = 0xF0

# After an approval these say that the terminal lost its host: whether the money moved is open.
LINE_CODES = frozenset({0x9A, 0x9B, 0xA1, 0xA3})

# Each code with its English and German words.
RESULT_CODES: dict[int, tuple[str, str]] = {
    0x00: ("successful", "erfolgreich"),
    0x64: ("card cannot be read", "Karte nicht lesbar"),
    0x65: ("no card data", "keine Kartendaten"),
    0x66: ("processing error", "Verarbeitungsfehler"),
    0x67: ("not allowed for debit cards", "für Debitkarten nicht zugelassen"),
    0x68: ("not allowed for credit and fuel cards", "für Kredit- und Tankkarten nicht zugelassen"),
    0x6A: ("turnover store full", "Umsatzspeicher voll"),
    0x6B: ("not registered at the terminal", "nicht am Terminal angemeldet"),
    0x6C: ("time over or cancelled", "Zeit abgelaufen oder abgebrochen"),
    0x6E: ("card blocked", "Karte gesperrt"),
    0x6F: ("wrong currency", "falsche Währung"),
    0x71: ("credit too low", "Guthaben zu gering"),
    0x72: ("chip error", "Chipfehler"),
    0x73: ("card data wrong", "Kartendaten fehlerhaft"),
    0x74: ("key store used up", "Schlüsselvorrat verbraucht"),
    0x75: ("text not authentic", "Text nicht authentisch"),
    0x76: ("card not on the list", "Karte nicht auf der Liste"),
    0x77: ("end of day not possible", "Kassenschnitt nicht möglich"),
    0x78: ("card expired", "Karte verfallen"),
    0x79: ("card not yet valid", "Karte noch nicht gültig"),
    0x7A: ("card unknown", "Karte unbekannt"),
    0x7B: ("girocard needs the chip", "girocard nur mit Chip"),
    0x7C: ("card needs the chip", "Karte nur mit Chip"),
    0x7D: ("communication module failed", "Kommunikationsmodul gestört"),
    0x7E: ("needs the chip, direct debit possible", "nur mit Chip, Lastschrift möglich"),
    0x83: ("function not possible", "Funktion nicht möglich"),
    0x85: ("key missing", "Schlüssel fehlt"),
    0x89: ("PIN pad failed", "PIN-Pad gestört"),
    0x9A: ("protocol error", "Protokollfehler"),
    0x9B: ("line to the host failed", "Verbindung zum Host gestört"),
    0x9C: ("please wait", "bitte warten"),
    0x9D: ("partial delivery", "Teillieferung"),
    0xA0: ("receiver not ready", "Empfänger nicht bereit"),
    0xA1: ("no answer from the host", "keine Antwort vom Host"),
    0xA3: ("no connection to the host", "keine Verbindung zum Host"),
    0xA4: ("upload failed", "Übertragung fehlgeschlagen"),
    0xA5: ("not allowed by card security rules", "durch Kartensicherheitsregeln verboten"),
    0xB1: ("memory full", "Speicher voll"),
    0xB2: ("journal full", "Journal voll"),
    0xB4: ("already reversed", "bereits storniert"),
    0xB5: ("reversal not possible", "Storno nicht möglich"),
    0xB7: ("amount of the pre-authorisation wrong", "Betrag der Vorautorisierung falsch"),
    0xB8: ("pre-authorisation failed", "Vorautorisierung fehlgeschlagen"),
    0xBF: ("supply voltage too low", "Spannung zu niedrig"),
    0xC0: ("card lock failed", "Kartenverriegelung gestört"),
    0xC1: ("merchant card locked", "Händlerkarte gesperrt"),
    0xC2: ("diagnosis needed", "Diagnose erforderlich"),
    0xC3: ("above the maximum amount", "Höchstbetrag überschritten"),
    0xC4: ("card profile not allowed", "Kartenprofil nicht zugelassen"),
    0xC5: ("payment type not allowed", "Zahlungsart nicht zugelassen"),
    0xC6: ("currency not allowed", "Währung nicht zugelassen"),
    0xC8: ("amount too small", "Betrag zu klein"),
    0xC9: ("transaction limit too small", "Transaktionslimit zu klein"),
    0xCB: ("only euro", "nur Euro"),
    0xCC: ("printer not ready", "Drucker nicht bereit"),
    0xCD: ("no cash-back", "keine Bargeldauszahlung"),
    0xD2: ("not for service cards", "nicht für Servicekarten"),
    0xDC: ("card is inserted", "Karte steckt"),
    0xDD: ("card cannot be ejected", "Karte kann nicht ausgegeben werden"),
    0xDE: ("card cannot be inserted", "Karte kann nicht eingezogen werden"),
    0xE0: ("remote maintenance", "Fernwartung"),
    0xE2: ("card reader failed", "Kartenleser gestört"),
    0xE3: ("shutter failed", "Verschluss gestört"),
    0xE4: ("activation needed", "Freischaltung erforderlich"),
    0xE7: ("goods group not allowed", "Warengruppe nicht zugelassen"),
    0xE8: ("no table of goods groups", "keine Warengruppentabelle"),
    0xE9: ("restriction code not allowed", "Restriktionscode nicht zugelassen"),
    0xEA: ("card code not allowed", "Kartencode nicht zugelassen"),
    0xEB: ("unknown PIN method", "PIN-Verfahren unbekannt"),
    0xEC: ("PIN not possible", "PIN nicht möglich"),
    0xED: ("PIN pad not ready", "PIN-Pad nicht bereit"),
    0xF0: ("end of day must be done first", "zuerst Kassenschnitt durchführen"),
    0xF1: ("offline error", "Offline-Fehler"),
    0xF5: ("maintenance data error", "Fehler beim Freischalten"),
    0xF6: ("maintenance data wrong", "Freischaltdaten fehlerhaft"),
    0xFA: ("offline clearing needed", "Offline-Buchungen zuerst übertragen"),
    0xFB: ("turnover record wrong", "Umsatzdatensatz fehlerhaft"),
    0xFC: ("device not available", "Gerät nicht verfügbar"),
    0xFD: ("speed not supported", "Geschwindigkeit nicht unterstützt"),
    0xFE: ("register refused", "Kasse hat abgelehnt"),
    0xFF: ("system error of the terminal", "Systemfehler des Terminals"),
}

# Terminal state after a status enquiry: (English, German), with the remedy.
TERMINAL_STATES: dict[int, tuple[str, str]] = {
    0x00: ("ready", "bereit"),
    0x51: ("initialisation needed", "Initialisierung erforderlich"),
    0x62: ("clock wrong: set it or run a diagnosis", "Uhrzeit falsch: stellen oder Diagnose durchführen"),
    0x9C: ("busy, please wait", "beschäftigt, bitte warten"),
    0x9D: ("partial delivery open", "Teillieferung offen"),
    0xB1: ("memory full: do the end of day", "Speicher voll: Kassenschnitt durchführen"),
    0xB2: ("journal full: read and delete it", "Journal voll: auslesen und löschen"),
    0xBF: ("supply voltage too low: call service", "Spannung zu niedrig: Service rufen"),
    0xC0: ("card lock failed: call service", "Kartenverriegelung gestört: Service rufen"),
    0xC1: ("clock or merchant card wrong", "Uhr oder Händlerkarte fehlerhaft"),
    0xC2: ("diagnosis needed", "Diagnose erforderlich"),
    0xC4: ("software update needed", "Softwareaktualisierung erforderlich"),
    0xCC: ("printer not ready: add paper or call service", "Drucker nicht bereit: Papier oder Service"),
    0xDC: ("a card is inserted: use it or cancel", "Karte steckt: verwenden oder abbrechen"),
    0xDF: ("key pad or display failed: call service", "Tastatur oder Anzeige gestört: Service rufen"),
    0xE0: ("remote maintenance running", "Fernwartung läuft"),
    0xE1: ("card is not fully out", "Karte nicht vollständig entnommen"),
    0xE2: ("card reader failed: call service", "Kartenleser gestört: Service rufen"),
    0xE3: ("shutter failed", "Verschluss gestört"),
    0xE4: ("activation needed: call service", "Freischaltung erforderlich: Service rufen"),
    0xF0: ("end of day needed", "Kassenschnitt erforderlich"),
    0xF6: ("maintenance needed", "Freischaltung erforderlich"),
}

# Why a command itself was refused (84 xx): our stable word; anything else is "refused".
REFUSAL_WORDS: dict[int, str] = {
    NOT_REGISTERED: "not_registered",
    UNSUPPORTED: "not_supported",
    BUSY: "terminal_busy",
    RECEIVER_NOT_READY: "terminal_busy",
    0x6F: "wrong_currency",
    0xCC: "terminal_printer_not_ready",
    0xDC: "card_inserted",
    0xE0: "terminal_in_maintenance",
    END_OF_DAY_OPEN: "end_of_day_needed",
}

# BMP 27 in the completion of an end of day: what the terminal does next, silent meanwhile (seen in the field).
FOLLOW_UP_WORDS: dict[int, str] = {0xE0: "software_update", 0xFC: "restart"}

# Bits of BMP 19 in the completion of a registration: what the terminal wants first.
REGISTRATION_NEEDS: tuple[tuple[int, str], ...] = (
    (0x01, "initialisation"),
    (0x02, "diagnosis"),
    (0x04, "activation"),
)


def result_words(code: int | None, language: Language = Language.ENGLISH) -> str:
    """Say what a result code means; host codes and unknown ones keep their number."""
    column = _column(language)
    if code is None:
        return ("the terminal gave no code", "das Terminal nannte keinen Code")[column]
    if code in RESULT_CODES:
        return RESULT_CODES[code][column]
    if code <= HOST_CODE_MAX:
        return (f"refused by the host, code {code}", f"vom Host abgelehnt, Code {code}")[column]
    return (f"unknown result {code:02X}", f"unbekanntes Ergebnis {code:02X}")[column]


def terminal_state_words(code: int, language: Language = Language.ENGLISH) -> str:
    """Say what a terminal state means and what to do."""
    column = _column(language)
    unknown = (f"unknown state {code:02X}", f"unbekannter Zustand {code:02X}")
    return TERMINAL_STATES.get(code, unknown)[column]


def refusal_word(code: int) -> str:
    """Return our stable word for a refused command."""
    return REFUSAL_WORDS.get(code, "refused")


def _column(language: Language) -> int:
    return 1 if language is Language.GERMAN else 0
