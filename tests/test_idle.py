"""Connections that wait for the next call: kept for a while, and closed when they are old."""

from __future__ import annotations

from contextlib import closing
from threading import Thread

import pytest

from videotasks._clock import now

from .conftest import Client, Mode
from .holding import PATIENCE, Holding


def test_idle_connections_are_closed(
    mode: Mode, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What many calls at once leave behind is kept for 5 seconds; the next call then closes it."""

    def release() -> None:
        for _ in range(12):
            assert holding.arrived.acquire(timeout=PATIENCE)
        holding.release.set()

    clock = [now()]
    monkeypatch.setattr("videotasks._engine.driver.now", lambda: clock[0])
    releasing = Thread(target=release)
    releasing.start()
    with closing(Client(mode, holding.ark)) as client:
        refs = [f"ark:{number}" for number in range(12)]
        outcomes = client.many("delete", refs, concurrency=12)
        assert [outcome.name for outcome in outcomes] == ["deleted"] * 12
        releasing.join()
        made = holding.connections
        assert made > 12
        clock[0] += 4.0
        client.get("ark:1")
        client.delete("ark:1")
        assert holding.connections == made
        clock[0] += 6.0
        client.get("ark:1")
        assert all(holding.ended.acquire(timeout=PATIENCE) for _ in range(made))
        assert holding.connections == made + 1
