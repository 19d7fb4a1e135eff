"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.stackfile import read_stack
from tests.support.spectrum import HOLD_HZ, write_tone
from tests.support.stack import Api, Json, own_var, running_stack, use_servers_of_our_own

# What `make check` leaves to `make test`: real servers, real time, or every page there is.
SLOW = (
    *("tests/unit/providers/", "tests/unit/phone/", "tests/unit/sipbridge/"),
    *("test_permissions", "test_bad_input", "test_secrets", "test_sync_livekit", "test_audit"),
    *("test_livekit_drift", "test_route_check", "test_settling_live", "test_watchdog"),
    *("test_admin", "test_races", "test_tool_trial", "test_setup_check"),
)

# A real call on a machine that was busy just then gets a second try (--reruns 1), and is reported
# as such; more of them are a fault of ours.
MOST_SECOND_TRIES = 6


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    tries = len(reporter.stats.get("rerun", [])) if reporter is not None else 0
    if tries > MOST_SECOND_TRIES:
        reporter.ensure_newline()
        reporter.write_line(f"{tries} tests needed a second try: {MOST_SECOND_TRIES} may", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(part in str(item.path) for part in SLOW):
            item.add_marker(pytest.mark.slow)
        for folder in ("e2e", "browser"):
            if f"tests/{folder}/" in str(item.path):
                item.add_marker(getattr(pytest.mark, folder))
        # Side by side (--dist loadgroup): a file at a time, and no two hand-overs' files, which
        # have six telephones each.
        together = "handoff" if item.path.name.startswith("test_handoff") else item.path.name
        item.add_marker(pytest.mark.xdist_group(together))


@pytest.fixture(scope="session")
def stack() -> Iterator[Json]:
    """The local stack: the running one in STACK_VAR, else one of our own, stopped at the end."""
    var = own_var()
    if named := os.environ.get("STACK_VAR"):
        described = read_stack(var)
        assert described is not None, f"no healthy stack runs in {named} (STACK_VAR)"
        yield described
        return
    # Hold music that a spectrum can tell from people.
    os.environ.setdefault("HOLD_MUSIC_FILE", str(write_tone(var / "hold.wav", HOLD_HZ)))
    use_servers_of_our_own()
    with running_stack(var) as described:
        yield described


@pytest.fixture
async def api(stack: Json) -> AsyncIterator[Api]:
    client = Api(stack)
    yield client
    await client.close()
