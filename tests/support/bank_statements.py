"""Statements of invented banks in every format, for tests of their readers."""

from collections.abc import Sequence

IBAN = "DE02120300000000202051"
OTHER = "NL91ABNA0417164300"


def camt(entries: Sequence[str], opening: str, closing: str, *, kind: str = "053") -> bytes:
    """Return a message of one statement. ``entries``: XML of :func:`camt_entry`; balances as decimals."""
    body, name = {"053": ("BkToCstmrStmt", "Stmt"), "052": ("BkToCstmrAcctRpt", "Rpt")}[kind]
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount.startswith('-') else 'CRDT'}</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
    )
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.08"><{body}>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr><{name}><Id>S1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{''.join(entries)}"
        f"</{name}></{body}></Document>"
    ).encode()


def camt_entry(amount: str, *, ref: str = "", status: str = "BOOK", inside: str = "", day: str = "2026-03-02") -> str:
    """Return one entry. ``amount``: signed decimal; ``inside``: further XML."""
    direction = "DBIT" if amount.startswith("-") else "CRDT"
    reference = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>{reference}{inside}</Ntry>"
    )


def mt940(lines: Sequence[str], opening: str = "C260301EUR0,00", closing: str = "C260302EUR0,00") -> bytes:
    """Return a statement of one page. ``lines``: fields between the balances; balances as written."""
    head = [":20:STARTUMS", f":25:{IBAN}EUR", ":28C:1/1", f":60F:{opening}"]
    return "\r\n".join([*head, *lines, f":62F:{closing}", "-"]).encode()


def ofx(movements: Sequence[str], balance: str) -> bytes:
    """Return an OFX 1 file without closing tags of its leaves."""
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX><BANKMSGSRSV1><STMTTRNRS>"
        "<STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>120300<ACCTID>202051<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>"
        f"<DTSTART>20260301<DTEND>20260302{''.join(movements)}</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}"
        "<DTASOF>20260302</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    ).encode("cp1252")


def nacha() -> bytes:
    """Return a file with a return (R03) of 12.34 dollars, whose totals fit."""
    records = [
        "101 091000019 1234567890260302100000A094101OUR BANK               OUR SHOP               REF00001",
        "5200OUR SHOP                            1234567890PPDRETURN          260302   1091000010000001",
        "6210910000191234567          0000001234PAYMENT-1      PAYEE                   1091000010000001",
        "799R03091000010000007      09100001NO ACCOUNT                                  091000010000001",
        "82000000020009100001000000000000000000001234" + "1234567890" + " " * 25 + "091000010000001",
        "9000001000001000000020009100001000000000000000000001234" + " " * 39,
    ]
    return "\n".join(record.ljust(94) for record in records).encode("ascii")


def table(rows: Sequence[str]) -> bytes:
    """Return a table with semicolons."""
    return "\n".join(rows).encode()
