"""Names of the months in the languages of Europe, without accents."""

from __future__ import annotations

import unicodedata

# One row a month; forms that inflect stand in every case that dates use. Abbreviations that are no beginning of one
# month only stand on their own.
_ROWS = (
    (
        "january januar janner jaenner janvier gennaio enero januari janeiro stycznia styczen januar tammikuu "
        "ledna leden januara ianuarie januarja sijecnja jaanuar ocak gener januaris jan janv gen ene led sty sij"
    ),
    (
        "february februar feber fevrier febbraio febrero februari fevereiro lutego luty februari helmikuu unora unor "
        "februara februarie februarja veljace veljaca veebruar subat febrer februaris feb febr fev lut hel"
    ),
    (
        "march marz maerz mars marzo maart marco marca marzec maaliskuu brezna brezen marec martie ozujka marts "
        "mart marcius mar mrz mrt maa bre"
    ),
    (
        "april avril aprile abril aprilis kwietnia kwiecien huhtikuu dubna duben aprila aprilie travnja travanj aprill "
        "nisan apr avr abr kwi huh dub"
    ),
    ("may mai maggio mayo mei maio maja maj toukokuu kvetna kveten maja svibnja svibanj maig majus mag tou kve svi"),
    (
        "june juni juin giugno junio junho czerwca czerwiec kesakuu cervna cerven juna junij iunie lipnja lipanj juuni "
        "juny junijs junius jun giu cze kes iun haz"
    ),
    (
        "july juli juillet luglio julio julho lipca lipiec heinakuu cervence cervenec jula julij iulie srpnja juuli "
        "juliol julijs julius jul juil lug lip iul tem"
    ),
    (
        "august aout agosto augustus augusti sierpnia sierpien elokuu srpna srpen augusta avgust kolovoza kolovoz "
        "agustos agost augusts aug aou ago sie elo srp avg kol"
    ),
    (
        "september septembre settembre septiembre setembro wrzesnia wrzesien syyskuu zari septembra septembrie rujna "
        "setembre septembris szeptember sep sept set wrz syy ruj"
    ),
    (
        "october oktober octobre ottobre octubre outubro pazdziernika pazdziernik lokakuu rijna rijen oktobra "
        "octombrie oktoobre oktoober ekim oktobris oct okt ott out paz lok rij"
    ),
    (
        "november novembre noviembre novembro listopada listopad marraskuu novembra noiembrie studenoga studeni kasim "
        "novembris nov lis noi"
    ),
    (
        "december dezember decembre dicembre diciembre dezembro grudnia grudzien desember joulukuu prosince prosinec "
        "decembra decembrie prosinca prosinac detsember aralik desembre decembris dec dez dic des gru jou pro"
    ),
)
_PREFIX_MIN = 4
MONTHS: dict[str, int] = {name: number for number, row in enumerate(_ROWS, 1) for name in row.split()}
"""Number of a month by its folded name or abbreviation."""


def fold(text: str) -> str:
    """Return the text in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L").replace("ø", "o"))
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()


def month_of(word: str) -> int | None:
    """Return 1 to 12 for the name of a month, whole or shortened to what only one month begins with."""
    name = fold(word).strip(".'")
    name = name.removesuffix("ta") if name.endswith("kuuta") else name
    if name in MONTHS:
        return MONTHS[name]
    if len(name) < _PREFIX_MIN:
        return None
    numbers = {number for whole, number in MONTHS.items() if whole.startswith(name)}
    return numbers.pop() if len(numbers) == 1 else None
