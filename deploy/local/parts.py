"""The parts of the local stack: each a command, an environment and a way to ask if it is ready."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from deploy.local.binaries import livekit_server, redis_server
from deploy.local.plan import HOST, Plan, base_env
from deploy.local.probes import http_ok, log_says, redis_pong
from deploy.local.supervisor import Part

PYTHON = sys.executable


def redis(plan: Plan) -> Part | None:
    """Redis, unless REDIS_URL names one that somebody else runs."""
    if os.environ.get("REDIS_URL"):
        return None
    folder = plan.var / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "--bind": HOST,
        "--port": str(plan.redis_port),
        "--dir": str(folder),
        "--save": "",
        "--appendonly": "no",
    }
    return Part(
        name="redis",
        command=[str(redis_server()), *(word for pair in options.items() for word in pair)],
        env=base_env(),
        ready=redis_pong(plan.redis_port),
        wave=1,
    )


def livekit(plan: Plan) -> Part:
    config: dict[str, object] = {
        "port": plan.livekit_port,
        "bind_addresses": [HOST],
        "keys": {plan.livekit_key: plan.livekit_secret},
        "rtc": {
            "tcp_port": plan.livekit_rtc_tcp,
            "udp_port": plan.livekit_rtc_udp,
            "use_external_ip": False,
            "node_ip": HOST,
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo"]},
            # The default is public servers, which every client would look up.
            "stun_servers": [f"{HOST}:9"],
        },
        "webhook": {
            "api_key": plan.livekit_key,
            "urls": [f"{plan.web_url}/webhooks/livekit"],
        },
        "logging": {"level": "info", "json": False},
    }
    if plan.livekit_sip:  # livekit-sip and livekit-server find each other through Redis
        config["redis"] = {"address": plan.redis_url.split("//")[1].split("/")[0]}
    path = plan.var / "livekit.json"  # JSON is YAML; 0600, for it holds the API secret
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        json.dump(config, file, indent=2)
    return Part(
        name="livekit-server",
        command=[str(livekit_server()), "--config", str(path)],
        env=base_env(),
        ready=http_ok(f"http://{HOST}:{plan.livekit_port}/"),
        wave=1,
        media=True,
    )


def sip(plan: Plan) -> Part:
    """livekit-sip where there is one, else the bridge that stands in for it."""
    if plan.livekit_sip:
        return _livekit_sip(plan)
    return Part(
        name="sipbridge",
        command=[PYTHON, "-m", "deploy.local.sipbridge"],
        env={
            **base_env(),
            "LIVEKIT_URL": plan.livekit_url,
            "LIVEKIT_API_KEY": plan.livekit_key,
            "LIVEKIT_API_SECRET": plan.livekit_secret,
            "SIPBRIDGE_HOST": HOST,
            "SIPBRIDGE_SIP_PORT": str(plan.sip_port),
            "SIPBRIDGE_HTTP_PORT": str(plan.sip_http_port),
            "SIPBRIDGE_RTP_PORTS": f"{plan.rtp.start}-{plan.rtp.stop - 1}",
            "SIPBRIDGE_STATE": str(sip_state(plan)),
        },
        ready=http_ok(f"http://{HOST}:{plan.sip_http_port}/healthz"),
        wave=1,
        media=True,
    )


def sip_state(plan: Plan) -> Path:
    """What the bridge keeps of the trunks and rules it was given."""
    return plan.var / "sipbridge.json"


def _livekit_sip(plan: Plan) -> Part:
    config = {
        "api_key": plan.livekit_key,
        "api_secret": plan.livekit_secret,
        "ws_url": plan.livekit_url,
        "redis": {"address": plan.redis_url.split("//")[1].split("/")[0]},
        "sip_port": plan.sip_port,
        "rtp_port": f"{plan.rtp.start}-{plan.rtp.stop - 1}",
        "health_port": plan.sip_http_port,
        "nat_1_to_1_ip": HOST,  # without it livekit-sip refuses to serve the loopback interface
        "listen_ip": HOST,
        "media_use_external_ip": False,
        "logging": {"level": "info"},
    }
    return Part(
        name="livekit-sip",
        command=[str(plan.livekit_sip)],
        env={**base_env(), "SIP_CONFIG_BODY": json.dumps(config)},
        ready=http_ok(f"http://{HOST}:{plan.sip_http_port}/"),
        wave=1,
        media=True,
    )


def providers(plan: Plan) -> Part:
    return Part(
        name="providers",
        command=[PYTHON, "-m", "deploy.local.providers"],
        env={
            **base_env(),
            "PROVIDERS_HOST": HOST,
            "PROVIDERS_PORT": str(plan.providers_port),
            "PROVIDERS_SCENARIO": os.environ.get("PROVIDERS_SCENARIO", ""),
        },
        ready=http_ok(f"http://{HOST}:{plan.providers_port}/healthz"),
        wave=1,
    )


def orders(plan: Plan) -> Part:
    return Part(
        name="orders",
        command=[PYTHON, "-m", "deploy.local.orders"],
        env={**base_env(), "ORDERS_PORT": str(plan.orders_port)},
        ready=http_ok(f"http://{HOST}:{plan.orders_port}/healthz"),
        wave=1,
    )


def web(plan: Plan) -> Part:
    return Part(
        name="web",
        command=[
            *(PYTHON, "-m", "uvicorn", "contactcenter.asgi:application"),
            *("--host", HOST, "--port", str(plan.web_port), "--no-access-log"),
        ],
        env=plan.product_env(),
        ready=http_ok(f"{plan.web_url}/healthz"),
    )


def celery_worker(plan: Plan) -> Part:
    return Part(
        name="celery-worker",
        command=[
            *(PYTHON, "-m", "celery", "-A", "contactcenter", "worker"),
            # One machine, two cores: threads, not a process for each core.
            *("--pool", "threads", "--concurrency", "4", "--loglevel", "info"),
            *("--without-gossip", "--without-mingle"),
        ],
        env=plan.product_env(),
        ready=log_says(plan.var / "log" / "celery-worker.log", " ready."),
    )


def celery_beat(plan: Plan) -> Part:
    return Part(
        name="celery-beat",
        command=[
            *(PYTHON, "-m", "celery", "-A", "contactcenter", "beat", "--loglevel", "info"),
            *("--schedule", str(plan.var / "celerybeat-schedule"), "--pidfile", ""),
        ],
        env=plan.product_env(),
        ready=log_says(plan.var / "log" / "celery-beat.log", "beat: Starting"),
    )


def agent_worker(plan: Plan) -> Part:
    return Part(
        name="agent-worker",
        command=[PYTHON, "-m", "agents.worker"],
        env=plan.product_env(),
        # Registered, not merely started: a call that comes before gets no agent.
        ready=log_says(plan.var / "log" / "agent-worker.log", "registered worker"),
        ready_within_s=60.0,
    )


def manage(*words: str) -> list[str]:
    return [PYTHON, "manage.py", *words]
