"""Audio in and out of LiveKit rooms, for many rooms on one clock.

The livekit package hands every audio frame of every room, and the receipt of every frame sent, to
every room's event queue: with eight calls that is thousands of event-loop wake-ups a second. The
hub takes both out of that stream in the thread they arrive in. A frame received waits in a short
queue until the clock asks for it; a frame sent is not waited for at all. It uses private parts of
livekit.rtc (pinned, 1.1.21): FfiClient and the request messages. Audio is s16le mono, 8 kHz here;
it is published at 48 kHz, which livekit carries 15 ms sooner than 8 kHz (measured).
"""

from __future__ import annotations

import collections
import ctypes
import threading
from typing import Any, cast

import numpy as np
from livekit import rtc
from livekit.rtc._ffi_client import FfiClient, FfiHandle, FfiQueue, ffi_event_callback
from livekit.rtc._proto import audio_frame_pb2 as frames_pb
from livekit.rtc._proto import ffi_pb2

from .upsampling import UPSAMPLED_RATE, Upsampler

SAMPLE_RATE = 8000
FRAME_BYTES = 320  # 20 ms
SILENCE = bytes(FRAME_BYTES)

# LiveKit's direct capture (queue_size_ms=0) takes pieces of exactly 10 ms.
_PIECE_MS = 10
_PIECE_BYTES = FRAME_BYTES // 2
_PIECES = FRAME_BYTES // _PIECE_BYTES
_SENT_PIECE_BYTES = UPSAMPLED_RATE // 1000 * _PIECE_MS * 2

# Never more than this waits (80 ms): later audio replaces it.
_MOST_PIECES = 8
# What a feed keeps in hand over a tick, against jitter: none at first, a piece more each time it
# ran dry, a piece less after half a minute in which it never did.
_MOST_CUSHION = 4
_CALM_TICKS = 1500
# More than the cushion in hand over a whole second is given back, a piece at a time, and while
# it is loud not for another second: a cut in silence is not heard.
_TRIM_TICKS = 50
_LATEST_TRIM_TICKS = 100
_QUIET = 300
_MOST_UNSENT = 6


class AudioHub:
    """Carries the audio of all rooms of this process. One per process: it hooks livekit.rtc."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds: dict[int, TrackFeed] = {}
        self._sinks: dict[int, TrackSink] = {}  # by the id of the capture in flight
        client = FfiClient.instance
        client._queue = _AudioAwareQueue(self)
        # livekit writes its log itself (RUST_LOG): Python would decode 4,000 records a join.
        version = rtc.__version__.encode()
        client._ffi_lib.livekit_ffi_initialize(ffi_event_callback, False, b"python", version)

    def feed(self, track: rtc.RemoteAudioTrack) -> TrackFeed:
        """Start to receive ``track``."""
        request = ffi_pb2.FfiRequest()
        stream = request.new_audio_stream
        stream.track_handle = track._ffi_handle.handle
        stream.type = frames_pb.AudioStreamType.AUDIO_STREAM_NATIVE
        stream.sample_rate = SAMPLE_RATE
        stream.num_channels = 1
        stream.frame_size_ms = _PIECE_MS
        handle = FfiHandle(FfiClient.instance.request(request).new_audio_stream.stream.handle.id)
        feed = TrackFeed(self, handle)
        with self._lock:
            self._feeds[handle.handle] = feed
        return feed

    def sink(self) -> TrackSink:
        """A source of audio to publish (``sink.track``)."""
        return TrackSink(self)

    def forget(self, stream_handle: int) -> None:
        with self._lock:
            self._feeds.pop(stream_handle, None)

    def on_stream_event(self, event: Any) -> None:
        """A piece of audio came, in livekit's thread."""
        if not event.HasField("frame_received"):
            return
        owned = event.frame_received.frame
        feed = self._feeds.get(event.stream_handle)
        if feed is not None:
            size = owned.info.num_channels * owned.info.samples_per_channel * 2
            feed.put(ctypes.string_at(owned.info.data_ptr, size))
        # Frees the native buffer; without it every frame received would leak.
        FfiHandle(owned.handle.id).dispose()

    def on_captured(self, receipt_id: int) -> bool:
        """A piece was taken, in livekit's thread. False when it was none of ours."""
        with self._lock:
            sink = self._sinks.pop(receipt_id, None)
        if sink is None:
            return False
        sink.send_next()
        return True

    def capture(self, sink: TrackSink, source_handle: int, piece: bytes) -> None:
        request = ffi_pb2.FfiRequest()
        request.capture_audio_frame.source_handle = source_handle
        info = request.capture_audio_frame.buffer
        info.data_ptr = cast(int, ctypes.cast(ctypes.c_char_p(piece), ctypes.c_void_p).value)
        info.sample_rate = UPSAMPLED_RATE
        info.num_channels = 1
        info.samples_per_channel = len(piece) // 2
        # The receipt comes from another thread and must not overtake its registration.
        with self._lock:
            answer = FfiClient.instance.request(request)
            self._sinks[answer.capture_audio_frame.async_id] = sink


class TrackFeed:
    """A remote track's audio on the way to the clock: bounded, and dropped rather than late."""

    def __init__(self, hub: AudioHub, handle: FfiHandle) -> None:
        self._hub = hub
        self._handle = handle
        # Nobody takes before the answer: the newest are kept.
        self._pieces: collections.deque[bytes] = collections.deque(maxlen=2 * _MOST_PIECES)
        self._playing = False
        self._cushion = 0
        self._calm_ticks = 0
        self._ticks = 0
        self._least_left = _MOST_PIECES
        self.dropped_ms = 0
        self.missed_ms = 0

    def put(self, piece: bytes) -> None:
        self._pieces.append(piece)  # thread-safe: deque

    def take(self) -> bytes | None:
        """The next 20 ms (320 bytes), or None while there is nothing to play."""
        pieces = self._pieces
        waiting = len(pieces)
        if not self._playing:
            if waiting < _PIECES + self._cushion:
                return None
            self._playing = True
            self._ticks, self._least_left = 0, _MOST_PIECES
        if waiting > _MOST_PIECES:
            waiting -= self._drop(waiting - _PIECES - self._cushion)
        if waiting < _PIECES:
            return self._run_dry(waiting)
        frame = pieces.popleft() + pieces.popleft()
        self._keep_short(waiting - _PIECES)
        return frame

    def close(self) -> None:
        """Silent from now on."""
        self._hub.forget(self._handle.handle)
        self._handle.dispose()
        self._pieces.clear()

    def _run_dry(self, waiting: int) -> bytes | None:
        self._playing = False
        self._cushion = min(self._cushion + 1, _MOST_CUSHION)
        self._calm_ticks = 0
        self.missed_ms += (_PIECES - waiting) * _PIECE_MS
        return (self._pieces.popleft() + SILENCE[_PIECE_BYTES:]) if waiting else None

    def _keep_short(self, left: int) -> None:
        self._calm_ticks += 1
        if self._calm_ticks >= _CALM_TICKS:
            self._cushion = max(self._cushion - 1, 0)
            self._calm_ticks = 0
        self._ticks += 1
        self._least_left = min(self._least_left, left)
        if self._ticks < _TRIM_TICKS:
            return
        if self._least_left > self._cushion:
            if self._ticks < _LATEST_TRIM_TICKS and self._next_is_loud():
                return
            self._drop(1)
        self._ticks, self._least_left = 0, _MOST_PIECES

    def _next_is_loud(self) -> bool:
        return bool(np.abs(np.frombuffer(self._pieces[0], np.int16)).max() > _QUIET)

    def _drop(self, count: int) -> int:
        self.dropped_ms += count * _PIECE_MS
        for _ in range(count):
            self._pieces.popleft()
        return count


class TrackSink:
    """A local track's audio: ``push`` 20 ms at a time and never wait.

    Pieces go one after the other, each when the one before was taken: livekit runs captures on
    several threads, and two in flight could change places.
    """

    def __init__(self, hub: AudioHub) -> None:
        self._hub = hub
        self._source = rtc.AudioSource(UPSAMPLED_RATE, 1, queue_size_ms=0)
        self.track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        self._upsampler = Upsampler()
        self._lock = threading.Lock()
        self._unsent: collections.deque[bytes] = collections.deque()
        # The native side reads a piece's memory: it lives here until its receipt is in.
        self._in_flight: bytes | None = None
        self._closed = False
        self.dropped_ms = 0

    def push(self, frame: bytes) -> None:
        """Publish 320 bytes. When the native side stalls, the oldest audio is dropped."""
        sent = self._upsampler.convert(frame)
        with self._lock:
            for start in range(0, len(sent), _SENT_PIECE_BYTES):
                self._unsent.append(sent[start : start + _SENT_PIECE_BYTES])
            while len(self._unsent) > _MOST_UNSENT:
                self._unsent.popleft()
                self.dropped_ms += _PIECE_MS
            if self._in_flight is not None:
                return
            piece = self._in_flight = self._unsent.popleft()
        self._capture(piece)

    def send_next(self) -> None:
        """The piece in flight was taken."""
        with self._lock:
            piece = self._in_flight = self._unsent.popleft() if self._unsent else None
        if piece is not None:
            self._capture(piece)

    async def close(self) -> None:
        self._closed = True
        await self._source.aclose()

    def _capture(self, piece: bytes) -> None:
        if not self._closed:
            self._hub.capture(self, self._source._ffi_handle.handle, piece)


class _AudioAwareQueue(FfiQueue[Any]):
    """livekit.rtc's event queue, minus what the hub takes for itself."""

    def __init__(self, hub: AudioHub) -> None:
        super().__init__()
        self._hub = hub

    def put(self, item: Any) -> None:
        kind = item.WhichOneof("message")
        if kind == "audio_stream_event":
            self._hub.on_stream_event(item.audio_stream_event)
        elif kind != "capture_audio_frame" or not self._hub.on_captured(
            item.capture_audio_frame.async_id
        ):
            super().put(item)


def mix(frames: list[bytes]) -> bytes:
    """The sum of 20 ms frames, clipped; silence when there are none."""
    if not frames:
        return SILENCE
    if len(frames) == 1:
        return frames[0]
    total = np.zeros(FRAME_BYTES // 2, dtype=np.int32)
    for frame in frames:
        total += np.frombuffer(frame, dtype=np.int16)
    return np.clip(total, -32768, 32767).astype(np.int16).tobytes()
