"""Texts of banks and parties brought to one form: folded letters, words, and words that say what a payment is.

Lists of words are of the trade, in the languages of the accounts we know; no name of a party stands here.
"""

import re
import unicodedata

_WORD = re.compile(r"[A-Z0-9]+")
_GERMAN = str.maketrans(
    {"Ä": "AE", "Ö": "OE", "Ü": "UE", "ẞ": "SS", "Ł": "L", "Ø": "O", "Đ": "D", "Æ": "AE", "Œ": "OE", "İ": "I"}
)
_LEGAL = frozenset(
    "GMBH MBH CO KG KGAA AG EK EKFM UG HAFTUNGSBESCHRAENKT OHG OG GBR EV EG SE GESMBH SA SARL SAS SASU EURL SNC "
    "SCA SCOP "
    "BV VOF NV CV SRL SPA SNC SAPA SL SLU SAU SC LTD LIMITED LLP LP PLC INC LLC CORP CORPORATION COMPANY SP ZOO "
    "Z O OO SPK "
    "SPJ AB AS OY OYJ APS KFT ZRT BT SRO DOO AD EOOD OOD LDA UNIPESSOAL PTY PTE SRLS TIC STI BVBA SPRL ASBL "
    "VZW".split()
)
ADVANCE_WORDS = frozenset(
    "ANZAHLUNG VORAUSZAHLUNG VORKASSE VORAUSKASSE VORSCHUSS DEPOSIT ADVANCE PREPAYMENT PREPAID PREPAY DOWNPAYMENT "
    "PROFORMA ACOMPTE ARRHES AVANCE ACCONTO ANTICIPO CAPARRA ANTICIPADO AANBETALING VOORUITBETALING VOORSCHOT "
    "ZALICZKA "
    "PRZEDPLATA ZALOHA FORSKUD FORSKOTT ADIANTAMENTO SINAL ENNAKKOMAKSU KAUTION RETAINER".split()
)
PART_WORDS = frozenset(
    "TEILZAHLUNG TEILBETRAG RATE ABSCHLAG PART PARTIAL INSTALMENT INSTALLMENT PARTIEL PARTIELLE ACCONTO DEELBETALING "
    "PARCIAL PARZIALE PLATA RATA ABSCHLAGSZAHLUNG TRANCHE".split()
)
REST_WORDS = frozenset(
    "REST RESTZAHLUNG RESTBETRAG SCHLUSSZAHLUNG REMAINDER REMAINING BALANCE SOLDE SALDO RESTANT RESTANTE".split()
)
MORE_WORDS = frozenset(
    "UA WEITERE OTHERS AUTRES ALTRE OTRAS UAM ETC DIV DIVERSE VARIOUS SAMMELZAHLUNG SAMMELUEBERWEISUNG SAMMLER "
    "SAMMEL BUNDLE".split()
)
RANGE_WORDS = frozenset("BIS TO TILL UNTIL THROUGH THRU AU AL HASTA TOT DO FINO A".split())
RETURN_WORDS = frozenset(
    "RUECKLASTSCHRIFT RUECKGABE RETOURE RUECKBUCHUNG RUECKUEBERWEISUNG RETURN RETURNED REJECT CHARGEBACK "
    "REVERSAL IMPAYE "
    "REJET RETOUR INSOLUTO STORNO DEVOLUCION RUECKRUF RECALL REFUSED UNPAID".split()
)
DISCOUNT_WORDS = frozenset("SKONTO DISCOUNT ESCOMPTE SCONTO DESCUENTO KORTING ABZUG DISC".split())
CHARGE_WORDS = frozenset(
    "CHGS CHRG CHARGES CHARGE FEE FEES SPESEN GEBUEHR GEBUEHREN FRAIS SPESE GASTOS KOSTEN SHA OUR BEN".split()
)
OFFSET_WORDS = frozenset(
    "VERRECHNUNG VERRECHNET AUFRECHNUNG OFFSET NETTING COMPENSATION KOMPENSATION NET SALDIERT".split()
)
_DIGITS_READ_AS = str.maketrans("OQDILSBZGT", "0001158267")


def folded(text: str) -> str:
    """Return the text in capitals of A to Z, as banks spell it: umlauts as two letters, other marks dropped."""
    if text.isascii():
        return text.upper()
    spelled = text.upper().translate(_GERMAN)
    return "".join(sign for sign in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(sign))


def words_of(text: str) -> list[str]:
    """Return the runs of letters and digits of the folded text."""
    return _WORD.findall(folded(text))


def compact(text: str) -> str:
    """Return letters and digits alone: two spellings of one number become equal."""
    if text.isascii():
        key = text.replace("-", "").replace("/", "").replace(" ", "")
        if key.isalnum():
            return key.upper()
    return "".join(_WORD.findall(folded(text)))


def name_words(name: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the words of a company's name without its legal form, and the words of the legal form."""
    words = _WORD.findall(folded(name).replace(".", ""))
    core = tuple(word for word in words if word not in _LEGAL)
    return (core or tuple(words)), frozenset(word for word in words if word in _LEGAL)


def read_as_digits(word: str) -> str | None:
    """Return the word as digits when most of it is, letters that scanners mistake for digits read back; else None."""
    if word.isdigit():
        return word
    digits = sum(sign.isdigit() for sign in word)
    if digits < 2 or digits * 2 < len(word):
        return None
    read = word.translate(_DIGITS_READ_AS)
    return read if read.isdigit() else None
