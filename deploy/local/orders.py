"""The demo shop's order system: the webhook behind the demo's order-status tool.

``POST /demo/order-status`` with ``{"order_number": "4271"}`` answers what a shop's own system
would: ``{"order_number", "status", "delivery_day", "carrier"}``, 404 for an order it has not.

Some order numbers are a bad day of that system, for tests: see FAULTS.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

from aiohttp import web

ORDERS = {
    "4271": {"status": "on its way", "delivery_day": "Tuesday", "carrier": "Nordpost"},
    "5512": {"status": "being packed", "delivery_day": "Thursday", "carrier": "Nordpost"},
    "9038": {"status": "delivered", "delivery_day": "Monday", "carrier": "Cargo Bike"},
}


async def _hang() -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def _html() -> web.Response:
    return web.Response(text="<html><h1>Welcome</h1></html>", content_type="text/html")


async def _status_500() -> web.Response:
    return web.json_response({"status": "delivered", "delivery_day": "Monday"}, status=500)


async def _megabyte() -> web.Response:
    return web.json_response({"status": "x" * 1_000_000, "delivery_day": "Monday"})


async def _redirect() -> web.Response:
    return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/inside"})


FAULTS: dict[str, Callable[[], Awaitable[web.Response]]] = {
    "9111": _hang,
    "9061": _html,
    "5140": _status_500,
    "8391": _megabyte,
    "6250": _redirect,
}


async def order_status(request: web.Request) -> web.Response:
    number = str((await request.json()).get("order_number", ""))
    if fault := FAULTS.get(number):
        return await fault()
    order = ORDERS.get(number)
    if order is None:
        return web.json_response({"error": f"There is no order {number[:20]}."}, status=404)
    return web.json_response({"order_number": number, **order})


async def healthz(_: web.Request) -> web.Response:
    return web.Response(text="ok")


def main() -> None:
    app = web.Application(client_max_size=16 * 1024)
    app.router.add_post("/demo/order-status", order_status)
    app.router.add_get("/healthz", healthz)
    web.run_app(app, host="127.0.0.1", port=int(os.environ["ORDERS_PORT"]), print=None)


if __name__ == "__main__":
    main()
