"""The messages of nexo Retailer as frozen classes: envelope, device dialogue, service dialogue without money.

Field order is the order of elements in XML. The bodies that move money stand in
:mod:`terminal_driver.nexo.payment_messages`.
"""

from dataclasses import dataclass
from decimal import Decimal

from terminal_driver.nexo.shape import line, words


@dataclass(frozen=True, slots=True)
class MessageHeader:
    """Identity of a message: an answer repeats all of it but the type.

    ``service_id``: at most ten signs, one per pair of messages, never used again. ``device_id``: the same for a device
    message within a service.
    """

    message_class: str
    message_category: str
    message_type: str
    sale_id: str
    poi_id: str
    service_id: str | None = None
    device_id: str | None = None
    protocol_version: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """How a request ended: ``vocabulary.Result``, ``vocabulary.ErrorCondition``, and the terminal's own words."""

    result: str
    error_condition: str | None = None
    additional_response: str | None = words()


@dataclass(frozen=True, slots=True)
class TransactionIdentification:
    """Name and time of a transaction; both are quoted letter for letter."""

    transaction_id: str
    time_stamp: str


@dataclass(frozen=True, slots=True)
class MessageReference:
    """Names an earlier message."""

    message_category: str | None = None
    service_id: str | None = None
    sale_id: str | None = None
    poi_id: str | None = None


@dataclass(frozen=True, slots=True)
class SaleSoftware:
    """Who wrote the register."""

    manufacturer_id: str
    application_name: str
    software_version: str
    certification_code: str


@dataclass(frozen=True, slots=True)
class SaleTerminalData:
    """What the register can do for the terminal."""

    totals_group_id: str | None = None
    sale_capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """Opens the dialogue."""

    date_time: str
    sale_software: SaleSoftware
    operator_language: str
    sale_terminal_data: SaleTerminalData | None = None
    operator_id: str | None = None


@dataclass(frozen=True, slots=True)
class PoiStatus:
    """State of the terminal and its parts."""

    global_status: str
    ped_ok_flag: bool | None = None
    card_reader_ok_flag: bool | None = None
    printer_status: str | None = None
    communication_ok_flag: bool | None = None


@dataclass(frozen=True, slots=True)
class PoiSystemData:
    """What the terminal tells at login."""

    date_time: str | None = None
    poi_status: PoiStatus | None = None


@dataclass(frozen=True, slots=True)
class LoginResponse:
    """Answer to a login."""

    response: Response
    poi_system_data: PoiSystemData | None = None


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """Closes the dialogue."""

    maintenance_allowed: bool | None = None


@dataclass(frozen=True, slots=True)
class LogoutResponse:
    """Answer to a logout."""

    response: Response


@dataclass(frozen=True, slots=True)
class DiagnosisRequest:
    """Asks for the state; ``host_diagnosis_flag``: the terminal calls its host."""

    host_diagnosis_flag: bool | None = None


@dataclass(frozen=True, slots=True)
class HostStatus:
    """Whether one acquirer answers."""

    acquirer_id: str
    is_reachable_flag: bool | None = None


@dataclass(frozen=True, slots=True)
class DiagnosisResponse:
    """Answer to a diagnosis."""

    response: Response
    poi_status: PoiStatus | None = None
    host_status: tuple[HostStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class PaymentTotals:
    """Count and sum of one kind of transaction; the amount in major units."""

    transaction_type: str
    transaction_count: int
    transaction_amount: Decimal


@dataclass(frozen=True, slots=True)
class TransactionTotals:
    """Totals of one card brand in one currency."""

    payment_instrument_type: str | None = None
    acquirer_id: str | None = None
    card_brand: str | None = None
    payment_currency: str | None = None
    payment_totals: tuple[PaymentTotals, ...] = ()


@dataclass(frozen=True, slots=True)
class ReconciliationRequest:
    """Closes the day."""

    reconciliation_type: str


@dataclass(frozen=True, slots=True)
class ReconciliationResponse:
    """Answer to a reconciliation."""

    response: Response
    reconciliation_type: str | None = None
    poi_reconciliation_id: str | None = None
    transaction_totals: tuple[TransactionTotals, ...] = ()


@dataclass(frozen=True, slots=True)
class GetTotalsRequest:
    """Reads the totals and closes nothing."""

    total_details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GetTotalsResponse:
    """Answer to a question for totals."""

    response: Response
    poi_reconciliation_id: str | None = None
    transaction_totals: tuple[TransactionTotals, ...] = ()


@dataclass(frozen=True, slots=True)
class AbortRequest:
    """Stops a running request, which answers for itself; this one has no answer."""

    message_reference: MessageReference
    abort_reason: str


@dataclass(frozen=True, slots=True)
class OutputText:
    """A piece of text with its looks; ``end_of_line_flag`` False glues the next one to it."""

    text: str = line()
    character_style: str | None = None
    character_width: str | None = None
    character_height: str | None = None
    alignment: str | None = None
    end_of_line_flag: bool | None = None


@dataclass(frozen=True, slots=True)
class OutputContent:
    """What is shown or printed. ``output_format``: ``Text`` is the one this driver reads."""

    output_format: str
    output_text: tuple[OutputText, ...] = ()


@dataclass(frozen=True, slots=True)
class DisplayOutput:
    """One text for one display."""

    device: str
    info_qualify: str
    output_content: OutputContent
    response_required_flag: bool | None = None
    minimum_display_time: int | None = None


@dataclass(frozen=True, slots=True)
class DisplayRequest:
    """Shows texts."""

    display_output: tuple[DisplayOutput, ...]


@dataclass(frozen=True, slots=True)
class OutputResult:
    """How one output or input ended."""

    device: str
    info_qualify: str
    response: Response


@dataclass(frozen=True, slots=True)
class DisplayResponse:
    """Answer to a display request, one result per text."""

    output_result: tuple[OutputResult, ...]


@dataclass(frozen=True, slots=True)
class PrintOutput:
    """One text for a printer."""

    document_qualifier: str
    response_mode: str
    output_content: OutputContent
    required_signature_flag: bool | None = None


@dataclass(frozen=True, slots=True)
class PrintRequest:
    """Prints a text."""

    print_output: PrintOutput


@dataclass(frozen=True, slots=True)
class PrintResponse:
    """Answer to a print request."""

    document_qualifier: str
    response: Response


@dataclass(frozen=True, slots=True)
class InputData:
    """What is to be typed."""

    device: str
    info_qualify: str
    input_command: str


@dataclass(frozen=True, slots=True)
class InputRequest:
    """Asks somebody at the register."""

    input_data: InputData
    display_output: DisplayOutput | None = None


@dataclass(frozen=True, slots=True)
class InputResponse:
    """Answer to an input request."""

    input_result: OutputResult


@dataclass(frozen=True, slots=True)
class EventNotification:
    """Something happened at the terminal; nobody answers."""

    event_to_notify: str
    time_stamp: str | None = None
    event_details: str | None = words()
