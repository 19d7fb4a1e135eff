"""The streaming ears of a persona that wants them: connected for the call, and told of in it."""

from __future__ import annotations

import aiohttp

from agents.call import LiveCall
from agents.config import WorkerConfig
from agents.providers import streaming_ears
from agents.turn_taking.conductor import Conductor
from telephony.enums import EventKind, OverlapEars


def attach(
    call: LiveCall,
    conductor: Conductor,
    config: WorkerConfig,
    http: aiohttp.ClientSession | None,
) -> None:
    """While they are lost the model's own transcription decides: an event says so, the caller hears
    no difference."""
    persona = call.plan.persona
    if persona.turn_taking.overlap_ears is not OverlapEars.STREAMING:
        return
    ears = streaming_ears.build(persona, config, http)

    def told(text: str, whole: bool) -> None:
        conductor.floor.overheard(text, whole=whole)

    def switched(hears: bool, code: str) -> None:
        provider = OverlapEars.STREAMING if hears else OverlapEars.COMMITTED
        detail = {"source": "overlap_ears", "provider": provider.value}
        if code:
            detail["code"] = code
        call.recorder.event(EventKind.PROVIDER_SWITCHED, detail=detail)

    ears.on_words, ears.on_state = told, switched
    conductor.ears = ears
    call.spawn(ears.run(), "overlap-ears")
