"""Reading the environment: typed, with NAME_FILE variants, loud when wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

DEBUG = env.bool("DEBUG", False)

# Test runs and type checks load the settings but guard nothing, so they need no secrets; neither
# tool is installed where the product serves.
_CHECKED = bool({"pytest", "mypy"} & sys.modules.keys())


def text(name: str, default: str = "") -> str:
    """The variable, else the content of the file that NAME_FILE names, else the default."""
    path = env.str(f"{name}_FILE", "")
    if path:
        if env.str(name, ""):
            raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Keep one.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE names a file that cannot be read: {error.strerror}: {path}"
            ) from error
    return env.str(name, "") or default


def secret(name: str, *, in_debug: str, how: str) -> str:
    value = text(name, in_debug if DEBUG or _CHECKED else "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. {how} It may also come from a file named by {name}_FILE. "
            f"For local development set DEBUG=true instead; .env.example describes every variable."
        )
    return value


def url(name: str, default: str, schemes: set[str]) -> str:
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ImproperlyConfigured(
            f"{name} must be a URL with one of the schemes {', '.join(sorted(schemes))}, "
            f"such as {default}"
        )
    return value.rstrip("/")
