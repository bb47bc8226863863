"""What is put into PAM's files is safe where it stands, and is taken out byte for byte."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.install.errors import InstallError
from daemon.install.pam_text import (
    BEGIN,
    END,
    LARGEST,
    Origin,
    State,
    Steps,
    asking_root_too,
    disabled,
    enabled,
    is_copy,
    state_of,
)

STEPS = Steps("/opt/facelatch/venv/bin/facelatch-pam", 10.0)
LOOKS = Steps("/opt/facelatch/venv/bin/facelatch-pam", 10.0, ask=False)
SILENT = Steps("/opt/facelatch/venv/bin/facelatch-pam", 10.0, tell=False)
COMMON = {
    "common-auth": (
        b"auth [success=2 default=ignore] pam_fprintd.so max-tries=1\n"
        b"auth [success=1 default=ignore] pam_unix.so nullok\n"
        b"auth requisite pam_deny.so\nauth required pam_permit.so\nauth optional pam_cap.so\n"
    ),
    "common-account": b"account required pam_unix.so\n",
    "common-session": b"session required pam_unix.so\n",
    "system-auth": b"auth sufficient pam_unix.so\nauth required pam_deny.so\n"
    b"account required pam_unix.so\n",
}
DEBIAN = (
    b"#%PAM-1.0\n\nsession    required   pam_limits.so\n\n"
    b"@include common-auth\n@include common-account\n@include common-session"
)
FEDORA = (
    b"#%PAM-1.0\r\nauth include system-auth\naccount include system-auth\n"
    b"session optional pam_keyinit.so revoke\n"
)
SU = b"auth sufficient pam_rootok.so\n-auth sufficient pam_u2f.so\n" + DEBIAN


def _on(content: bytes, steps: Steps = STEPS) -> bytes:
    return enabled(content, steps, included=COMMON)


@pytest.mark.parametrize("steps", [STEPS, LOOKS, SILENT])
@pytest.mark.parametrize("content", [DEBIAN, FEDORA, SU])
def test_on_and_off_again(content: bytes, steps: Steps) -> None:
    on = _on(content, steps)
    assert on.count(steps.auth) == on.count(steps.account) == 1
    assert disabled(on) == (content, None)
    assert _on(on, steps) == on
    assert (state_of(content, steps), state_of(on, steps)) == (State.OFF, State.ON)


def test_just_above_what_asks_for_the_password() -> None:
    before, _, after = _on(SU).partition(STEPS.auth)
    assert before.endswith(
        b"-auth sufficient pam_u2f.so\n#%PAM-1.0\n\nsession    required   pam_limits.so\n\n"
    )
    assert after.startswith(b"@include common-auth\n")
    account, _, rest = after.partition(STEPS.account)
    assert account == b"@include common-auth\n"
    assert rest.startswith(b"@include common-account\n")


def test_other_settings_are_seen_and_replaced() -> None:
    on = _on(DEBIAN)
    other = Steps(STEPS.program, 5.0)
    assert state_of(on, other) is State.OTHER
    assert _on(on, other) == _on(DEBIAN, other)


def test_a_copy_of_the_distributions_file() -> None:
    on = enabled(DEBIAN, STEPS, included=COMMON, origin="/usr/lib/pam.d/polkit-1")
    plain, origin = disabled(on)
    assert plain == DEBIAN
    digest = hashlib.sha256(DEBIAN).hexdigest()
    assert origin == Origin("/usr/lib/pam.d/polkit-1", digest)
    assert is_copy(plain, origin) and not is_copy(plain + b"#", origin)
    assert _on(on) == on
    assert state_of(on, STEPS) is State.ON


@pytest.mark.parametrize(
    "change",
    [
        lambda on: on.replace(END, b"", 1),
        lambda on: on.replace(BEGIN, b"", 1),
        lambda on: on + b"\n" + BEGIN,
        lambda on: END + on,
        lambda on: on.replace(END, b"# facelatch: end", 1),
    ],
)
def test_what_somebody_changed_is_left_alone(change: object) -> None:
    assert callable(change)
    broken = change(_on(DEBIAN))
    with pytest.raises(InstallError, match="changed"):
        disabled(broken)
    with pytest.raises(InstallError, match="changed"):
        _on(broken)
    assert state_of(broken, STEPS) is State.BROKEN


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no line here asks"),
        (b"auth required pam_permit.so\n", "no line here asks"),
        (b"# auth required pam_unix.so\n", "no line here asks"),
        (b"# a comment \\\nauth required pam_unix.so\n", "no line here asks"),
        (b"account required pam_unix.so\n", "no line here asks"),
        (b"@include elsewhere\n", "cannot be read"),
        (b"@include common-auth\nauth required pam_oath.so\n", "pam_oath"),
        (
            b"auth [default=die success=ok] pam_oath.so\n@include common-auth\n"
            b"auth [success=ok default=bad] pam_u2f.so\n",
            "pam_u2f",
        ),
        (b"auth required pam_unix.so\n@include second\n", "cannot be read"),
        (
            b"auth [success=2 default=ignore] pam_fprintd.so\nauth optional pam_echo.so x\n"
            b"auth required pam_unix.so\nauth required pam_oath.so\n",
            "pam_oath",
        ),
        (
            b"auth [success=1 default=bad] pam_u2f.so\nauth required pam_unix.so\n",
            "pam_u2f",
        ),
        (b"auth [success=1] pam_rootok.so\nauth required pam_unix.so\n", "jumps"),
        (
            b"auth [success=2] pam_fprintd.so\nauth include none\nauth required pam_unix.so\n",
            "cannot be read",
        ),
        (
            b"auth [success=2] pam_fprintd.so\nauth substack empty\nauth required pam_unix.so\n",
            "jumps",
        ),
        (b"@include loop\n", "cannot be read"),
        (b"auth include su\naccount include su\n", "lets root through"),
        (b"x" * (LARGEST + 1), "too large"),
    ],
)
def test_where_it_would_not_be_safe(content: bytes, why: str) -> None:
    included = {**COMMON, "loop": b"@include loop\n", "su": SU, "empty": b"\n"}
    with pytest.raises(InstallError, match=why):
        enabled(content, STEPS, included=included)


_GROUP = (
    b"auth [success=3 default=ignore] pam_fprintd.so\nauth [success=2 default=ignore] pam_sss.so\n"
    b"account required pam_unix.so\nauth [success=1 default=ignore] pam_unix.so\n"
    b"auth requisite pam_deny.so\nauth required pam_permit.so\n"
)


def test_a_login_that_is_included_whole_is_named() -> None:
    included = {**COMMON, "login": b"auth requisite pam_nologin.so\n" + DEBIAN}
    with pytest.raises(InstallError, match="pam_nologin") as found:
        enabled(b"@include login\n", STEPS, included=included)
    assert found.value.hint.endswith("facelatch pam enable login")


def test_above_a_whole_group_of_jumps() -> None:
    """Debian's own group, written into the file of a service."""
    first = b"auth required pam_faillock.so preauth\n"
    on = _on(first + _GROUP)
    before, _, after = on.partition(STEPS.auth)
    assert before == first and after.replace(STEPS.account, b"") == _GROUP
    assert disabled(on) == (first + _GROUP, None)


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (b"auth required pam_exec.so /x/facelatch-pam look 10\n", State.REFUSING),
        (b"auth requisite pam_exec.so stdout /x/facelatch-pam look 10\n", State.REFUSING),
        (b"-auth [success=done default=die] pam_exec.so /facelatch-pam look\n", State.REFUSING),
        (b"auth [default=bad success=ok] pam_exec.so \\\n /facelatch-pam look\n", State.REFUSING),
        (b"auth sufficient pam_exec.so /x/facelatch-pam look 10\n", State.BY_HAND),
        (b"auth [success=done default=ignore] pam_exec.so /facelatch-pam x\n", State.BY_HAND),
        (b"# auth required pam_exec.so /x/facelatch-pam look 10\n", State.OFF),
        (b"session required pam_exec.so /x/facelatch-pam look 10\n", State.OFF),
    ],
)
def test_lines_of_somebodys_own_that_run_the_helper_are_named(line: bytes, state: State) -> None:
    assert state_of(line + DEBIAN, STEPS) is state
    if state is not State.OFF:
        assert state_of(line + _on(DEBIAN), STEPS) is state


def test_a_locker_opens_what_somebody_logged_in_to_before() -> None:
    """As Debian's swaylock."""
    login = {**COMMON, "login": b"auth requisite pam_nologin.so\n@include common-auth\n"}
    with pytest.raises(InstallError, match="pam_nologin"):
        enabled(b"auth include login\n", STEPS, included=login)
    on = enabled(b"auth include login\n", STEPS, included=login, locker=True)
    assert on == STEPS.auth + b"auth include login\n"


def test_a_jump_that_ends_before_ours_stays() -> None:
    content = (
        b"auth [success=1 default=ignore] pam_u2f.so\nauth optional pam_echo.so x\n"
        b"auth required \\\n  pam_unix.so\n"
    )
    on = _on(content)
    assert on.endswith(END + b"auth required \\\n  pam_unix.so\n")
    assert disabled(on) == (content, None)


def test_in_a_trial_root_is_asked_too() -> None:
    tried = asking_root_too(SU + b"\n-auth [success=done default=1] pam_rootok.so\n")
    assert b"pam_rootok" not in tried
    assert tried.startswith(b"auth [default=ignore] pam_permit.so\n-auth sufficient pam_u2f.so")
    assert tried.endswith(b"\n-auth [default=ignore] pam_permit.so\n")


_LINES = st.sampled_from(
    [
        b"@include common-auth",
        b"@include common-account",
        b"auth required pam_unix.so",
        b"auth sufficient pam_rootok.so",
        b"-auth [success=1 new_authtok_reqd=ok ignore=ignore default=bad] pam_sss.so x \\",
        b"auth include system-auth",
        b"account required pam_unix.so # why",
        b"session optional pam_systemd.so",
        b"# a comment",
        b"",
        b"\t",
        b"\xff\xfe\x00",
    ]
)


@settings(deadline=None)
@given(
    st.lists(st.one_of(_LINES, st.binary(max_size=30)), max_size=12),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.sampled_from([STEPS, LOOKS]),
    st.sampled_from(["", "/usr/lib/pam.d/x"]),
)
def test_off_again_is_as_before_whatever_the_file(
    lines: list[bytes], end: bytes, whole: bool, steps: Steps, origin: str
) -> None:
    content = end.join(lines) + (end if whole else b"")
    try:
        on = enabled(content, steps, included=COMMON, origin=origin)
    except InstallError:
        return
    plain, made = disabled(on)
    assert plain == content
    assert (made is not None) is bool(origin)
    assert enabled(on, steps, included=COMMON) == on
    assert state_of(on, steps) is State.ON


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_nonsense_is_changed_back_or_refused(content: bytes) -> None:
    try:
        assert disabled(content) == (content, None)
    except InstallError:
        assert BEGIN in content or END in content
