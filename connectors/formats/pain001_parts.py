"""Parts of a credit transfer that follow rules of their own: names, addresses, banks, and what is paid."""

from xml.sax.saxutils import escape  # only writes text; nothing is parsed here

from connectors.formats.bank_profiles import AddressForm, BankProfile, BicUse
from connectors.formats.references import ReferenceKind, plain_reference, reference_kind
from connectors.formats.transliterate import transliterate
from gateway.domain.payables.payment_order import BankAccount, Instrument, Payee, PaymentOrder
from gateway.domain.payables.supplier import PostalAddress

_NOT_PROVIDED = "<Othr><Id>NOTPROVIDED</Id></Othr>"
_ISSUERS = {ReferenceKind.ISO: "ISO", ReferenceKind.BELGIAN: "BBA"}
_CLEARING_SYSTEMS = {"CH": "CHBCC", "GB": "GBDSC", "LI": "CHBCC", "US": "USABA"}
_LINE_MAX = 70


def tag(name: str, text: str) -> str:
    """Return one element with text; the bank's own characters keep their meaning."""
    if "&" in text or "<" in text or ">" in text:
        text = escape(text)
    return f"<{name}>{text}</{name}>"


def name_in(profile: BankProfile, name: str, language: str) -> str:
    """Return ``Nm`` in the bank's characters."""
    return tag("Nm", transliterate(name, language, profile.characters))


def party_address(profile: BankProfile, address: PostalAddress, language: str) -> str:
    """Return ``PstlAdr``, or nothing where no town and country are known: lines alone are refused by banks."""
    if not address.town or not address.country:
        return ""
    street, building, postcode, town = (
        transliterate(part, language, profile.characters)
        for part in (address.street, address.building, address.postcode, address.town)
    )
    fields = tag("PstCd", postcode) if postcode else ""
    fields += f"{tag('TwnNm', town)}{tag('Ctry', address.country)}"
    if profile.address is AddressForm.HYBRID:
        line = f"{street} {building}".strip()
        # Cut where it is too long for one line: what does not fit becomes the second and last line.
        lines = [line[:_LINE_MAX], line[_LINE_MAX:].strip()]
        return f"<PstlAdr>{fields}{''.join(tag('AdrLine', part) for part in lines if part)}</PstlAdr>"
    head = (tag("StrtNm", street) if street else "") + (tag("BldgNb", building) if building else "")
    return f"<PstlAdr>{head}{fields}</PstlAdr>"


def agent_of_account(profile: BankProfile, account: BankAccount) -> str:
    """Return ``DbtrAgt``: by BIC, by clearing number, or named as not provided."""
    inside = _NOT_PROVIDED
    if account.bic:
        inside = tag(_bic_name(profile), account.bic)
    elif account.clearing_member:
        known = _CLEARING_SYSTEMS.get(account.country, "")
        system = f"<ClrSysId>{tag('Cd', known)}</ClrSysId>" if known else ""
        inside = f"<ClrSysMmbId>{system}{tag('MmbId', account.clearing_member)}</ClrSysMmbId>"
    return f"<DbtrAgt><FinInstnId>{inside}</FinInstnId></DbtrAgt>"


def agent_of_payee(profile: BankProfile, instrument: Instrument, payee: Payee) -> str:
    """Return ``CdtrAgt``, or nothing where the IBAN says enough."""
    if instrument is Instrument.CROSS_BORDER:
        inside = tag(_bic_name(profile), payee.bic) if payee.bic else ""
        if payee.clearing_system and payee.clearing_member:
            system = f"<ClrSysId>{tag('Cd', payee.clearing_system)}</ClrSysId>"
            inside += f"<ClrSysMmbId>{system}{tag('MmbId', payee.clearing_member)}</ClrSysMmbId>"
        if not payee.bic:
            name = transliterate(payee.bank_name, payee.language, profile.characters)
            inside += f"{tag('Nm', name)}<PstlAdr>{tag('Ctry', payee.country)}</PstlAdr>"
    elif profile.bic is BicUse.NEVER:
        return ""
    elif payee.bic:
        inside = tag(_bic_name(profile), payee.bic)
    elif profile.bic is BicUse.NOT_PROVIDED:
        inside = _NOT_PROVIDED
    else:
        return ""
    return f"<CdtrAgt><FinInstnId>{inside}</FinInstnId></CdtrAgt>"


def remittance(profile: BankProfile, order: PaymentOrder) -> str:
    """Return ``RmtInf``: one structured reference or one text, never both but beside a QR reference.

    The schemes carry one of them; where a reference is known the payee books by it, and the text goes by the advice.
    """
    text = transliterate(order.text, order.payee.language, profile.characters) if order.text else ""
    if not order.reference:
        return f"<RmtInf>{tag('Ustrd', text)}</RmtInf>" if text else ""
    country = order.payee.iban[:2] or order.payee.country
    reference = plain_reference(order.reference, country)
    kind = reference_kind(reference, country)
    if kind is ReferenceKind.QRR:
        code, more = "<Prtry>QRR</Prtry>", tag("AddtlRmtInf", text) if text else ""
    else:
        code, more = "<Cd>SCOR</Cd>", ""
    issuer = _ISSUERS.get(kind, "") if kind else ""
    kind_of = f"<Tp><CdOrPrtry>{code}</CdOrPrtry>{tag('Issr', issuer) if issuer else ''}</Tp>"
    return f"<RmtInf><Strd><CdtrRefInf>{kind_of}{tag('Ref', reference)}</CdtrRefInf>{more}</Strd></RmtInf>"


def _bic_name(profile: BankProfile) -> str:
    return "BIC" if profile.format == "pain.001.001.03" else "BICFI"
