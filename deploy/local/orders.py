"""The demo shop's order system: the webhook behind the demo's order-status tool.

``POST /demo/order-status`` with ``{"order_number": "4271"}`` answers what a shop's own system
would: ``{"order_number", "status", "delivery_day", "carrier"}``, 404 for an order it has not.
"""

from __future__ import annotations

import os

from aiohttp import web

ORDERS = {
    "4271": {"status": "on its way", "delivery_day": "Tuesday", "carrier": "Nordpost"},
    "5512": {"status": "being packed", "delivery_day": "Thursday", "carrier": "Nordpost"},
    "9038": {"status": "delivered", "delivery_day": "Monday", "carrier": "Cargo Bike"},
}


async def order_status(request: web.Request) -> web.Response:
    number = str((await request.json()).get("order_number", ""))
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
