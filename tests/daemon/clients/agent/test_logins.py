"""One notification where an update took the face out of PAM's files, and none more of the same."""

from datetime import datetime
from pathlib import Path

import pytest

from daemon.clients.agent import login_files
from daemon.clients.agent.logins import Logins
from daemon.clients.agent.messages import (
    DaemonDown,
    DaemonUp,
    Effect,
    Elapsed,
    Fact,
    Later,
    Notify,
    Withdraw,
)
from daemon.install.pam_files import Folders

NOW = datetime(2026, 11, 29, 12).astimezone()


def _effects(logins: Logins, fact: Fact) -> list[Effect]:
    effects = list(logins.react(fact, NOW))
    assert effects[:1] == [Later("logins", 6 * 3600.0)]
    return effects[1:]


def test_it_is_told_once_with_the_command_and_taken_back() -> None:
    lost: list[str] = []
    logins = Logins(lambda: lost)
    up, later = DaemonUp({}), Elapsed("logins")
    assert _effects(logins, up) == []
    lost += ["sudo", "polkit-1"]
    (notice,) = _effects(logins, later)
    assert isinstance(notice, Notify) and "polkit-1, sudo" in notice.title
    assert notice.body.endswith("sudo facelatch pam restore")
    assert _effects(logins, later) == _effects(logins, up) == []
    lost.append("kde")
    (notice,) = _effects(logins, up)
    assert isinstance(notice, Notify) and "kde, polkit-1, sudo" in notice.title
    lost.clear()
    assert _effects(logins, later) == [Withdraw("logins")]
    assert _effects(logins, later) == []
    assert list(logins.react(DaemonDown(), NOW)) == []
    assert list(logins.react(Elapsed("another"), NOW)) == []


def test_files_that_nobody_may_read_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.install.pam_files.Folders", lambda: Folders(tmp_path))
    assert not login_files.taken_away()
    (tmp_path / "etc/pam.d").mkdir(parents=True)
    (tmp_path / "var/backups/facelatch-pam").mkdir(parents=True)
    (tmp_path / "var/backups/facelatch-pam/sudo").write_bytes(b"")
    assert login_files.taken_away() == ["sudo"]

    def forbidden(_folders: Folders) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr("daemon.install.pam_files.taken_away", forbidden)
    assert not login_files.taken_away()
