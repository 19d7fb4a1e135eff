"""Programs of the machine that tests need; one that is missing fails the test, never skips it."""

from __future__ import annotations

import shutil


def program(name: str, package: str) -> str:
    """The path of ``name``; raises AssertionError that says what to install."""
    found = shutil.which(name)
    assert found, f"{name} is missing (Debian: apt-get install --no-install-recommends {package})"
    return found
