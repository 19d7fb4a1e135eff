"""Figures as contracts.md wants them in var/bench/NAME.json, and as people read them."""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.support.stack import ROOT, Json

FOLDER = ROOT / "var/bench"


@dataclass(frozen=True)
class Target:
    """What a figure must not exceed (or, ``least``, fall below): its median, its 95th or both."""

    p50: float | None = None
    p95: float | None = None
    least: bool = False

    def met(self, p50: float, p95: float) -> bool:
        pairs = ((p50, self.p50), (p95, self.p95))
        return all(
            (value >= bound if self.least else value <= bound)
            for value, bound in pairs
            if bound is not None
        )


class Series:
    """Measured values by the name of the result they belong to; may go on from an earlier run."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.units: dict[str, str] = {}
        self.turns: list[Json] = []
        self.commands: list[str] = []
        self.settings: Json = {}

    def add(self, name: str, unit: str, *values: float) -> None:
        self.values.setdefault(name, []).extend(values)
        self.units[name] = unit

    def replace(self, name: str, unit: str, *values: float) -> None:
        self.values[name] = list(values)
        self.units[name] = unit

    def p50(self, name: str) -> float | None:
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def load(self, path: Path) -> None:
        """Go on from what an earlier run wrote to ``path``, if it did."""
        if not path.exists():
            return
        before = json.loads(path.read_text())
        for name, kept in before.get("samples", {}).items():
            self.add(name, kept["unit"], *kept["values"])
        self.turns += before["turns"]
        self.commands += before["commands"]
        self.settings |= before["settings"]

    def results(self, target_of: Callable[[str], Target | None]) -> list[Json]:
        return [
            result(name, self.units[name], values, target_of(name))
            for name, values in self.values.items()
        ]

    def write(self, path: Path, results: list[Json], **more: Any) -> None:
        """Whole or not at all."""
        report = {
            "commands": self.commands,
            "machine": {
                "cores": os.cpu_count(),
                "memory_mb": psutil.virtual_memory().total // 2**20,
            },
            "settings": self.settings | {"load_average_1_min_after": round(os.getloadavg()[0], 2)},
            "results": results,
            "turns": self.turns,
            "samples": {
                name: {"unit": self.units[name], "values": values}
                for name, values in self.values.items()
            },
            **more,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".json.tmp")
        temporary.write_text(json.dumps(report, indent=1))
        temporary.replace(path)


def result(name: str, unit: str, values: list[float], target: Target | None) -> Json:
    """One line of ``results``; ``target`` and ``ok`` only where there is a target."""
    p50, p95, p99 = (
        (float(np.percentile(values, q)) for q in (50, 95, 99)) if values else (float("inf"),) * 3
    )
    line: Json = {
        "name": name,
        "unit": unit,
        "n": len(values),
        "p50": round(p50, 1),
        "p95": round(p95, 1),
        "p99": round(p99, 1),
    }
    if target is not None:
        line["target"] = target.p50 if target.p50 is not None else target.p95
        if target.p95 is not None:
            line["target_p95"] = target.p95
        line["ok"] = target.met(p50, p95)
    return line


def table(results: list[Json]) -> str:
    """The figures, one a line."""
    lines = [f"{'':46} {'n':>4} {'p50':>8} {'p95':>8} {'p99':>8}        target"]
    lines += [
        f"{one['name']:46} {one['n']:4} {one['p50']:8.1f} {one['p95']:8.1f} "
        f"{one['p99']:8.1f} {one['unit']:6} {_verdict(one)}"
        for one in results
    ]
    return "\n".join(lines)


def _verdict(one: Mapping[str, Any]) -> str:
    if "target" not in one:
        return ""
    p95 = one.get("target_p95")
    if p95 is None:
        bounds = f"p50 {one['target']:g}"
    elif one["target"] == p95:
        bounds = f"p95 {p95:g}"
    else:
        bounds = f"p50 {one['target']:g} p95 {p95:g}"
    return f"{bounds}  {'ok' if one['ok'] else 'MISSED'}"
