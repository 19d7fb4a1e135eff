"""Digest authentication, both sides."""

from __future__ import annotations

import hashlib

import pytest
from aiosipua.auth import SipDigestAuth, build_credentials
from aiosipua.headers import parse_auth, stringify_auth
from aiosipua.message import SipRequest

from deploy.local.sipkit import CallFailed, FailureCause, Verdict
from deploy.local.sipkit.digest import DigestServer

PASSWORDS = {"alice": "right"}


def guard(answer, *, proxy: bool, verdicts: list):
    async def on_invite(incoming):
        verdict = incoming.verify(PASSWORDS.get, "realm")
        verdicts.append(verdict)
        if verdict is Verdict.OK:
            await answer(incoming)
        elif verdict is Verdict.WRONG:
            incoming.refuse(403)
        else:
            incoming.challenge("realm", proxy=proxy, stale=verdict is Verdict.STALE)

    return on_invite


@pytest.mark.parametrize("proxy", [False, True])
async def test_the_right_password_gets_through(make, answering, uri_of, proxy):
    verdicts: list[Verdict] = []
    server = await make(guard(answering(), proxy=proxy, verdicts=verdicts))
    client = await make()
    outgoing = await client.invite(uri_of(server), from_user="a", credentials=("alice", "right"))
    call = await outgoing.answered()
    assert verdicts == [Verdict.MISSING, Verdict.OK]
    assert call.dialog.local_cseq == 2


@pytest.mark.parametrize(
    ("credentials", "status"),
    [(("alice", "wrong"), 403), (("mallory", "right"), 403), (None, 401)],
)
async def test_wrong_or_no_credentials_do_not(make, answering, uri_of, credentials, status):
    answer = answering()
    server = await make(guard(answer, proxy=False, verdicts=[]))
    client = await make()
    outgoing = await client.invite(uri_of(server), from_user="a", credentials=credentials)
    with pytest.raises(CallFailed) as failure:
        await outgoing.answered()
    assert failure.value.status == status
    if status == 401:
        assert failure.value.cause is FailureCause.UNAUTHORIZED
    assert answer.incoming == []


async def test_a_second_challenge_is_not_answered_again(make, uri_of):
    seen = []

    async def always_challenge(incoming):
        seen.append(incoming.call_id)
        incoming.challenge("realm")

    server, client = await make(always_challenge), await make()
    outgoing = await client.invite(uri_of(server), from_user="a", credentials=("alice", "right"))
    with pytest.raises(CallFailed) as failure:
        await outgoing.answered()
    assert failure.value.cause is FailureCause.UNAUTHORIZED
    assert len(seen) == 2


def signed(challenge: str, *, call_id: str = "c1", uri: str = "sip:100@h", count: int = 1):
    request = SipRequest(method="INVITE", uri="sip:100@h")
    request.set_header("Call-ID", call_id)
    credentials = build_credentials(
        SipDigestAuth("alice", "right"), parse_auth(challenge), "INVITE", uri, nonce_count=count
    )
    assert credentials is not None
    request.set_header("Authorization", stringify_auth(credentials))
    return request


def test_a_nonce_grows_old_is_used_once_and_belongs_to_one_call():
    now = [100.0]
    server = DigestServer(clock=lambda: now[0])
    challenge = server.challenge("r", "c1")
    request = signed(challenge)
    assert server.verify(request, "r", PASSWORDS.get) is Verdict.OK
    assert server.verify(request, "r", PASSWORDS.get) is Verdict.STALE  # replayed
    assert server.verify(signed(challenge, count=2), "r", PASSWORDS.get) is Verdict.OK
    assert server.verify(signed(challenge, call_id="c2"), "r", PASSWORDS.get) is Verdict.STALE
    assert server.verify(signed(challenge, uri="sip:h", count=3), "r", PASSWORDS.get) is Verdict.OK
    assert server.verify(signed(challenge, count=4), "other", PASSWORDS.get) is Verdict.MISSING
    now[0] += 61
    assert server.verify(signed(challenge, count=5), "r", PASSWORDS.get) is Verdict.STALE


def test_a_forged_nonce_is_stale_whatever_it_holds():
    server = DigestServer()
    for nonce in ("", "1-2", "é-\ud800".encode("utf-8", "replace").decode(), "9" * 5000):
        request = signed(server.challenge("r", "c1"))
        value = f'Digest username="alice", realm="r", nonce="{nonce}", uri="sip:100@h", nc=zz'
        request.set_header("Authorization", value)
        assert server.verify(request, "r", PASSWORDS.get) is Verdict.STALE


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("qop", [True, False])
def test_the_sums_are_those_of_rfc_7616_reckoned_by_hand(qop):
    server = DigestServer()
    nonce = parse_auth(server.challenge("r", "c1")).params["nonce"]
    secret, request_sum = md5("alice:r:right"), md5("INVITE:sip:100@h")
    middle = f"{nonce}:00000001:abc:auth" if qop else nonce
    response = md5(f"{secret}:{middle}:{request_sum}")
    request = SipRequest(method="INVITE", uri="sip:100@h")
    request.set_header("Call-ID", "c1")
    counted = ', qop=auth, nc=00000001, cnonce="abc"' if qop else ""
    request.set_header(
        "Proxy-Authorization",
        f'Digest username="alice", realm="r", nonce="{nonce}", uri="sip:100@h", '
        f'response="{response}"{counted}',
    )
    assert server.verify(request, "r", PASSWORDS.get) is Verdict.OK
