"""The caller's leg: one claim before anything is published or subscribed, one name for its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from livekit import rtc
from livekit.agents import JobContext

from agents import worker
from agents.behaviors import dtmf, hangup
from agents.fixed_phrases import NO_MODEL
from agents.line import RoomLine
from agents.ports import LineLostError, StoreUnavailableError
from telephony.contracts import CallAlreadyClaimedError, CallArrival, CallPlan, CallRefusedError
from telephony.enums import EndingReason, EventKind

if TYPE_CHECKING:
    from tests.agents.conftest import Studio

REASON = rtc.DisconnectReason


@dataclass
class Publication:
    kind: int = rtc.TrackKind.KIND_AUDIO
    subscribed: bool = False

    def set_subscribed(self, subscribed: bool) -> None:
        self.subscribed = subscribed


@dataclass
class Caller:
    """A SIP participant as the room shows it."""

    identity: str = "sip_+15550199"
    kind: int = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    attributes: dict[str, str] = field(
        default_factory=lambda: {
            "sip.phoneNumber": "+15550199",
            "sip.trunkPhoneNumber": "+15550100",
            "sip.trunkID": "ST_1",
            "sip.callID": "SCL_1",
            "sip.callIDFull": "abc@host",
            "sip.callStatus": "ringing",
        }
    )
    disconnect_reason: int | None = None
    track_publications: dict[str, Publication] = field(
        default_factory=lambda: {"TR_1": Publication()}
    )


class Room(rtc.EventEmitter[Any]):
    name = "call_1"

    def __init__(self, *callers: Caller) -> None:
        super().__init__()
        self.remote_participants = {caller.identity: caller for caller in callers}

    def isconnected(self) -> bool:
        return True

    def leave(self, caller: Caller, reason: int) -> None:
        caller.disconnect_reason = reason
        del self.remote_participants[caller.identity]
        self.emit("participant_disconnected", caller)


class Job:
    """A JobContext that notes what is done with it; touching the local participant would fail."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.job = SimpleNamespace(id="AJ_1", metadata="")
        self.worker_id = "AW_1"
        self.proc = SimpleNamespace(userdata={})
        self.connected_with: str = ""
        self.shut_down: str | None = None
        self.deleted: list[str] = []
        rooms = SimpleNamespace(delete_room=self._delete)
        self.api = SimpleNamespace(room=rooms)

    async def connect(self, *, auto_subscribe: str) -> None:
        self.connected_with = auto_subscribe

    async def wait_for_participant(self, *, kind: int) -> Caller:
        return next(c for c in self.room.remote_participants.values() if c.kind == kind)

    def shutdown(self, reason: str) -> None:
        self.shut_down = reason

    async def _delete(self, request: Any) -> None:
        self.deleted.append(request.room)


def as_context(job: Job) -> JobContext:
    return cast("JobContext", job)


@pytest.mark.parametrize(
    ("answer", "deleted"),
    [
        (CallAlreadyClaimedError("another job"), []),
        (CallRefusedError(EndingReason.NUMBER_INACTIVE, "off"), ["call_1", "call_1"]),
        (StoreUnavailableError("away"), ["call_1", "call_1"]),
    ],
    ids=["claimed by another", "refused", "no database"],
)
async def test_a_call_that_is_not_ours_is_neither_published_to_nor_subscribed(
    monkeypatch: pytest.MonkeyPatch, answer: Exception, deleted: list[str]
) -> None:
    seen: list[CallArrival] = []

    class Refusing:
        async def open_call(self, arrival: CallArrival) -> CallPlan:
            seen.append(arrival)
            raise answer

    monkeypatch.setattr("agents.store.DjangoStore", Refusing)
    caller = Caller()
    job = Job(Room(caller))
    await worker.answer_call(as_context(job))
    assert job.connected_with == "subscribe_none"
    assert not caller.track_publications["TR_1"].subscribed
    assert job.deleted == deleted
    assert job.shut_down is not None
    assert "call" not in job.proc.userdata
    (arrival,) = seen
    assert (arrival.called_number, arrival.livekit_trunk_id) == ("+15550100", "ST_1")


async def test_a_call_that_breaks_while_it_is_set_up_ends_with_an_apology(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends: list[tuple[EndingReason, dict[str, str]]] = []

    class Store:
        async def open_call(self, arrival: CallArrival) -> SimpleNamespace:
            return SimpleNamespace(call_id="1", called_number=arrival.called_number, resumed=None)

    def broken(*_: object, **__: object) -> None:
        raise ValueError

    session = SimpleNamespace(start=broken)
    recorder = SimpleNamespace(event=lambda kind: None)
    call = SimpleNamespace(
        agent=None,
        session=session,
        recorder=recorder,
        end=lambda why, **how: ends.append((why, how)),
    )
    parts = SimpleNamespace(call=call, attach_room=lambda *room: None)
    monkeypatch.setattr("agents.store.DjangoStore", Store)
    monkeypatch.setattr("agents.assembly.Assembly", lambda *given, **more: parts)
    monkeypatch.setattr(RoomLine, "board", lambda *given: None)
    job = Job(Room(Caller()))
    job.proc.userdata["config"] = None
    await worker.answer_call(as_context(job))
    told = {"detail": "ValueError", "words": NO_MODEL}
    assert ends == [(EndingReason.INTERNAL_ERROR, told)]


async def test_the_call_is_answered_by_subscribing_to_the_caller() -> None:
    caller = Caller()
    room = Room(caller)
    line = RoomLine(as_context(Job(room)))
    await line.wait_for_caller()
    moments: list[str] = []
    answering = asyncio.create_task(line.answer(lambda: moments.append("active")))
    await asyncio.sleep(0)
    assert caller.track_publications["TR_1"].subscribed
    assert moments == []
    caller.attributes["sip.callStatus"] = "active"
    room.emit("participant_attributes_changed", ["sip.callStatus"], caller)
    assert moments == ["active"]
    await answering


async def test_a_caller_who_leaves_while_ringing_is_not_waited_for() -> None:
    caller = Caller()
    room = Room(caller)
    line = RoomLine(as_context(Job(room)))
    await line.wait_for_caller()
    answering = asyncio.create_task(line.answer(lambda: None))
    await asyncio.sleep(0)
    room.leave(caller, REASON.CLIENT_INITIATED)
    with pytest.raises(LineLostError):
        await answering


@pytest.mark.parametrize(
    ("reason", "answered", "ending"),
    [
        (REASON.CLIENT_INITIATED, True, EndingReason.CALLER_HUNG_UP),
        (REASON.CLIENT_INITIATED, False, EndingReason.CALLER_HUNG_UP_RINGING),
        (REASON.SIP_TRUNK_FAILURE, True, EndingReason.SIP_FAILURE),
        (REASON.MEDIA_FAILURE, True, EndingReason.MEDIA_TIMEOUT),
        (REASON.CONNECTION_TIMEOUT, True, EndingReason.LIVEKIT_LOST),
        (REASON.UNKNOWN_REASON, True, EndingReason.UNKNOWN),
        (99, True, EndingReason.UNKNOWN),
    ],
)
def test_every_way_a_caller_can_leave_has_a_name(
    reason: int, answered: bool, ending: EndingReason
) -> None:
    assert hangup.ending_of(reason, answered=answered) is ending


def test_a_leg_that_its_sip_service_gave_up_did_not_hang_up() -> None:
    reason = REASON.CLIENT_INITIATED
    given_up = hangup.ending_of(reason, answered=True, given_up=True)
    assert given_up is EndingReason.MEDIA_TIMEOUT


async def test_a_caller_who_hangs_up_in_the_greeting_ends_the_call(studio: Studio) -> None:
    caller = Caller()
    room = Room(caller)
    call = await studio.start(
        greeting="Good day, this is a rather long greeting of the test reception.",
        playback_speed=1,
    )
    hangup.attach(call, cast("rtc.Room", room), caller.identity)
    dtmf.attach(call, cast("rtc.Room", room), caller.identity)
    await studio.until(lambda: call.session.agent_state == "speaking")
    await asyncio.sleep(1)
    key = SimpleNamespace(code=5, digit="5", participant=caller)
    other = SimpleNamespace(code=6, digit="6", participant=Caller(identity="sip_desk"))
    room.emit("sip_dtmf_received", key)
    room.emit("sip_dtmf_received", other)
    room.leave(caller, REASON.CLIENT_INITIATED)
    ended = await studio.over()
    assert ended.reason is EndingReason.CALLER_HUNG_UP
    (turn,) = studio.store.turns
    assert turn.interrupted
    assert turn.text.startswith("Good day")
    assert "reception" not in turn.text
    (pressed,) = studio.store.events(EventKind.DTMF)
    assert pressed.detail == {"digit": "5"}
    assert len(studio.store.events(EventKind.CALLER_LEFT)) == 1


async def test_a_room_that_vanishes_is_named(studio: Studio) -> None:
    caller = Caller()
    room = Room(caller)
    call = await studio.start()
    hangup.attach(call, cast("rtc.Room", room), caller.identity)
    room.emit("disconnected", REASON.SERVER_SHUTDOWN)
    assert (await studio.over()).reason is EndingReason.LIVEKIT_LOST


async def test_a_call_that_ended_while_ringing_is_not_answered(studio: Studio) -> None:
    call = await studio.start()
    call.end(EndingReason.MODEL_QUOTA)
    caller = Caller()
    line = RoomLine(as_context(Job(Room(caller))))
    await line.wait_for_caller()
    assert not await call.until_ended(line.answer(lambda: None))
    assert not caller.track_publications["TR_1"].subscribed
