"""A realtime model whose connection may fail without a turn being lost, see steady_session.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from livekit.agents import llm

from agents.providers.steady_session import SteadySession


class SteadyModel(llm.RealtimeModel):
    """``models`` in the order of preference; one alone is opened anew when it fails.
    ``independent``: what one refuses another may do, as they are of different accounts.

    ``on_switch`` is told the provider that takes over; ``on_unheard()`` that the connection went
    while the caller spoke, and nobody here has their words: the model's server takes the turns.
    """

    def __init__(self, models: Sequence[llm.RealtimeModel], *, independent: bool = False) -> None:
        super().__init__(capabilities=models[0].capabilities)
        self._label = models[0].label
        self.models = list(models)
        self.independent = independent
        self.on_switch: Callable[[str], None] | None = None
        self.on_unheard: Callable[[], None] = lambda: None

    @property
    def model(self) -> str:
        return self.models[0].model

    @property
    def provider(self) -> str:
        return self.models[0].provider

    def session(self, *, turn_detection_disabled: bool = False) -> SteadySession:
        return SteadySession(self)  # turn detection was decided when each model was built

    async def aclose(self) -> None:
        for model in self.models:
            await model.aclose()
