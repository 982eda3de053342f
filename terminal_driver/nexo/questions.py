"""Which message carries a request that moves no money, what judges its answer, and how long that may take."""

from dataclasses import dataclass

from terminal_driver.errors import LocalProtocolError
from terminal_driver.nexo import messages
from terminal_driver.nexo.binding import Body
from terminal_driver.nexo.calls import Call, HostCall, LoginCall, LogoutCall, StatusCall, TotalsCall
from terminal_driver.nexo.configuration import NexoConfig
from terminal_driver.nexo.vocabulary import Category
from terminal_driver.operations import Diagnosis, DiagnosisKind, EndOfDay, LogOff, Operation, Totals

_CAPABILITIES = ("CashierStatus", "CashierError", "CashierDisplay", "PrinterReceipt")


@dataclass(frozen=True, slots=True)
class Question:
    """A request ready to be sent. ``patience_s``: seconds without a sign of life."""

    category: Category
    body: Body
    call: Call
    patience_s: float


def login_question(config: NexoConfig, time_stamp: str) -> Question:
    """Return a login; ``time_stamp``: ISO 8601 with zone."""
    body = messages.LoginRequest(
        date_time=time_stamp,
        sale_software=messages.SaleSoftware("Tillbridge", "Tillbridge", config.software_version, ""),
        operator_language=config.language,
        sale_terminal_data=messages.SaleTerminalData(config.totals_group_id or None, _CAPABILITIES),
    )
    return Question(Category.LOGIN, body, LoginCall(config.poi_id, config.language), config.answer_timeout_s)


def status_question(config: NexoConfig) -> Question:
    """Return a diagnosis of the terminal alone."""
    body = messages.DiagnosisRequest(host_diagnosis_flag=False)
    return Question(Category.DIAGNOSIS, body, StatusCall(config.language), config.answer_timeout_s)


def question_of(operation: Operation, config: NexoConfig) -> Question:
    """Return the request of an operation.

    Raises:
        LocalProtocolError: ``not_supported``.
    """
    slow_s, quick_s, language = config.completion_timeout_s, config.answer_timeout_s, config.language
    match operation:
        case EndOfDay():
            body = messages.ReconciliationRequest(config.reconciliation_type)
            return Question(Category.RECONCILIATION, body, TotalsCall(config.currency_numeric, language), slow_s)
        case Totals():
            call = TotalsCall(config.currency_numeric, language)
            return Question(Category.GET_TOTALS, messages.GetTotalsRequest(), call, quick_s)
        case Diagnosis(kind=None | DiagnosisKind.LINE):
            question = messages.DiagnosisRequest(host_diagnosis_flag=True)
            return Question(Category.DIAGNOSIS, question, HostCall(language), slow_s)
        case LogOff():
            return Question(Category.LOGOUT, messages.LogoutRequest(), LogoutCall(language), quick_s)
        case _:
            raise LocalProtocolError("not_supported", f"nexo has no message for {type(operation).__name__}")
