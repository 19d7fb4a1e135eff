"""A request inside a call, as a handler of its method sees it."""

from __future__ import annotations

from collections.abc import Mapping

from deploy.local.sipkit.message import add_headers, header_values
from deploy.local.sipkit.transactions import ServerTransaction

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REFER, NOTIFY"


class InDialogRequest:
    """A request inside a call. Its handler must call ``respond`` once."""

    def __init__(self, transaction: ServerTransaction) -> None:
        message = transaction.request.message
        self.method = message.method
        self.headers = header_values(message)
        self.body = message.body
        self.transaction = transaction

    def respond(
        self, status: int, reason: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer; a second answer is ignored."""
        response = self.transaction.response(status, reason)
        add_headers(response, headers)
        if status == 405 or self.method == "OPTIONS":
            response.set_header("Allow", ALLOW)
        self.transaction.respond(response)
