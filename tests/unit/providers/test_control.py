"""The control endpoint: documented, typed, and for this machine only."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.local.providers.settings import SETTINGS
from tests.unit.providers.support import StandIn


async def test_every_setting_is_documented_with_its_default(stand_in: StandIn) -> None:
    async with stand_in.http.get(f"{stand_in.url}/control/") as response:
        page = await response.json()
    assert page["settings"].keys() == SETTINGS.keys()
    assert page["settings"]["transcription_delay_ms"]["default"] == 150
    assert "stand-in" in page["what"]


@pytest.mark.parametrize(
    "changes",
    [
        {"first_tokn_delay_ms": 1},
        {"first_token_delay_ms": "200"},
        {"first_token_delay_ms": True},
        {"first_token_delay_ms": -1},
        {"tokens_per_second": 0},
        {"tts_error": True},
        {"tts_error": "next 0"},
        {"tts_error": "sometimes"},
        {"realtime_drop_socket_moment": "never"},
        {"realtime_reject_connect_status": 401},
    ],
)
async def test_a_bad_setting_is_refused_by_name_and_changes_nothing(
    stand_in: StandIn, changes: dict[str, Any]
) -> None:
    url = f"{stand_in.url}/control/settings"
    async with stand_in.http.get(url) as response:
        before = await response.json()
    async with stand_in.http.patch(url, json={"tts_silence": "always", **changes}) as response:
        assert response.status == 400
        assert next(iter(changes)) in (await response.json())["error"]
    async with stand_in.http.get(url) as response:
        assert await response.json() == before


async def test_reset_restores_settings_and_phrases(stand_in: StandIn) -> None:
    async with stand_in.http.get(f"{stand_in.url}/control/ears") as response:
        before = await response.json()
    await stand_in.patch(tts_error="always", tts_realtime_factor=9)
    phrases = {"phrases": ["The kettle is on fire."]}
    async with stand_in.http.put(f"{stand_in.url}/control/ears", json=phrases) as response:
        assert "The kettle is on fire." in (await response.json())["phrases"]
    async with stand_in.http.post(f"{stand_in.url}/control/reset") as response:
        settings = await response.json()
    assert settings == {name: setting.default for name, setting in SETTINGS.items()}
    async with stand_in.http.get(f"{stand_in.url}/control/ears") as response:
        assert await response.json() == before


@pytest.mark.parametrize("phrase", ["Pass me the brrzt.", "Un café <sugar>", "<digits:99>", "..."])
async def test_a_phrase_that_cannot_be_heard_is_refused(stand_in: StandIn, phrase: str) -> None:
    url = f"{stand_in.url}/control/ears"
    async with stand_in.http.put(url, json={"phrases": [phrase]}) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert any(word in error for word in ("brrzt", "café", "<digits:99>", "..."))


async def test_a_web_page_cannot_turn_the_settings(stand_in: StandIn) -> None:
    url, headers = f"{stand_in.url}/control/settings", {"Origin": "http://evil.example"}
    async with stand_in.http.patch(url, json={}, headers=headers) as response:
        assert response.status == 403


async def test_it_says_that_it_is_a_stand_in(stand_in: StandIn) -> None:
    for path in ("/", "/healthz", "/control/"):
        async with stand_in.http.get(f"{stand_in.url}{path}") as response:
            assert response.status == 200
            assert "stand-in" in await response.text()
            assert "stand-in" in response.headers["Server"]
