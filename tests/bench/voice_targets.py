"""The figures that the product is held to (the issue's section 4), by the name of the result."""

from __future__ import annotations

from tests.bench.bench_report import Series, Target

V2V = "voice_to_voice"
PLAIN_V2V = f"{V2V}.plain_worker"


def target(series: Series, name: str) -> Target | None:
    """The issue's figures; beside the plain worker where it was measured too."""
    plain_1 = series.p50(f"{PLAIN_V2V}.1_call")
    fixed = {
        f"{V2V}.1_call": Target(p50=min(600.0, 0.8 * (plain_1 or 1e9)), p95=850),
        f"{V2V}.1_call.no_speculation": Target(p50=720, p95=950),
        "own_overhead": Target(p50=80),
        "own_overhead.no_speculation": Target(p50=80),
        "first_audio_after_answer": Target(p95=1_000),
        "barge_in.agent_still_audible": Target(p95=350),
        "barge_in.decided": Target(p95=1_000),
        "barge_in.backchannel_pause": Target(p95=1_000),
    }
    # A reply to nobody's words, or over them, is a fast one: fewer than one in twenty may be.
    for alone in (f"{V2V}.1_call", f"{V2V}.1_call.no_speculation"):
        for count in ("unanswered", "cut_in", "wrong_replies", "failed"):
            fixed[f"{alone}.{count}"] = Target(p95=0)
    if name in fixed:
        return fixed[name]
    if name == "calls_held" and (held := series.p50("plain_calls_held")) is not None:
        return Target(p50=held, least=True)
    if name.endswith("_calls") and name.startswith(f"{V2V}.") and "plain" not in name:
        plain = series.p50(name.replace(V2V, PLAIN_V2V))
        return None if plain is None else Target(p50=plain)
    return None
