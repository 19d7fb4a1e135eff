"""Who hears, thinks and speaks: the same tests for each."""

from __future__ import annotations

import pytest

from telephony.enums import RealtimeProvider, VoiceProvider

Chain = tuple[RealtimeProvider, VoiceProvider]
DEFAULT: Chain = (RealtimeProvider.OPENAI_REALTIME, VoiceProvider.CARTESIA)
CASCADE: Chain = (RealtimeProvider.OPENAI_CASCADE, VoiceProvider.OPENAI_TTS)


def _each(*marks: pytest.MarkDecorator) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "chain",
        [
            pytest.param(DEFAULT, id="realtime"),
            pytest.param(CASCADE, id="cascade", marks=marks),
        ],
        indirect=True,
    )


# The second is for what takes long: with the cascade it is left to `make test-full`.
EVERY_CHAIN = _each()
EVERY_CHAIN_IN_FULL = _each(pytest.mark.full)
