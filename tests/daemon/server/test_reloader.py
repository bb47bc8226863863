"""Another configuration while the service runs: nobody is let in by the rules of the old one."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.config import Config, ConfigError, Problem
from daemon.errors import RefusalError
from daemon.server.reloader import Reloader
from tests.daemon.state.service import Service

OLD = Config()
DRAWN = replace(OLD, camera=replace(OLD.camera, source="demo:owner"))


def reloaded(folder: Path, before: Config, after: Config | ConfigError) -> list[str]:
    """What is stopped, and what the camera worker is told."""
    done: list[str] = []

    def load() -> Config:
        if isinstance(after, ConfigError):
            raise after
        return after

    async def run() -> None:
        service = Service(folder, before)
        worker = SimpleNamespace(
            configure=lambda _line: done.append("camera"), preload=lambda: done.append("models")
        )
        reloader = Reloader(
            service.context,
            cast(Any, worker),
            load=load,
            stop_watches=lambda: done.append("watches"),
            stop_attempts=lambda: done.append("attempts"),
        )
        if isinstance(after, ConfigError):
            with pytest.raises(RefusalError):
                reloader.reload()
        else:
            reloader.reload()
        assert service.context.config is (before if isinstance(after, ConfigError) else after)
        await asyncio.sleep(0)

    asyncio.run(run())
    return done


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD, replace(OLD, liveness=replace(OLD.liveness, enabled=not OLD.liveness.enabled))),
        (OLD, replace(OLD, liveness=replace(OLD.liveness, challenge_seconds=7.5))),
        (OLD, replace(OLD, recognition=replace(OLD.recognition, security="strict"))),
        # Of a drawn face no liveness is asked; of whoever is before a camera it is.
        (DRAWN, OLD),
    ],
)
def test_attempts_end_where_they_would_be_judged_otherwise(
    tmp_path: Path, before: Config, after: Config
) -> None:
    assert {"watches", "attempts", "camera"} <= set(reloaded(tmp_path, before, after))


def test_attempts_go_on_where_nothing_of_theirs_has_changed(tmp_path: Path) -> None:
    after = replace(OLD, unlock=replace(OLD.unlock, absence_seconds=7.0))
    assert reloaded(tmp_path, OLD, after) == ["watches", "camera"]


def test_a_broken_configuration_stops_nothing(tmp_path: Path) -> None:
    broken = ConfigError((Problem("camera", "there is no such word"),))
    assert reloaded(tmp_path, OLD, broken) == []
