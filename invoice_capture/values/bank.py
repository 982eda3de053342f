"""Bank accounts: IBAN (ISO 13616, lengths of the SWIFT registry) and BIC (ISO 9362)."""

from __future__ import annotations

import re

from invoice_capture.values.found import Found
from invoice_capture.values.references import mod97

_LENGTHS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 "
    "LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 "
    "QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
IBAN_LENGTHS = {one[:2]: int(one[2:]) for one in _LENGTHS.split()}
"""Characters of an IBAN by country."""
_COUNTRY_CODES = (
    "AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH "
    "CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI "
    "GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KR KW KY KZ "
    "LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI "
    "NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO "
    "SR SS ST SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT "
    "ZA ZM ZW"
)
_COUNTRIES = frozenset(_COUNTRY_CODES.split())
# A run that may be an IBAN: country, two digits, then groups with at most one blank or hyphen between.
_IBAN_RUN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2}[ -]?\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){8,34})")
_BIC = re.compile(r"(?<![A-Z0-9])([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![A-Za-z0-9])")


def normal_iban(text: str) -> str:
    """Return it without blanks and hyphens, upper case."""
    return re.sub(r"[\s\u00a0-]", "", text).upper()


def iban_form(text: str) -> bool:
    """Whether it has the form of an IBAN, whatever its length for the country and its check digits."""
    return re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}", normal_iban(text)) is not None


def iban_ok(text: str) -> bool:
    """Whether it is an IBAN: the length its country has, and check digits that hold. Blanks are allowed."""
    bare = normal_iban(text)
    if not iban_form(bare) or IBAN_LENGTHS.get(bare[:2]) != len(bare):
        return False
    return mod97(bare[4:] + bare[:4]) == 1


def find_ibans(text: str) -> tuple[Found, ...]:
    """Return the IBANs whose length and check digits hold; a word that follows is not taken for a part of it."""
    found: list[Found] = []
    place = 0
    while (hit := _IBAN_RUN.search(text, place)) is not None:
        run, start = hit[1], hit.start(1)
        wanted = IBAN_LENGTHS.get(run[:2].upper())
        end = _end_of(run, wanted) if wanted else 0
        place = start + 2
        if end and iban_ok(run[:end]):
            found.append(Found(normal_iban(run[:end]), start, start + end))
            place = start + end
    return tuple(found)


def _end_of(run: str, wanted: int) -> int:
    """Where the first ``wanted`` letters and digits of the run end, 0 when it has fewer or more follow directly."""
    count = 0
    for place, one in enumerate(run):
        count += one.isalnum()
        if count == wanted:
            rest = run[place + 1 : place + 2]
            return 0 if rest.isalnum() else place + 1
    return 0


def bic_ok(text: str) -> bool:
    """Whether it has the form of a BIC with a country that exists; a BIC has no check digit."""
    bare = re.sub(r"\s", "", text).upper()
    return re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", bare) is not None and bare[4:6] in _COUNTRIES


def find_bics(text: str) -> tuple[Found, ...]:
    """Return what has the form of a BIC in capitals; many words of eight letters have it too: look for a label."""
    return tuple(Found(hit[1], hit.start(1), hit.end(1)) for hit in _BIC.finditer(text) if bic_ok(hit[1]))
