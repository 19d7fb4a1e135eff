"""What livekit-server refuses to store, and why: trunks that cannot be told apart, twin rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from livekit.protocol import models, sip

from .errors import TwirpError, invalid
from .numbers import normalize

# RFC 3261 section 25.1, token.
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
# Headers a caller of the API may not set: they belong to the dialog.
_RESERVED = frozenset(
    {
        "accept",
        "allow",
        "call-id",
        "contact",
        "content-length",
        "content-type",
        "cseq",
        "from",
        "max-forwards",
        "record-route",
        "require",
        "route",
        "supported",
        "to",
        "user-agent",
        "via",
        "authorization",
        "proxy-authorization",
    }
)


def check_inbound_trunk(trunk: sip.SIPInboundTrunkInfo) -> None:
    """Raises TwirpError invalid_argument."""
    if not (trunk.auth_username or trunk.auth_password) and not (
        trunk.allowed_addresses or trunk.numbers
    ):
        raise invalid(
            "for security, one of the fields must be set: "
            "AuthUsername+AuthPassword, AllowedAddresses or Numbers"
        )
    if bool(trunk.auth_username) != bool(trunk.auth_password):
        raise invalid("auth_username and auth_password go together")
    _check_mappings(trunk)
    check_headers(trunk.headers)


def check_outbound_trunk(trunk: sip.SIPOutboundTrunkInfo) -> None:
    """Raises TwirpError invalid_argument."""
    if not trunk.numbers:
        raise invalid("no trunk numbers specified")
    if not trunk.address:
        raise invalid("no outbound address specified")
    check_hostname(trunk.address, "trunk address")
    check_hostname(trunk.from_host, "from_host")
    _check_mappings(trunk)
    check_headers(trunk.headers)


def check_outbound_config(config: sip.SIPOutboundConfig) -> None:
    """Raises TwirpError invalid_argument."""
    if not config.hostname:
        raise invalid("no outbound hostname specified")
    check_hostname(config.hostname, "trunk hostname")
    check_hostname(config.from_host, "from_host")
    _check_mappings(config)


def check_rule(rule: sip.SIPDispatchRuleInfo) -> None:
    """Raises TwirpError: invalid_argument, or unimplemented for a PIN."""
    if not rule.HasField("rule") or rule.rule.WhichOneof("rule") is None:
        raise invalid("missing rule")
    if pin_of(rule):
        raise TwirpError("unimplemented", "sipbridge, the stand-in for livekit-sip, knows no PINs")


def check_hostname(value: str, field: str) -> None:
    """A host name or an address, with a port perhaps: never a URI. Raises TwirpError."""
    if "transport=" in value:
        raise invalid(f"{field} should not contain transport parameter")
    if any(sign in value for sign in "@; \r\n") or value.startswith(("sip:", "sips:")):
        raise invalid(f"{field} should be a hostname or IP, not SIP URI")


def check_headers(headers: Mapping[str, str]) -> None:
    """Names are tokens and not the dialog's own; values are one line. Raises TwirpError."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise invalid(f"invalid header name: {name!r}")
        if name.lower() in _RESERVED:
            raise invalid(f"invalid header name: {name} is set by the SIP service itself")
        if len(value) > 1024 or any(ord(sign) < 32 and sign != "\t" for sign in value):
            raise invalid(f"invalid header value for {name}")


def check_trunk_conflicts(trunks: Iterable[sip.SIPInboundTrunkInfo]) -> None:
    """Two trunks may share a called number only if their allowed callers differ.

    Addresses and credentials do not tell trunks apart, in livekit-server neither. Raises
    TwirpError invalid_argument.
    """
    seen: dict[tuple[str, str], sip.SIPInboundTrunkInfo] = {}
    for trunk in trunks:
        for called in {normalize(number) for number in trunk.numbers} or {""}:
            for caller in {normalize(number) for number in trunk.allowed_numbers} or {""}:
                other = seen.setdefault((called, caller), trunk)
                if other is not trunk:
                    raise invalid(
                        f"Conflicting inbound SIP Trunks: {_named(trunk.sip_trunk_id)} and "
                        f"{_named(other.sip_trunk_id)}, using the same number(s) "
                        f"{list(trunk.numbers) or '<any>'} "
                        + (f"and AllowedNumber {caller!r}" if caller else "without AllowedNumbers")
                    )


def check_rule_conflicts(rules: Iterable[sip.SIPDispatchRuleInfo]) -> None:
    """No two rules for the same trunk, caller, called number and PIN. Raises TwirpError."""
    seen: dict[tuple[str, str, str, str], sip.SIPDispatchRuleInfo] = {}
    for rule in rules:
        for trunk_id in set(rule.trunk_ids) or {""}:
            for caller in {normalize(number) for number in rule.inbound_numbers} or {""}:
                for called in {normalize(number) for number in rule.numbers} or {""}:
                    other = seen.setdefault((pin_of(rule), trunk_id, caller, called), rule)
                    if other is not rule:
                        raise invalid(
                            "Dispatch rule for the same trunk, inbound number, number, and PIN "
                            "combination already exists in dispatch rule "
                            f"{_named(other.sip_dispatch_rule_id)} {other.name!r}"
                        )


def pin_of(rule: sip.SIPDispatchRuleInfo) -> str:
    """The rule's PIN, or ''."""
    kind = rule.rule.WhichOneof("rule")
    return "" if kind is None else str(getattr(rule.rule, kind).pin)


def apply_list_update(items: list[str], update: models.ListUpdate) -> list[str]:
    """``items`` after ``update``. Raises TwirpError invalid_argument on a contradiction."""
    change = bool(update.set or update.add or update.remove)
    if update.clear == change:
        raise invalid("a list update either clears the list or changes it")
    if update.set and (update.add or update.remove):
        raise invalid("cannot set and change the list at the same time")
    if "" in (*update.set, *update.add, *update.remove):
        raise invalid("empty element in the list")
    if update.clear or update.set:
        return list(update.set)
    kept = [item for item in items if item not in update.remove]
    return kept + [item for item in update.add if item not in kept]


def _check_mappings(
    trunk: sip.SIPInboundTrunkInfo | sip.SIPOutboundTrunkInfo | sip.SIPOutboundConfig,
) -> None:
    for name in (*trunk.attributes_to_headers.values(), *trunk.headers_to_attributes):
        if not _TOKEN.fullmatch(name):
            raise invalid(f"invalid header name: {name!r}")


def _named(identifier: str) -> str:
    return f'"{identifier or "<new>"}"'
