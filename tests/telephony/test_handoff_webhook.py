"""The webhook before a phone rings: signed as tools' webhooks are, and never sent inside."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from telephony.checked_post import TargetUnavailableError, post_json
from telephony.contracts import CallArrival, HumanOffer
from telephony.contracts.addresses import BlockedAddressError
from telephony.contracts.signature import sign
from telephony.facade import open_call, reserve_human
from telephony.models import HumanEndpoint, PhoneNumber, Team
from telephony.services import handoff_webhook
from tests.telephony.test_settling_live import broker  # noqa: F401 - fixture

SECRET = "a-team's-s3cret"
Received = list[tuple[dict[str, str], bytes]]
celery_app: Any = current_app


class Receiver(HTTPServer):
    status = 200

    def __init__(self) -> None:
        self.received: Received = []
        self.paths: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def host(receiver: Receiver, settings: Any) -> str:
    address = f"127.0.0.1:{receiver.server_port}"
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = [address]
    return address


def queued() -> list[tuple[str, tuple[Any, ...]]]:
    found = []
    with celery_app.connection_for_read() as connection:
        while message := connection.default_channel.basic_get("celery", no_ack=True):
            found.append((message.headers["task"], message.decode()[0]))
    return found


@pytest.mark.django_db(transaction=True)
def test_the_news_is_sent_before_the_phone_rings_and_the_receiver_can_check_it(
    number: PhoneNumber,
    team: Team,
    arrival: Callable[..., CallArrival],
    receiver: Receiver,
    host: str,
) -> None:
    team.webhook_url, team.webhook_secret = f"http://{host}/ring?x=1", SECRET
    team.save()
    call_id = open_call(arrival()).call_id
    offer = reserve_human(call_id, "t1", "service", [])
    assert isinstance(offer, HumanOffer)

    ((task, args),) = queued()
    celery_app.tasks[task](*args)

    ((headers, body),) = receiver.received
    told = json.loads(body)
    assert (told["call_id"], told["human"], told["team"]) == (str(call_id), "Ada", "service")
    assert told["transcript_url"] == offer.transcript_url
    assert offer.access_code not in body.decode()
    key, signed = headers["Idempotency-Key"], headers["X-Webhook-Signature"]
    seconds = int(signed.split(",")[0].removeprefix("t="))
    assert abs(seconds - time.time()) < 60
    assert signed == sign(SECRET, key, body, seconds=seconds)
    assert SECRET not in str(headers)


@pytest.mark.django_db(transaction=True)
def test_without_a_webhook_or_for_a_human_who_was_let_go_nothing_is_sent(
    number: PhoneNumber,
    team: Team,
    arrival: Callable[..., CallArrival],
    receiver: Receiver,
    host: str,
) -> None:
    call_id = open_call(arrival()).call_id
    reserve_human(call_id, "t1", "service", [])
    assert queued() == []
    team.webhook_url, team.webhook_secret = f"http://{host}/", SECRET
    team.save()
    HumanEndpoint.objects.release(call_id=call_id)
    ada = HumanEndpoint.objects.get(name="Ada")

    sent = handoff_webhook.send(call_id=call_id, key="t1", human_id=ada.pk, at=timezone.now())

    assert not sent
    assert receiver.received == []


def post(url: str, trusted: frozenset[str] = frozenset()) -> int:
    return post_json(url, {}, secret="s", idempotency_key="k", seconds=1, trusted=trusted)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://10.0.0.5/",
        "https://169.254.169.254/latest",
        "https://localhost/",
        "https://0.0.0.0/",
        *("https://168.63.129.16/", "https://192.0.0.192/", "https://192.88.99.1/"),
        *("https://[fec0::1]/", "https://[::1.2.3.4]/", "https://[3fff::1]/"),
        "https://user:pw@example.com/",
        "ftp://example.com/",
    ],
)
def test_nothing_inside_is_reached(url: str) -> None:
    with pytest.raises(BlockedAddressError):
        post(url)


def test_a_redirect_is_not_followed_and_an_error_is_tried_again(
    receiver: Receiver, host: str
) -> None:
    receiver.status = 302
    assert post(f"http://{host}/", frozenset({host})) == 302
    assert len(receiver.received) == 1
    receiver.status = 503
    with pytest.raises(TargetUnavailableError):
        post(f"http://{host}/", frozenset({host}))
    with pytest.raises(TargetUnavailableError):
        post("http://127.0.0.1:9/", frozenset({"127.0.0.1:9"}))


def test_the_path_is_sent_in_ascii_whatever_letters_were_typed(
    receiver: Receiver, host: str
) -> None:
    post(f"http://{host}/stra\u00dfe/%20a?name=\u0391 b&x=1%2B", frozenset({host}))

    assert receiver.paths == ["/stra%C3%9Fe/%20a?name=%CE%91%20b&x=1%2B"]


def test_a_name_is_trusted_however_it_is_written(receiver: Receiver) -> None:
    trusted = frozenset({f"localhost:{receiver.server_port}"})

    assert post(f"http://LocalHost:{receiver.server_port}/", trusted) == 200


def test_of_several_addresses_one_that_does_not_answer_is_passed_over(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.server_port
    two = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (2, 1)]
    real = socket.getaddrinfo

    def answer(host: str, *rest: Any, **more: Any) -> Any:
        return two if host == "shop.test" else real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)

    assert post(f"http://shop.test:{port}/", frozenset({f"shop.test:{port}"})) == 200
