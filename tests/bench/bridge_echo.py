"""The bare echo job of the bridge's benchmark: one room, one caller, its frames sent back.

It is the instrument and must add nothing that lasts: what a stall piled up is dropped. A queue
that is never emptied would show for the rest of the round as if the bridge were late.

Run as ``python -m tests.bench.bridge_echo ROOM`` with LIVEKIT_URL and TOKEN in the environment;
prints a line when it is in the room, and ends with SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from livekit import rtc

RATE = 48000
_FRAME_MS = 20
_QUEUE_MS = 100
_MOST_QUEUED_S = 0.045
_MOST_FRAMES_WAITING = 2


async def main(room_name: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    room = rtc.Room()
    source = rtc.AudioSource(RATE, 1, queue_size_ms=_QUEUE_MS)
    tasks: set[asyncio.Task[None]] = set()

    def on_track(track: rtc.Track, *_: object) -> None:
        task = asyncio.create_task(echo(track, source))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    room.on("track_subscribed", on_track)
    await room.connect(os.environ["LIVEKIT_URL"], os.environ["TOKEN"])
    track = rtc.LocalAudioTrack.create_audio_track("echo", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await room.local_participant.publish_track(track, options)
    print("in", room_name, flush=True)  # noqa: T201 - the benchmark waits for it
    await stop.wait()
    for task in tuple(tasks):
        task.cancel()
    await room.disconnect()


async def echo(track: rtc.Track, source: rtc.AudioSource) -> None:
    stream = rtc.AudioStream(
        track,
        sample_rate=RATE,
        num_channels=1,
        frame_size_ms=_FRAME_MS,
        capacity=_MOST_FRAMES_WAITING,
    )
    async for event in stream:
        if source.queued_duration < _MOST_QUEUED_S:
            await source.capture_frame(event.frame)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
