"""A throw-away Debian 12 that really boots: systemd, logind, polkit and the system bus inside.

`base()` makes its root folder once (debootstrap, apt) and keeps it in the cache; each Machine is a
copy, run by systemd-nspawn without a network.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.data import ROOT
from tests.machine.debian_packages import PACKAGES
from tests.waiting import within

SUITE = "bookworm"
"""What machines are where nobody names another."""
_OF_OTHERS = ("dbus", "libpam-systemd", "polkitd", "python3", "systemd-sysv")
"""What other suites begin with: enough for a package to bring the rest."""
_LEGACY_GROUPS = ("systemd.unified_cgroup_hierarchy=0", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1")
"""Words for a systemd from 256 on, which boots in this host's control groups only when told to."""
_SCRIPTS = Path("/usr/share/debootstrap/scripts")
TOOLS = ("debootstrap", "systemd-nspawn", "nsenter", "unshare")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NSPAWN = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit")
BOOT_SECONDS = 90.0
CALL_SECONDS = 120.0


class MachineError(Exception):
    """The machine cannot be made, booted or spoken to."""


def _environment() -> dict[str, str]:
    return {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "0"}


def missing_tools() -> list[str]:
    """Programs of this host that a machine needs and that are not here."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def impossible() -> str:
    """Why this host cannot make a machine, though its tools are here; "" where it can."""
    try:
        command = ["unshare", "--mount", "--pid", "--net", "--fork", "true"]
        subprocess.run(command, check=True, capture_output=True, text=True)
        command = [*NSPAWN, f"--directory={base()}", "--read-only", "--pipe", "/bin/true"]
        subprocess.run(command, check=True, capture_output=True, text=True, env=_environment())
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip()
    except MachineError as error:
        return str(error).splitlines()[-1]
    return ""


def base(*more: str, suite: str = SUITE) -> Path:
    """The root folder that machines are copies of, with `more` Debian packages; made the first
    time, a minute, and what is more takes as long again.
    """
    if more:
        return _kept(suite, more, lambda root: _install(root, more, base(suite=suite)))
    return _kept(suite, (), lambda root: _bootstrap(root, suite))


def _packages(suite: str) -> Sequence[str]:
    return PACKAGES if suite == SUITE else _OF_OTHERS


def _kept(suite: str, more: Sequence[str], make: Callable[[Path], None]) -> Path:
    """A folder of the cache, made where it is not there."""
    words = (suite, *_packages(suite), *more)
    key = hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]
    folder = ROOT / ".cache" / "machine" / f"{suite}-{key}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Tests in several processes may want the same one.
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        staging = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(staging, ignore_errors=True)
        make(staging)
        shutil.rmtree(staging / "var/cache/apt", ignore_errors=True)
        staging.rename(folder)
    return folder


def _bootstrap(root: Path, suite: str) -> None:
    include = f"--include={','.join(_packages(suite))}"
    place = _mirror() or [""]
    # One that this host's debootstrap has not heard of is made as the newest is.
    if not (_SCRIPTS / suite).exists():
        place.append(str(_SCRIPTS / "sid"))
    _make("debootstrap", "--variant=minbase", include, suite, str(root), *place)


def _install(root: Path, packages: Sequence[str], plain: Path) -> None:
    """A copy of the plain root, with more packages from the mirror that it was made from."""
    _make("cp", "-a", "--reflink=auto", str(plain), str(root))
    script = (
        "mkdir -p /var/cache/apt/archives/partial; export DEBIAN_FRONTEND=noninteractive; "
        "apt-get update -qq && apt-get install -y -qq --no-install-recommends "
    )
    # With this host's network, and not booted: nothing of it runs.
    network = ("--resolv-conf=copy-host", "--bind-ro=/etc/hosts", "--pipe")
    command = ("/bin/sh", "-ec", script + " ".join(packages))
    _make(*NSPAWN, f"--directory={root}", *network, *command, env=_environment())


def _make(*command: str, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise MachineError(f"{command[0]} failed:\n{said}")


def _mirror() -> list[str]:
    """The first mirror of this host's own apt, which has every suite; debootstrap's default where
    there is none.
    """
    form = "$(CREATED_BY) $(REPO_URI) $(CODENAME)"
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", form], capture_output=True, text=True, check=False
    )
    lines = (line.split() for line in done.stdout.splitlines())
    found = [words[1] for words in lines if words[:1] == ["Packages"] and words[2:] == [SUITE]]
    return found[:1]


class Machine:
    """One machine, a copy of `origin`. `shown` are folders of this host that it sees, read-only,
    at the same place, `devices` those of this host that it has, `rights` capabilities that a
    container lacks.
    """

    def __init__(
        self,
        root: Path,
        *,
        origin: Path | None = None,
        shown: Iterable[Path] = (),
        devices: Iterable[Path] = (),
        rights: Iterable[str] = (),
    ) -> None:
        self.root = root
        self._rights = tuple(rights)
        self._devices = tuple(devices)
        self._shown = sorted({path.resolve() for path in shown})
        self._console = root.with_name(f"{root.name}.console")
        self._nspawn: subprocess.Popen[bytes] | None = None
        subprocess.run(["cp", "-a", "--reflink=auto", origin or base(), root], check=True)
        # In a container a user's own systemd does not end at power-off; no test needs it.
        masked = root / "etc/systemd/system/user@.service"
        if not masked.is_symlink():
            masked.symlink_to("/dev/null")

    def prepare(self, *command: str) -> None:
        """Runs a command in it before it boots."""
        _make(*NSPAWN, f"--directory={self.root}", "--pipe", *command, env=_environment())

    def boot(self) -> None:
        """Starts it; returns once everything that starts at boot has."""
        command = [
            *NSPAWN,
            f"--directory={self.root}",
            "--private-network",
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
            *(f"--bind-ro={path}" for path in self._shown),
            *(f"--bind={path}" for path in self._devices),
            *(f"--capability={one}" for one in self._rights),
            "--boot",
            *(_LEGACY_GROUPS if _is_newer(self.root) else ()),
        ]
        with self._console.open("wb") as console:
            self._nspawn = subprocess.Popen(
                command,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._is_up, BOOT_SECONDS, "the machine does not come up")

    def stop(self) -> None:
        """Powers it off, in order; what does not end is ended."""
        if self._nspawn is None:
            return
        self._nspawn.terminate()
        try:
            self._nspawn.wait(30)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait(30)
        self._nspawn = None

    def reboot(self) -> None:
        """Off and on again."""
        self.stop()
        self.boot()

    def call(
        self, *command: str, check: bool = True, user: str = "root", seconds: float = CALL_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command inside; raises MachineError with what it said where it fails."""
        if user != "root":
            command = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command)
        done = subprocess.run(
            [*self._enter(), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise MachineError(
                f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done

    def out(self, *command: str, user: str = "root") -> str:
        """What a command inside prints."""
        return self.call(*command, user=user).stdout.strip()

    def start(self, output: Path, *command: str) -> "subprocess.Popen[bytes]":
        """Starts a command inside; it writes to the file `output` of this host."""
        with output.open("wb") as stream:
            return subprocess.Popen(
                [*self._enter(), *command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def log_in(
        self, user: str, *environment: str, command: Sequence[str] = ("sleep", "infinity")
    ) -> str:
        """A session of `user` as a display manager opens it, described to PAM, with what runs in
        it; its id.
        """
        before = set(self.sessions())
        self.call(
            "systemd-run",
            "--quiet",
            "--collect",
            f"--unit=login-{user}-{len(before)}",
            "--property=PAMName=login",
            f"--property=User={user}",
            *(f"--property=Environment={one}" for one in environment),
            *command,
        )
        wait_for(lambda: bool(set(self.sessions()) - before), 60, f"no session of {user} comes up")
        return (set(self.sessions()) - before).pop()

    def sessions(self) -> list[str]:
        """Ids of logind's sessions."""
        lines = self.out("loginctl", "list-sessions", "--no-legend").splitlines()
        return [line.split()[0] for line in lines]

    def _is_up(self) -> bool:
        if self._nspawn is None or self._nspawn.poll() is not None:
            said = self._console.read_text("utf-8", "replace")
            raise MachineError(f"systemd-nspawn ended:\n{said}")
        try:
            done = self.call("systemctl", "is-system-running", check=False, seconds=10)
        except (MachineError, subprocess.TimeoutExpired):
            return False
        return done.stdout.strip() in ("running", "degraded")

    def _enter(self) -> Sequence[str]:
        return (
            "nsenter",
            f"--target={self._leader()}",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--cgroup",
            "--wd=/",
            "--",
            "env",
            "-i",
            f"PATH={PATH}",
            "LC_ALL=C.UTF-8",
        )

    def _leader(self) -> int:
        """The machine's first process, seen from here."""
        children = _children(self._nspawn.pid) if self._nspawn else []
        if not children:
            raise MachineError("the machine does not run")
        return children[0]


def _is_newer(root: Path) -> bool:
    """Whether it is of another suite than the one that every test knows."""
    return f"VERSION_CODENAME={SUITE}" not in (root / "etc/os-release").read_text()


@contextmanager
def running(machine: Machine, *users: str) -> Iterator[Machine]:
    """The machine, up and with these users; powered off in the end."""
    machine.boot()
    try:
        for user in users:
            machine.call("useradd", "--create-home", user)
        yield machine
    finally:
        machine.stop()


def end(started: "subprocess.Popen[bytes]") -> None:
    """Ends what `Machine.start` started.

    Not nsenter itself: its orphan would have to be reaped by this host's first process, and until
    then the machine could not power off.
    """
    for child in _children(started.pid):
        os.kill(child, signal.SIGTERM)
    started.wait(60)


def kill(started: "subprocess.Popen[bytes]") -> None:
    """Kills what `Machine.start` started, and what that started, at once."""
    for child in _children(started.pid):
        for grandchild in _children(child):
            os.kill(grandchild, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
    started.wait(60)


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def wait_for(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Waits until `condition` holds; raises MachineError saying `otherwise` where it does not."""
    if not within(seconds, condition):
        raise MachineError(f"{otherwise} within {seconds:g} s")


def shown_for_setup() -> list[Path]:
    """What `facelatch setup` needs to see inside: the checkout and the Python that runs us."""
    places = [ROOT, Path(sys.prefix), Path(sys.base_prefix)]
    # Several checkouts may share the packages of one environment.
    places += [Path(entry) for entry in sys.path if entry]
    if cache := os.environ.get("FACELATCH_CACHE"):
        places.append(Path(cache))
    named = os.environ.get("FACELATCH_PACKAGE", "").split(":")
    places += [Path(package).absolute().parent for package in named if package]
    outer = [place.resolve() for place in places if place.is_dir()]
    # Debian's own Python is in the machine already.
    return [place for place in outer if not place.is_relative_to("/usr")]


def answered(
    press: Callable[[], object], until: Callable[[], bool], *, seconds: float, each: float
) -> None:
    """Presses keys again every `each` seconds until something comes of them, for `seconds`.

    Those that come before a locker listens are lost.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        press()
        if within(each, until):
            return
    raise MachineError("nothing comes of what is typed")
