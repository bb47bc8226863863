"""The agent's settings on a disk: kept when they break, written in one step, watched."""

import os
import select
from pathlib import Path

import pytest

from daemon.clients.agent.messages import SettingsRead
from daemon.clients.agent.settings import Settings
from daemon.clients.agent.settings_file import SettingsFile, default_path
from daemon.clients.cli.main import main
from daemon.config.reading import LARGEST_FILE

QUIET = Settings().with_greeting(on=False)


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "facelatch" / "agent.toml")


def write(file: SettingsFile, content: str) -> None:
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_text(content)
    file.path.chmod(0o600)


def test_no_file_is_the_defaults(file: SettingsFile) -> None:
    assert file.read() == SettingsRead(Settings())


def test_a_broken_file_leaves_what_was_in_use(file: SettingsFile) -> None:
    write(file, "[greeting]\nenabled = false\n")
    assert file.read().settings == QUIET
    write(file, "[greeting]\nenabled = 3\n")
    read = file.read()
    assert read.settings == QUIET
    assert "greeting.enabled: must be true or false" in read.problem


def test_what_is_written_is_read_and_belongs_to_the_person_alone(file: SettingsFile) -> None:
    assert file.write(QUIET) == SettingsRead(QUIET)
    assert SettingsFile(file.path).read().settings == QUIET
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.path.parent.iterdir()] == ["agent.toml"]


def test_what_cannot_be_written_is_said_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "facelatch").write_text("a file in the folder's place")
    file = SettingsFile(tmp_path / "facelatch" / "agent.toml")
    written = file.write(QUIET)
    assert written.settings == Settings()
    assert "agent.toml" in written.problem


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        (b"# mine\n[greeting]\nrate = fast\n", 0o600),
        (b"# Mus\xe9e\n[greeting]\nrate = 200\n", 0o600),
        # Whoever's umask is 002 has written it so, and has made no mistake in it.
        (b"# mine\n[greeting]\nrate = 200\n", 0o664),
        (b"#" * (LARGEST_FILE + 1), 0o600),
    ],
)
def test_what_cannot_be_used_is_kept_beside_what_is_written(
    file: SettingsFile, content: bytes, mode: int
) -> None:
    write(file, "")
    file.path.write_bytes(content)
    file.path.chmod(mode)
    assert file.write(QUIET) == SettingsRead(QUIET)
    old = file.path.with_name("agent.toml.old")
    assert old.read_bytes() == content
    assert old.name in file.path.read_text().splitlines()[0]
    assert file.write(Settings()) == SettingsRead(Settings())
    assert old.read_bytes() == content


def test_what_is_kept_is_never_written_over(file: SettingsFile) -> None:
    write(file, "[greeting\n")
    assert not file.write(QUIET).problem
    write(file, "greeting]\n")
    assert "agent.toml.old is in the way" in file.write(Settings()).problem
    assert file.path.read_text() == "greeting]\n"
    assert file.path.with_name("agent.toml.old").read_text() == "[greeting\n"


def test_what_began_with_a_byte_order_mark_is_changed_as_others_are(file: SettingsFile) -> None:
    write(file, "\ufeff# mine\n[greeting]\nenabled = true\n")
    assert file.write(QUIET) == SettingsRead(QUIET)
    assert file.path.read_text() == "# mine\n[greeting]\nenabled = false\n"


def test_a_link_stays_a_link(file: SettingsFile, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("# mine\n")
    target.chmod(0o600)
    file.path.parent.mkdir()
    file.path.symlink_to(target)
    file.write(QUIET)
    assert file.path.is_symlink()
    assert target.read_text() == "# mine\n\n[greeting]\nenabled = false\n"


def test_a_change_by_another_program_is_noticed(file: SettingsFile) -> None:
    heard: list[SettingsRead] = []
    watch = file.watch()
    write(file, "[greeting]\nenabled = false\n")
    assert select.select([watch], [], [], 30.0)[0]
    file.take_changes(heard.append)
    assert heard[-1] == SettingsRead(QUIET)
    file.close()


def test_other_files_in_the_folder_are_not_ours(file: SettingsFile) -> None:
    heard: list[SettingsRead] = []
    watch = file.watch()
    (file.path.parent / "other.toml").write_text("x")
    assert select.select([watch], [], [], 30.0)[0]
    file.take_changes(heard.append)
    assert heard == []
    file.close()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(watch)


def test_it_lies_where_the_desktop_keeps_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert default_path() == Path("/somewhere/facelatch/agent.toml")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert default_path() == Path.home() / ".config/facelatch/agent.toml"


def test_locking_on_leaving_is_switched_by_a_command_too(file: SettingsFile) -> None:
    write(file, "# mine\n[leave]\nseconds = 45\n")
    command = ["agent", "--settings", str(file.path), "--leaving"]
    assert main([*command, "on"]) == 0
    assert file.read().settings.leave.wanted(0.0) == 45.0
    assert file.path.read_text().startswith("# mine\n")
    assert main([*command, "off"]) == 0
    assert file.read().settings.leave.wanted(0.0) == 0.0


def test_a_broken_file_is_not_written_over_by_a_command(file: SettingsFile) -> None:
    write(file, "[leave]\nseconds = 3\n")
    assert main(["agent", "--settings", str(file.path), "--leaving", "on"]) == 2
    assert file.path.read_text() == "[leave]\nseconds = 3\n"
