"""Who may ask the API, what it keeps over a restart, and what it never shows."""

from __future__ import annotations

import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from livekit import api
from livekit.protocol import sip

from deploy.local.sipbridge.store import StateError, Store

KEY, SECRET = "testkey", "a-secret-that-is-long-enough-for-hs256"
Client = Callable[[Store], Awaitable[api.LiveKitAPI]]
TRUNK = sip.SIPInboundTrunkInfo(numbers=["+15550100"], auth_username="u", auth_password="hush-hush")


async def test_a_restart_keeps_ids_and_passwords_in_a_file_of_its_owner_alone(
    connect: Client, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "state.json"
    before = await connect(Store(path))
    trunk = await before.sip.create_inbound_trunk(sip.CreateSIPInboundTrunkRequest(trunk=TRUNK))
    outbound = await before.sip.create_outbound_trunk(
        sip.CreateSIPOutboundTrunkRequest(
            trunk=sip.SIPOutboundTrunkInfo(address="127.0.0.1", numbers=["+15550100"])
        )
    )
    rule = await before.sip.create_dispatch_rule(
        sip.CreateSIPDispatchRuleRequest(
            rule=sip.SIPDispatchRule(
                dispatch_rule_direct=sip.SIPDispatchRuleDirect(room_name="lobby")
            ),
            trunk_ids=[trunk.sip_trunk_id],
        )
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]
    store = Store(path)
    after = await connect(store)
    listed = await after.sip.list_inbound_trunk(sip.ListSIPInboundTrunkRequest())
    assert list(listed.items) == [trunk]
    assert (store.outbound_trunks(), store.rules()) == ([outbound], [rule])


def test_a_state_file_that_cannot_be_read_stops_the_start_without_being_quoted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"version": 1, "inbound_trunks": [{"auth_password": "hush" ')
    with pytest.raises(StateError) as stopped:
        Store(path)
    assert "hush" not in str(stopped.value)


async def test_no_password_is_logged_or_shown(
    connect: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="sipbridge")
    store = Store()
    client = await connect(store)
    await client.sip.create_inbound_trunk(sip.CreateSIPInboundTrunkRequest(trunk=TRUNK))
    assert caplog.records
    assert "hush" not in caplog.text + repr(store)


def token(grants: api.SIPGrants | None, *, key: str = KEY, secret: str = SECRET) -> str:
    made = api.AccessToken(key, secret).with_identity("someone")
    return (made.with_sip_grants(grants) if grants else made).to_jwt()


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 401, "unauthenticated"),
        ("Bearer nonsense", 401, "unauthenticated"),
        ("Basic " + token(api.SIPGrants(admin=True)), 401, "unauthenticated"),
        ("Bearer " + token(api.SIPGrants(admin=True), secret=SECRET[::-1]), 401, "unauthenticated"),
        ("Bearer " + token(api.SIPGrants(admin=True), key="other"), 401, "unauthenticated"),
        ("Bearer " + token(None), 403, "permission_denied"),
        ("Bearer " + token(api.SIPGrants(call=True)), 403, "permission_denied"),
        ("Bearer " + token(api.SIPGrants(admin=True)), 200, None),
    ],
)
async def test_only_a_token_with_the_grant_opens_the_api(
    serve: Callable[[Store], Awaitable[str]],
    authorization: str | None,
    status: int,
    code: str | None,
) -> None:
    url = await serve(Store())
    headers = {"Authorization": authorization} if authorization else {}
    async with (
        aiohttp.ClientSession() as client,
        client.post(
            url + "/twirp/livekit.SIP/ListSIPInboundTrunk", json={}, headers=headers
        ) as answer,
    ):
        assert answer.status == status
        assert (await answer.json()).get("code") == code


async def test_the_api_speaks_json_too(serve: Callable[[Store], Awaitable[str]]) -> None:
    url = await serve(Store())
    headers = {"Authorization": "Bearer " + token(api.SIPGrants(admin=True))}
    async with aiohttp.ClientSession(headers=headers) as client:
        trunk = {"trunk": {"name": "n", "numbers": ["+15550100"]}}
        async with client.post(
            url + "/twirp/livekit.SIP/CreateSIPInboundTrunk", json=trunk
        ) as answer:
            made = await answer.json()
        async with client.post(
            url + "/twirp/livekit.SIP/GetSIPInboundTrunk",
            json={"sip_trunk_id": made["sip_trunk_id"]},
        ) as answer:
            assert (await answer.json())["trunk"]["numbers"] == ["+15550100"]
        async with client.post(url + "/twirp/livekit.SIP/NoSuch", json={}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "bad_route")
        async with client.post(
            url + "/twirp/livekit.SIP/GetSIPInboundTrunk",
            data=b"\xff\xff",
            headers={"Content-Type": "application/protobuf"},
        ) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "malformed")
