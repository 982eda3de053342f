"""The bodies that move money, and the question for one of them; amounts are ``Decimal`` in major units."""

from dataclasses import dataclass, field
from decimal import Decimal

from terminal_driver.nexo.messages import (
    MessageHeader,
    MessageReference,
    OutputContent,
    Response,
    TransactionIdentification,
)
from terminal_driver.nexo.shape import BESIDE, also, words


@dataclass(frozen=True, slots=True)
class SaleData:
    """The register's name of the transaction."""

    sale_transaction_id: TransactionIdentification | None = None


@dataclass(frozen=True, slots=True)
class PoiData:
    """The terminal's name of the transaction."""

    poi_transaction_id: TransactionIdentification | None = None
    poi_reconciliation_id: str | None = None


@dataclass(frozen=True, slots=True)
class AmountsReq:
    """What is asked for. ``currency``: three letters; ``tip_amount`` is contained in ``requested_amount``."""

    currency: str
    requested_amount: Decimal | None = None
    tip_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OriginalPoiTransaction:
    """The transaction a reversal or completion refers to."""

    sale_id: str | None = None
    poi_id: str | None = None
    poi_transaction_id: TransactionIdentification | None = None


@dataclass(frozen=True, slots=True)
class PaymentTransaction:
    """Amounts, and what the payment refers to."""

    amounts_req: AmountsReq
    original_poi_transaction: OriginalPoiTransaction | None = None


@dataclass(frozen=True, slots=True)
class PaymentData:
    """``payment_type``: ``vocabulary.PaymentType``."""

    payment_type: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Asks for a sale, a refund, a reservation or its completion."""

    sale_data: SaleData
    payment_transaction: PaymentTransaction
    payment_data: PaymentData | None = None


@dataclass(frozen=True, slots=True)
class AmountsResp:
    """What was authorised; terminals may leave the currency out when it is that of the request."""

    currency: str | None = None
    authorized_amount: Decimal | None = None
    tip_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CardData:
    """The card. ``masked_pan`` may come complete: it is cut before it leaves the protocol code."""

    payment_brand: str | None = None
    masked_pan: str | None = also("MaskedPan")


@dataclass(frozen=True, slots=True)
class PaymentInstrumentData:
    """The means of payment."""

    payment_instrument_type: str | None = None
    card_data: CardData | None = None


@dataclass(frozen=True, slots=True)
class PaymentAcquirerData:
    """References of the acquirer."""

    acquirer_id: str | None = None
    merchant_id: str | None = None
    acquirer_poi_id: str | None = None
    approval_code: str | None = None
    acquirer_transaction_id: TransactionIdentification | None = None


@dataclass(frozen=True, slots=True)
class ConvertedAmount:
    """An amount in the currency of the card."""

    currency: str
    amount_value: Decimal


@dataclass(frozen=True, slots=True)
class CurrencyConversion:
    """An offer to pay in the currency of the card. ``markup``: in percent; ``declaration``: what was agreed to."""

    customer_approved_flag: bool | None = None
    converted_amount: ConvertedAmount | None = None
    rate: Decimal | None = None
    markup: Decimal | None = None
    declaration: str | None = words()


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """What was done."""

    payment_type: str | None = None
    payment_instrument_data: PaymentInstrumentData | None = field(default=None, metadata=BESIDE)
    amounts_resp: AmountsResp | None = None
    online_flag: bool | None = None
    payment_acquirer_data: PaymentAcquirerData | None = field(default=None, metadata=BESIDE)
    currency_conversion: tuple[CurrencyConversion, ...] = field(default=(), metadata=BESIDE)


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """A receipt the register is to print."""

    document_qualifier: str
    output_content: OutputContent
    integrated_print_flag: bool | None = None
    required_signature_flag: bool | None = None


@dataclass(frozen=True, slots=True)
class PaymentResponse:
    """Answer to a payment."""

    response: Response
    sale_data: SaleData | None = None
    poi_data: PoiData | None = None
    payment_result: PaymentResult | None = None
    payment_receipt: tuple[PaymentReceipt, ...] = field(default=(), metadata=BESIDE)


@dataclass(frozen=True, slots=True)
class ReversalRequest:
    """Undoes a transaction; without an amount as a whole."""

    sale_data: SaleData | None = field(default=None, kw_only=True)
    original_poi_transaction: OriginalPoiTransaction
    reversal_reason: str
    reversed_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReversalResponse:
    """Answer to a reversal."""

    response: Response
    poi_data: PoiData | None = None
    original_poi_transaction: OriginalPoiTransaction | None = None
    reversed_amount: Decimal | None = None
    payment_receipt: tuple[PaymentReceipt, ...] = field(default=(), metadata=BESIDE)


@dataclass(frozen=True, slots=True)
class TransactionStatusRequest:
    """Asks what became of a request; without a reference of the last one that moved money."""

    message_reference: MessageReference | None = None
    receipt_reprint_flag: bool | None = None
    document_qualifier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepeatedBody:
    """The body of an answer given before."""

    payment_response: PaymentResponse | None = None
    reversal_response: ReversalResponse | None = None


@dataclass(frozen=True, slots=True)
class RepeatedMessageResponse:
    """An answer given before, with its header; some terminals put the body straight into it."""

    message_header: MessageHeader
    repeated_response_message_body: RepeatedBody | None = None
    payment_response: PaymentResponse | None = None
    reversal_response: ReversalResponse | None = None

    @property
    def body(self) -> PaymentResponse | ReversalResponse | None:
        """The answer, wherever it stands."""
        inner = self.repeated_response_message_body or RepeatedBody()
        found = (inner.payment_response, inner.reversal_response, self.payment_response, self.reversal_response)
        return next((body for body in found if body is not None), None)


@dataclass(frozen=True, slots=True)
class TransactionStatusResponse:
    """Answer to the question what became of a request."""

    response: Response
    message_reference: MessageReference | None = None
    repeated_message_response: RepeatedMessageResponse | None = None
