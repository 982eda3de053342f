"""The stores of credit and transfers as a part of the unit of work."""

from gateway.adapters.db.credit.credit_customers import SqlCustomerStore
from gateway.adapters.db.credit.credit_links import SqlPayLinkStore
from gateway.adapters.db.credit.credit_transfers import SqlTransferOrderStore
from gateway.adapters.db.credit.credit_vouchers import SqlVoucherStore
from gateway.adapters.db.statements import Statements


class CreditUnit:
    """What a unit of work has for credit; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def vouchers(self) -> SqlVoucherStore:
        """Vouchers and store credit."""
        return SqlVoucherStore(self._statements)

    @property
    def customers(self) -> SqlCustomerStore:
        """Customers on account."""
        return SqlCustomerStore(self._statements)

    @property
    def transfer_orders(self) -> SqlTransferOrderStore:
        """Bank transfers that were asked for."""
        return SqlTransferOrderStore(self._statements)

    @property
    def pay_links(self) -> SqlPayLinkStore:
        """Pay links."""
        return SqlPayLinkStore(self._statements)
