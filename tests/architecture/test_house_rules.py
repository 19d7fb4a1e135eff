"""What a newcomer may rely on when looking for a line, and what linters do not check."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("contactcenter", "telephony", "agents")
TOP_LEVEL = {
    *PRODUCT,
    *("manage.py", "pyproject.toml", "README.md", "templates", "tests", "deploy", "LICENSE"),
    *("Makefile", "uv.lock", ".ci", ".gitignore", ".env.example", ".dockerignore"),
}


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / line for line in listing.splitlines() if (ROOT / line).is_file()]


def test_nothing_unexpected_lies_at_the_top_level() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert found <= TOP_LEVEL, f"give these a home: {sorted(found - TOP_LEVEL)}"


def test_no_source_file_passes_300_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in tracked("*.py")
        if "migrations" not in path.parts
    }
    assert not {name: lines for name, lines in long.items() if lines > 300}


@pytest.mark.parametrize("folder", [*PRODUCT, "deploy/local/sipbridge", "deploy/local/sipkit"])
def test_each_package_has_a_readme_that_says_what_it_is(folder: str) -> None:
    assert len((ROOT / folder / "README.md").read_text()) > 400


def test_every_folder_that_a_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text()
    folders = "|".join((*PRODUCT, "deploy", "tests", "templates"))
    named = re.findall(rf"`((?:{folders})/[\w/.-]*)`", text)
    assert named, "README.md has no folder map"
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_nothing_but_the_image_listens_beyond_loopback() -> None:
    everywhere = "0.0.0.0"  # noqa: S104 -- what is looked for
    guilty = [
        path.relative_to(ROOT)
        for path in tracked("deploy/local/*.py", "agents/*.py", "contactcenter/*.py")
        if re.search(rf"host\w*\s*[=:]\s*[\"']{re.escape(everywhere)}[\"']", path.read_text())
    ]
    assert guilty == []


def test_the_image_ships_the_product_and_no_stand_in() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    copied = set(re.findall(r"^COPY ([\w.]+) ", dockerfile, flags=re.MULTILINE))
    assert set(PRODUCT) <= copied
    assert "deploy" not in copied
    assert re.search(r"^USER (?!root)\w+", dockerfile, flags=re.MULTILINE)


def test_no_secret_lies_in_a_tracked_file() -> None:
    shapes = re.compile(r"sk-[A-Za-z0-9]{32,}|sk_car_\w{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----")
    guilty = [p.relative_to(ROOT) for p in tracked() if shapes.search(_text(p))]
    assert guilty == []


def _text(path: Path) -> str:
    return path.read_text(errors="ignore") if path.stat().st_size < 500_000 else ""
