"""The words of nexo messages. Fields hold plain text, since a terminal may know more words; these are ours to compare.

Source of the lists: public documentation of providers (message shapes of nexo Retailer 3.0 and 3.1).
"""

from enum import StrEnum

PROTOCOL_VERSION = "3.1"
SERVICE_ID_SIGNS_MAX = 10
PARTY_SIGNS_MAX = 32
"""Longest SaleID and POIID."""


class MessageClass(StrEnum):
    """Who serves whom."""

    SERVICE = "Service"
    DEVICE = "Device"
    EVENT = "Event"


class MessageType(StrEnum):
    """Which half of a pair, or none."""

    REQUEST = "Request"
    RESPONSE = "Response"
    NOTIFICATION = "Notification"


class Category(StrEnum):
    """What a message is about; with the type behind it, the name of its body."""

    LOGIN = "Login"
    LOGOUT = "Logout"
    PAYMENT = "Payment"
    REVERSAL = "Reversal"
    ABORT = "Abort"
    TRANSACTION_STATUS = "TransactionStatus"
    RECONCILIATION = "Reconciliation"
    GET_TOTALS = "GetTotals"
    DIAGNOSIS = "Diagnosis"
    DISPLAY = "Display"
    PRINT = "Print"
    INPUT = "Input"
    EVENT = "Event"


class Result(StrEnum):
    """How a request ended."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    PARTIAL = "Partial"


class ErrorCondition(StrEnum):
    """Why a request failed."""

    ABORTED = "Aborted"
    BUSY = "Busy"
    CANCEL = "Cancel"
    DEVICE_OUT = "DeviceOut"
    IN_PROGRESS = "InProgress"
    INSERTED_CARD = "InsertedCard"
    INVALID_CARD = "InvalidCard"
    LOGGED_OUT = "LoggedOut"
    MESSAGE_FORMAT = "MessageFormat"
    NOT_ALLOWED = "NotAllowed"
    NOT_FOUND = "NotFound"
    PAYMENT_RESTRICTION = "PaymentRestriction"
    REFUSAL = "Refusal"
    UNAVAILABLE_DEVICE = "UnavailableDevice"
    UNAVAILABLE_SERVICE = "UnavailableService"
    UNREACHABLE_HOST = "UnreachableHost"
    WRONG_PIN = "WrongPIN"


class PaymentType(StrEnum):
    """What a payment request wants, as far as this driver asks for it."""

    NORMAL = "Normal"
    REFUND = "Refund"
    FIRST_RESERVATION = "FirstReservation"
    COMPLETION = "Completion"


class ReversalReason(StrEnum):
    """Why a transaction is undone."""

    CUSTOMER_CANCEL = "CustCancel"
    MERCHANT_CANCEL = "MerchantCancel"
    MALFUNCTION = "Malfunction"
    UNABLE_TO_COMPLETE = "Unable2Compl"


class GlobalStatus(StrEnum):
    """State of a terminal."""

    OK = "OK"
    BUSY = "Busy"
    MAINTENANCE = "Maintenance"
    UNREACHABLE = "Unreachable"


class DocumentQualifier(StrEnum):
    """For whom a text is printed."""

    SALE_RECEIPT = "SaleReceipt"
    CASHIER_RECEIPT = "CashierReceipt"
    CUSTOMER_RECEIPT = "CustomerReceipt"
    DOCUMENT = "Document"
    VOUCHER = "Voucher"
    JOURNAL = "Journal"


class Device(StrEnum):
    """A display, printer or keyboard, by whom it serves."""

    CASHIER_DISPLAY = "CashierDisplay"
    CUSTOMER_DISPLAY = "CustomerDisplay"
    PRINTER = "Printer"
    CASHIER_INPUT = "CashierInput"
