"""What the terminal waits for: intermediate status codes with a stable word and text (PA00P015 rev 13.08, 3.7).

The words are part of the interface of the driver: screens translate them. Codes 41 to 5D, 66 and 67 are the code
without 40 plus "remove the card".
"""

from terminal_driver.zvt.status_codes import Language

TEXT_FROM_TERMINAL = 0xFF  # the text stands in the TLV container
_REMOVE_CARD_OFFSET = 0x40

# Each code with its word, then English and German text.
INTERMEDIATE_CODES: dict[int, tuple[str, str, str]] = {
    0x00: ("confirm_amount", "confirm the amount", "Betrag bestätigen"),
    0x01: ("enter_pin", "look at the PIN pad", "bitte Anzeige auf dem PIN-Pad beachten"),
    0x02: ("enter_pin", "look at the PIN pad", "bitte Anzeige auf dem PIN-Pad beachten"),
    0x03: ("not_accepted", "not accepted", "Vorgang nicht möglich"),
    0x04: ("wait_for_host", "waiting for the host", "Terminal wartet auf Antwort"),
    0x05: ("sending_reversal", "the terminal reverses automatically", "Terminal sendet Autostorno"),
    0x06: ("sending_bookings", "the terminal sends bookings", "Terminal sendet Nachbuchungen"),
    0x07: ("card_not_allowed", "card not allowed", "Karte nicht zugelassen"),
    0x08: ("card_unknown", "card unknown", "Karte unbekannt"),
    0x09: ("card_expired", "card expired", "Karte verfallen"),
    0x0A: ("insert_card", "insert or present the card", "Karte einstecken oder vorhalten"),
    0x0B: ("remove_card", "remove the card", "Karte entnehmen"),
    0x0C: ("card_unreadable", "card cannot be read", "Karte nicht lesbar"),
    0x0D: ("stopped", "stopped", "Vorgang abgebrochen"),
    0x0E: ("please_wait", "please wait", "Vorgang wird bearbeitet, bitte warten"),
    0x0F: ("automatic_end_of_day", "automatic end of day", "automatischer Kassenschnitt"),
    0x10: ("card_invalid", "card invalid", "Karte ungültig"),
    0x11: ("show_balance", "balance is shown", "Guthabenanzeige"),
    0x12: ("malfunction", "malfunction", "Systemfehler"),
    0x13: ("payment_impossible", "payment not possible", "Zahlung nicht möglich"),
    0x14: ("credit_too_low", "credit too low", "Guthaben nicht ausreichend"),
    0x15: ("wrong_pin", "PIN wrong", "PIN falsch"),
    0x16: ("limit_too_low", "limit too low", "Limit nicht ausreichend"),
    0x17: ("please_wait", "please wait", "bitte warten"),
    0x18: ("pin_tries_used_up", "PIN tried too often", "PIN zu oft falsch"),
    0x19: ("card_data_wrong", "card data wrong", "Kartendaten falsch"),
    0x1A: ("service_mode", "service mode", "Servicemodus"),
    0x1B: ("approved", "approved, please fill up", "Autorisierung erfolgt, bitte tanken"),
    0x1C: ("approved", "approved, please take the goods", "Zahlung erfolgt, bitte Ware entnehmen"),
    0x1D: ("declined", "declined", "Autorisierung nicht möglich"),
    0x26: ("enter_phone_number", "enter the phone number", "Mobilrufnummer eingeben"),
    0x27: ("repeat_phone_number", "enter the phone number again", "Mobilrufnummer wiederholen"),
    0x28: ("choose_currency", "choose the currency", "Währung wählen"),
    0x29: ("choose_language", "choose the language", "Sprache wählen"),
    0x2A: ("insert_card_to_load", "insert the card to load", "Karte zum Laden einstecken"),
    0x2B: ("offline_emergency", "offline emergency mode", "Offline-Notbetrieb"),
    0x2C: ("choose_debit_or_credit", "choose debit or credit", "Debit oder Kredit wählen"),
    0x4B: ("remove_card", "remove the card", "Karte entnehmen"),
    0x66: ("repeat_phone_number", "enter the phone number, remove the card", "Mobilrufnummer, Karte entnehmen"),
    0x67: ("repeat_phone_number", "enter the number again, remove the card", "Nummer wiederholen, Karte entnehmen"),
    0x68: ("card_detected", "card detected", "Karte erkannt, bitte warten"),
    0x69: ("choose_currency", "choose the currency", "Währung wählen"),
    0xC7: ("enter_mileage", "enter the mileage", "Kilometerstand eingeben"),
    0xC8: ("enter_cashier", "enter the cashier number", "Kassierernummer eingeben"),
    0xC9: ("diagnosis", "diagnosis running", "Diagnose läuft"),
    0xCA: ("initialisation", "initialisation running", "Initialisierung läuft"),
    0xCB: ("journal_full", "journal full", "Journal voll"),
    0xCC: ("pin_needed", "debit card, PIN needed", "Debitkarte, PIN erforderlich"),
    0xD2: ("connecting", "connecting", "Verbindungsaufbau"),
    0xD3: ("connected", "connected", "Verbindung besteht"),
    0xE0: ("choose_application", "choose the application", "Anwendung wählen"),
    0xE1: ("choose_language", "choose the language", "Sprache wählen"),
    0xE2: ("insert_cleaning_card", "insert the cleaning card", "Reinigungskarte einstecken"),
    0xF1: ("offline", "offline", "offline"),
    0xF2: ("online", "online", "online"),
    0xF3: ("offline_sale", "offline sale", "Offline-Zahlung"),
    TEXT_FROM_TERMINAL: ("terminal_text", "see the terminal", "siehe Terminal"),
}


def intermediate(code: int, language: Language = Language.ENGLISH) -> tuple[str, str]:
    """Return the stable word and the text of an intermediate status; unknown codes give ``other``."""
    german = language is Language.GERMAN
    if code in INTERMEDIATE_CODES:
        word, english, deutsch = INTERMEDIATE_CODES[code]
        return word, deutsch if german else english
    base = INTERMEDIATE_CODES.get(code - _REMOVE_CARD_OFFSET)
    if base is not None and 0x41 <= code <= 0x5D:
        word, english, deutsch = base
        # "approved" and "declined" say more than that the card must go; the text says both.
        return word, f"{deutsch}, Karte entnehmen" if german else f"{english}, remove the card"
    return "other", f"Status {code:02X}" if german else f"status {code:02X}"
