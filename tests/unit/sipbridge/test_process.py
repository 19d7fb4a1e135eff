"""The process: what it says at its start, its health, its limits, and how it goes."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from livekit import api
from livekit.protocol import sip

from deploy.local.phone import CallFailed, EndCause, Phone
from deploy.local.ports import tcp
from deploy.local.sipbridge.settings import Settings, SettingsError
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import guest_in

ENV = {"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "hush"}


async def test_health_tells_of_the_sip_listener_and_of_livekit(bridge: rig.BridgeProcess) -> None:
    status, body = await rig.health(bridge)
    assert status == 200
    assert (body["sip"], body["livekit"]) == (True, True)
    assert "stand-in for livekit-sip" in str(body["implementation"])
    assert "sipbridge (stand-in for livekit-sip) listening on" in bridge.log.read_text()


async def test_without_livekit_it_is_not_healthy_and_takes_no_call(
    server: rig.Server, tmp_path: Path
) -> None:
    nowhere = f"ws://127.0.0.1:{tcp()}"
    with rig.bridge(server, tmp_path, LIVEKIT_URL=nowhere) as alone:
        status, body = await rig.health(alone)
        assert (status, body["sip"], body["livekit"]) == (503, True, False)
        async with (
            server.api(alone.http_url) as sip_api,
            await Phone.start(user="+4970009") as phone,
        ):
            await rig.add_number(sip_api, "+15557009")
            with pytest.raises(CallFailed) as refused:
                await phone.dial(alone.uri("+15557009"))
            assert refused.value.status == 503
            with pytest.raises(api.TwirpError) as failed:
                await sip_api.sip.create_sip_participant(
                    sip.CreateSIPParticipantRequest(
                        trunk=sip.SIPOutboundConfig(hostname="127.0.0.1:9"),
                        sip_number="+1",
                        sip_call_to="+2",
                        room_name="r",
                    )
                )
            assert failed.value.code == "unavailable"


async def test_no_free_port_and_silence_end_calls_and_a_stop_says_goodbye(
    server: rig.Server, livekit: api.LiveKitAPI, tmp_path: Path
) -> None:
    """One bridge with room for one call, a media time-out of 1 s, and then no bridge."""
    limits = {"SIPBRIDGE_MEDIA_TIMEOUT_S": "1"}
    with rig.bridge(server, tmp_path, most_rtp_ports=2, **limits) as small:
        async with (
            server.api(small.http_url) as sip_api,
            await Phone.start(user="+4970001") as phone,
            await Phone.start(user="+4970002") as second,
            guest_in(server, "small") as guest,
        ):
            rule = sip.SIPDispatchRule(
                dispatch_rule_direct=sip.SIPDispatchRuleDirect(room_name="small")
            )
            await rig.add_number(sip_api, "+15557000", rule=rule)
            assert stat.S_IMODE(small.state.stat().st_mode) == 0o600

            call = await asyncio.wait_for(phone.dial(small.uri("+15557000")), 3)
            with pytest.raises(CallFailed) as full:
                await second.dial(small.uri("+15557000"))
            assert full.value.status == 503
            assert set(guest.sip_legs) == {"sip_+4970001"}

            call.media.sending = False
            await asyncio.wait_for(call.ended.wait(), 4)
            await guest.until(lambda: not guest.sip_legs)

            again = await asyncio.wait_for(second.dial(small.uri("+15557000")), 3)
            os.kill(small.pid, signal.SIGTERM)
            await asyncio.wait_for(again.ended.wait(), 3)
            assert again.end_cause is EndCause.REMOTE_BYE
            await guest.until(lambda: not guest.sip_legs)
    log = small.log.read_text()
    assert "media_timeout" in log
    assert "+49700" not in log.replace("call_+", "")
    assert server.secret not in log


async def test_strangers_may_be_met_with_silence(
    server: rig.Server, livekit: api.LiveKitAPI, tmp_path: Path
) -> None:
    with rig.bridge(server, tmp_path, SIPBRIDGE_UNKNOWN_CALLS="drop") as quiet:
        async with await Phone.start(user="+4970003") as phone:
            with pytest.raises(CallFailed) as unanswered:
                await phone.dial(quiet.uri("+15550000"), ringing_timeout_s=0.7)
            assert unanswered.value.status == 408


def test_a_wrong_setting_stops_the_start_and_says_which() -> None:
    command = [sys.executable, "-m", "deploy.local.sipbridge"]
    env = {**os.environ, **ENV, "SIPBRIDGE_SIP_PORT": "many"}
    done = subprocess.run(
        command, cwd=rig.ROOT, env=env, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    assert "SIPBRIDGE_SIP_PORT" in done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIVEKIT_URL", ""),
        ("LIVEKIT_API_SECRET", ""),
        ("SIPBRIDGE_HTTP_PORT", "70000"),
        ("SIPBRIDGE_RTP_PORTS", "20000"),
        ("SIPBRIDGE_RTP_PORTS", "30000-20000"),
        ("SIPBRIDGE_UNKNOWN_CALLS", "maybe"),
        ("SIPBRIDGE_MEDIA_TIMEOUT_S", "long"),
    ],
)
def test_settings_fail_loudly(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**ENV, name: value})


def test_settings_have_defaults_and_hide_the_secret() -> None:
    settings = Settings.from_env({**ENV, "SIPBRIDGE_RTP_PORTS": "20000-20199"})
    assert settings.rtp_ports == range(20000, 20200)
    assert settings.host == "127.0.0.1"
    assert "hush" not in repr(settings)
