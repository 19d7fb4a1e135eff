"""contactcenter.settings: what a deployment may set, and how it says that something is wrong."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "abcdefghij0123456789" * 4,
    "FIELD_ENCRYPTION_KEYS": "aW5zZWN1cmUtZGV2ZWxvcG1lbnQtb25seS1rZXkhISE=",
    "PUBLIC_URL": "https://calls.example.com",
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": "secret-0123456789-0123456789-0123456789",
    "DATABASE_URL": "sqlite:///:memory:",
}


def manage(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs manage.py with this environment only (and an empty .env cannot interfere)."""
    path = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "contactcenter.settings"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=path | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_production_set_up_passes_djangos_deployment_checks() -> None:
    done = manage(["check", "--deploy", "--fail-level", "WARNING"], PRODUCTION)

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"FIELD_ENCRYPTION_KEYS": ""}, "FIELD_ENCRYPTION_KEYS is not set"),
        ({"LIVEKIT_API_SECRET": ""}, "LIVEKIT_API_SECRET is not set"),
        ({"FIELD_ENCRYPTION_KEYS": "short"}, "not a Fernet key"),
        ({"LIVEKIT_URL": "livekit:7880"}, "LIVEKIT_URL must be a URL"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not a database URL"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be json or console"),
        ({"SECRET_KEY_FILE": "/etc/hostname"}, "Both SECRET_KEY and SECRET_KEY_FILE"),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE names a file"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(broken: dict[str, str], told: str) -> None:
    done = manage(["check"], PRODUCTION | broken)

    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert told in last
    for name in ("SECRET_KEY", "LIVEKIT_API_SECRET"):
        assert PRODUCTION[name] not in done.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file-" * 8 + "\n")
    environment = PRODUCTION | {"SECRET_KEY_FILE": str(tmp_path / "key")}
    del environment["SECRET_KEY"]

    done = manage(
        ["shell", "-v0", "-c", "from django.conf import settings; print(settings.SECRET_KEY)"],
        environment,
    )

    assert done.stdout.strip() == "from-a-file-" * 8


def test_the_example_names_every_variable_that_is_read_and_no_other() -> None:
    documented = set(
        re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    read = {
        name
        for source in (
            ROOT / "contactcenter" / "settings.py",
            ROOT / "agents" / "config.py",
            ROOT / "telephony" / "management" / "commands" / "seed_demo.py",
        )
        if source.exists()
        for name in _variables(source)
    }
    read.add("POSTGRES_PASSWORD")  # deploy/compose.yaml

    assert documented == read


def _variables(source: Path) -> set[str]:
    """Names given as first argument to anything that reads the environment in this file."""
    names = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        called = ast.unparse(node.func)
        if (
            isinstance(first, ast.Constant)
            and isinstance(first.value, str)
            and re.fullmatch(r"[A-Z][A-Z0-9_]+", first.value)
            and re.search(r"env|_text|_secret|_url|_int|_file", called)
        ):
            names.add(first.value)
    return names
