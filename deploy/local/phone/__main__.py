"""The phone as a command: ``python -m deploy.local.phone --help``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import time

from deploy.local.phone.audio import AudioError
from deploy.local.phone.call import NotAnswered, PhoneCall
from deploy.local.phone.phone import Phone
from deploy.local.phone.script import Report, Voice, add_actions, run
from deploy.local.sipkit import CallFailed, DtmfError, PortsExhausted
from deploy.local.voice import VoiceError

_EXAMPLES = """examples:
  python -m deploy.local.phone call sip:+15550001@127.0.0.1:5060 --wait-speech --wait-silence \\
      --say "Where is my order 1234?" --wait-speech --wait-silence --tape var/call.wav
  python -m deploy.local.phone answer --port 5070 --say "Hello?" --wait-end
exit code: 0 when the call was answered and everything was done, 1 otherwise, 2 for wrong usage
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.phone",
        description="A SIP phone for one call: speaks, plays, presses keys, listens, tapes.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    call = commands.add_parser("call", help="place a call")
    call.add_argument("to", help="sip:user@host:port")
    call.add_argument("--ringing-timeout", type=float, default=30.0, metavar="SECONDS")
    call.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'")
    call.add_argument(
        "--auth-user", metavar="USER", help="digest user; the password is read from PHONE_PASSWORD"
    )
    call.add_argument("--codec", action="append", choices=["PCMU", "PCMA"], help="default: both")
    answer = commands.add_parser("answer", help="wait for one call and take it")
    answer.add_argument("--ring-for", type=float, default=0.0, metavar="SECONDS")
    answer.add_argument("--refuse", type=int, metavar="STATUS", help="refuse instead, as with 486")
    answer.add_argument("--wait-for-call", type=float, default=300.0, metavar="SECONDS")
    for command in (call, answer):
        command.add_argument("--host", default="127.0.0.1", help="address of this phone")
        command.add_argument("--port", type=int, default=0, help="its UDP port (any free one)")
        command.add_argument("--user", default="+15550100", help="its number")
        command.add_argument("--display", default="", help="its display name")
        command.add_argument("--voice", default="en", help="a voice of espeak-ng")
        command.add_argument("--wpm", type=int, default=160, help="words per minute")
        command.add_argument("--tape", metavar="WAV", help="left what it sent, right what it heard")
        add_actions(command)
    return parser


class _Failed(Exception):
    """The command did not do what was asked; the text says what to do."""


async def _place(phone: Phone, options: argparse.Namespace, report: Report) -> PhoneCall:
    headers = {}
    for text in options.header:
        name, colon, value = text.partition(":")
        if not colon:
            raise _Failed(f"--header {text!r}: write 'Name: value'")
        headers[name.strip()] = value.strip()
    credentials = None
    if options.auth_user:
        password = os.environ.get("PHONE_PASSWORD")
        if not password:
            raise _Failed("--auth-user needs the password in the environment: PHONE_PASSWORD")
        credentials = (options.auth_user, password)
    report(f"calls {options.to}")
    return await phone.dial(
        options.to,
        headers=headers,
        credentials=credentials,
        ringing_timeout_s=options.ringing_timeout,
        codecs=options.codec or ("PCMU", "PCMA"),
    )


async def _take(phone: Phone, options: argparse.Namespace, report: Report) -> PhoneCall | None:
    report(f"waits for a call at {phone.uri}")
    try:
        call = await phone.wait_for_call(options.wait_for_call)
    except TimeoutError:
        raise _Failed(f"nobody called within {options.wait_for_call:.0f} s") from None
    report("rings")
    call.ring()
    if options.refuse:
        await call.refuse(options.refuse)
        report(f"refused with {options.refuse}")
        await asyncio.sleep(0.5)  # the caller's ACK ends the repetition of our refusal
        return None
    await asyncio.sleep(options.ring_for)
    await call.answer()
    return call


async def _main(options: argparse.Namespace) -> None:
    started_s = time.monotonic()

    def report(text: str) -> None:
        print(f"{time.monotonic() - started_s:7.2f} s  {text}", flush=True)

    try:
        phone = await Phone.start(options.host, options.port, options.user, options.display)
    except OSError as error:
        raise _Failed(f"cannot listen on {options.host}:{options.port}: {error}") from error
    async with phone:
        placing = options.command == "call"
        call = await (_place if placing else _take)(phone, options, report)
        if call is None:
            return
        report(f"answered, {call.media.codec}, Call-ID {call.sip_call_id}")
        try:
            await run(call, options.actions, Voice(options.voice, options.wpm), report)
        finally:
            over = call.ended.is_set()
            await call.hangup()
            report(f"{'was ended' if over else 'hung up'}: {call.end_cause}")
            if call.keys_received:
                report(f"keys heard: {call.keys_received}")
            if options.tape:
                report(f"tape: {await asyncio.to_thread(call.tape.save, options.tape)}")


def main() -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        asyncio.run(_main(options))
    except CallFailed as error:
        print(f"not answered: {error}", file=sys.stderr)
    except PortsExhausted as error:
        print(f"no call: {error}", file=sys.stderr)
    except NotAnswered as error:
        print(f"the call ended too early: {error}", file=sys.stderr)
    except (_Failed, AudioError, VoiceError, DtmfError, TimeoutError) as error:
        print(f"failed: {error}", file=sys.stderr)
    except (OSError, ValueError) as error:
        print(f"cannot do that: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
