"""Replies that somebody waits for, whatever becomes of the connection that they were asked on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import llm

logger = logging.getLogger(__name__)

# From response.create to response.created: at OpenAI a matter of milliseconds.
BEGIN_TIMEOUT_S = 5.0
# Who asks anew meanwhile has waited already, and waits so long at least.
AFTER_WAITING_S = 1.0
MAX_ASKED = 3
RETRY_S = 0.2

Promise = asyncio.Future[llm.GenerationCreatedEvent]


@dataclass(eq=False)
class _Owed:
    """``answer`` is what the asker waits for, ``inner`` the model's own promise of it."""

    options: dict[str, Any]
    answer: Promise
    times: int = 0
    inner: Promise | None = None
    asked_at: float = 0.0
    timer: asyncio.TimerHandle | None = None


class OwedReplies:
    """``ask(options)`` asks the model, or returns None while it is away. ``on_late()`` is told that
    a reply does not begin, ``on_begun()`` that one has, ``on_unwanted()`` that one has begun for
    nobody: it must be stopped, as the model gives no other until it is over."""

    def __init__(
        self,
        ask: Callable[[dict[str, Any]], Promise | None],
        *,
        on_late: Callable[[], None],
        on_begun: Callable[[], None],
        on_unwanted: Callable[[], None],
    ) -> None:
        self._ask_model = ask
        self._on_late = on_late
        self._on_begun = on_begun
        self._on_unwanted = on_unwanted
        self._owed: list[_Owed] = []
        self._waited_s = 0.0  # for replies that were given up, and had not begun

    @property
    def any(self) -> bool:
        return bool(self._owed)

    def ask(self, options: dict[str, Any]) -> Promise:
        owed = _Owed(options, asyncio.get_running_loop().create_future())
        owed.answer.add_done_callback(lambda answer: self._over(owed))
        self._owed.append(owed)
        self._ask(owed)
        return owed.answer

    def ask_again(self) -> None:
        """The model is back: what it owed before it does not remember."""
        self._waited_s = 0.0
        for owed in list(self._owed):
            owed.inner = None
            if owed.timer is not None:
                owed.timer.cancel()
            self._ask(owed)

    def cancel(self) -> None:
        for owed in list(self._owed):
            owed.answer.cancel()

    def _ask(self, owed: _Owed) -> None:
        if owed.answer.done() or (inner := self._ask_model(owed.options)) is None:
            return
        owed.times += 1
        owed.inner = inner
        inner.add_done_callback(lambda done: self._answered(owed, done))
        loop = asyncio.get_running_loop()
        owed.asked_at = loop.time()
        within_s = max(AFTER_WAITING_S, BEGIN_TIMEOUT_S - self._waited_s)
        owed.timer = loop.call_later(within_s, self._look, owed, inner)

    def _answered(self, owed: _Owed, inner: Promise) -> None:
        if owed.inner is not inner or inner.cancelled() or owed.answer.done():
            return
        if (error := inner.exception()) is None:
            self._waited_s = 0.0
            self._on_begun()
            owed.answer.set_result(inner.result())
        elif owed.times >= MAX_ASKED:
            owed.answer.set_exception(error)
        else:
            if owed.timer is not None:
                owed.timer.cancel()
            owed.timer = asyncio.get_running_loop().call_later(RETRY_S, self._ask, owed)

    def _look(self, owed: _Owed, inner: Promise) -> None:
        if owed.inner is inner and not inner.done() and owed.times < MAX_ASKED:
            logger.warning("the model does not begin a reply; its session is opened anew")
            self._on_late()

    def _over(self, owed: _Owed) -> None:
        if owed in self._owed:
            self._owed.remove(owed)
        if owed.timer is not None:
            owed.timer.cancel()
        inner = owed.inner
        if not owed.answer.cancelled() or inner is None or inner.cancelled():
            return
        if not inner.done():
            inner.cancel()
            waited_s = asyncio.get_running_loop().time() - owed.asked_at
            if waited_s >= AFTER_WAITING_S:  # a draft is given up sooner
                self._waited_s += waited_s
        elif inner.exception() is None:  # it has begun, and ``_answered`` was about to tell
            self._on_unwanted()
