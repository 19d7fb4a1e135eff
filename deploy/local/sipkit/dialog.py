"""A dialog (RFC 3261 section 12): the headers that make a request part of a call."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiosipua.message import SipMessage, SipRequest
from aiosipua.utils import generate_branch

from deploy.local.sipkit.address import read_address
from deploy.local.sipkit.message import SipAddress, uri_host, usable_address


@dataclass
class Dialog:
    """One call's identifiers. ``local`` and ``remote`` are whole From/To values with tags."""

    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    remote_target: str
    peer: SipAddress  # where the peer's messages come from
    contact: str
    own_address: SipAddress
    local_cseq: int = 0
    remote_cseq: int = 0
    route_set: list[str] = field(default_factory=list)

    def destination(self) -> SipAddress:
        """Where requests go: the first route or the peer's Contact, if a datagram can go there.

        A Contact that is a name or nonsense falls back to the address the peer sends from.
        """
        next_hop = self.route_set[0] if self.route_set else f"<{self.remote_target}>"
        uri = read_address(next_hop).uri
        return usable_address(uri.host, uri.port) or self.peer

    def take_target(self, message: SipMessage) -> None:
        """Update the remote target from a message's Contact (a target refresh)."""
        contacts = message.headers.get("contact")
        if contacts:
            target = self._target_of(contacts[0])
            if target:
                self.remote_target = target

    @staticmethod
    def _target_of(contact: str) -> str:
        start, end = contact.find("<"), contact.find(">")
        target = contact[start + 1 : end] if 0 <= start < end else contact.split(";")[0]
        target = target.strip()
        # It becomes a request line: nothing but one word may go there.
        return target if target.lower().startswith("sip:") and " " not in target else ""

    def request(self, method: str, *, cseq: int | None = None) -> tuple[SipRequest, str]:
        """A new in-dialog request and its branch; ``cseq`` is given for ACK only."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        request = SipRequest(method=method, uri=self.remote_target)
        branch = generate_branch()
        request.add_header("Via", f"SIP/2.0/UDP {uri_host(self.own_address)};branch={branch};rport")
        request.set_header("From", self.local)
        request.set_header("To", self.remote)
        request.set_header("Call-ID", self.call_id)
        request.set_header("CSeq", f"{cseq} {method}")
        request.set_header("Max-Forwards", "70")
        for route in self.route_set:
            request.add_header("Route", route)
        request.set_header("Contact", self.contact)
        return request, branch
