"""What PAM says is checked; an empty line that a program may have written is no consent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.clients.pam.facts import Facts, UnusableError, check_consent, reads_elsewhere

_SUDO = {b"PAM_USER": b"ada", b"PAM_SERVICE": b"sudo", b"PAM_TTY": b"/dev/pts/3"}


def test_what_pam_says() -> None:
    facts = Facts({**_SUDO, b"PAM_RHOST": b"far.example.org"})
    assert (facts.username, facts.service, facts.tty) == ("ada", "sudo", "/dev/pts/3")
    assert facts.host == "far.example.org"


@pytest.mark.parametrize("name", [b"SSH_CONNECTION", b"SSH_CLIENT"])
def test_the_environment_of_ssh_is_remote(name: bytes) -> None:
    assert Facts({**_SUDO, name: b""}).host == "ssh"


@pytest.mark.parametrize("name", [b"PAM_USER", b"PAM_SERVICE", b"PAM_TTY", b"PAM_RHOST"])
@pytest.mark.parametrize("value", [b"\xff\xfe", b"a\nb", b"x" * 65536, b"\x1b[2J", b"a\0b"])
def test_nonsense_is_refused(name: bytes, value: bytes) -> None:
    with pytest.raises(UnusableError):
        Facts({**_SUDO, name: value})


@pytest.mark.parametrize("name", [b"PAM_USER", b"PAM_SERVICE"])
def test_without_user_or_service_nothing_is_asked(name: bytes) -> None:
    with pytest.raises(UnusableError):
        Facts({**_SUDO, name: b""})


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(_SUDO)), st.binary(max_size=80)))
def test_any_environment_is_read_or_refused(environment: dict[bytes, bytes]) -> None:
    try:
        facts = Facts(environment)
    except UnusableError:
        return
    assert facts.username.isprintable() and len(facts.username) <= 64


@pytest.mark.parametrize(
    "tty", [b"", b"unknown", b":0", b"/dev/null", b"pts/", b"tty", b"pts/../1"]
)
def test_sudo_without_a_terminal(tty: bytes) -> None:
    with pytest.raises(UnusableError, match="terminal"):
        check_consent(Facts({**_SUDO, b"PAM_TTY": tty}), [b"sudo", b"true"])


@pytest.mark.parametrize("tty", [b"/dev/pts/3", b"pts/12", b"/dev/tty1", b"tty7"])
def test_sudo_at_a_terminal(tty: bytes) -> None:
    check_consent(Facts({**_SUDO, b"PAM_TTY": tty}), [b"sudo", b"true"])


def test_a_dialogue_needs_no_terminal() -> None:
    facts = Facts({b"PAM_USER": b"ada", b"PAM_SERVICE": b"polkit-1"})
    check_consent(facts, [b"polkit-agent-helper-1", b"ada"])


def test_a_line_from_a_pipe_is_no_consent() -> None:
    with pytest.raises(UnusableError, match="program"):
        check_consent(Facts(_SUDO), [b"sudo", b"-S", b"true"])
    # su has another -S, or none.
    check_consent(Facts({**_SUDO, b"PAM_SERVICE": b"su"}), [b"su", b"-S"])


@pytest.mark.parametrize(
    "words",
    [
        "-S true",
        "-kS true",
        "-A true",
        "--stdin true",
        "--std true",
        "--askpass",
        "-u root -S true",
        "-uroot -S",
        "--user root -S",
        "--user=root -S",
        "FOO=1 -S true",
        "-nEHS",
        "-h",
        "-p x -S",
    ],
)
def test_sudo_reads_elsewhere(words: str) -> None:
    assert reads_elsewhere([b"sudo", *words.encode().split()])


@pytest.mark.parametrize(
    "words",
    [
        "",
        "true",
        "pacman -S vim",
        "-u root ls -A",
        "-- ls -S",
        "-i",
        "-uS true",
        "-p -S true",
        "ls=1/x",
    ],
)
def test_sudo_reads_the_terminal(words: str) -> None:
    assert not reads_elsewhere([b"sudo", *words.encode().split()])


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12), max_size=8))
def test_any_command_line_is_read(words: list[bytes]) -> None:
    assert reads_elsewhere([b"sudo", *words]) in (True, False)
