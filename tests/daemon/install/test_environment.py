"""What the service's environment is made of, and who could tamper with it."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from daemon.clients.pam import token
from daemon.install import environment, packages, python, trust
from daemon.install.errors import InstallError
from daemon.install.packages import SERVICE_PACKAGES, Package, needed_packages
from daemon.install.places import PAM_ACCOUNT, PAM_PROGRAM, Places
from tests.data import ROOT

WORKSHOP = {"tensorflow", "keras", "matplotlib", "scikit-image", "mtcnn", "onnx", "h5py"}


@pytest.fixture
def planned(tmp_path: Path) -> environment.Plan:
    """A small one: our own packages, and one of a single module."""
    module = tmp_path / "origin" / "tiny.py"
    module.parent.mkdir()
    module.write_text("ANSWER = 42\n")
    found = Path(getattr(sys, "_base_executable", sys.executable))
    return environment.Plan(
        found, (Package("tiny", "1", ((module, "tiny.py"),)),), ROOT, ROOT / "systemd"
    )


def test_every_package_of_the_service_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[<>=!~\[ ;]", line)[0] for line in project["dependencies"]}
    assert set(SERVICE_PACKAGES) - asked == set()


def test_the_workshop_stays_behind() -> None:
    names = {package.name for package in needed_packages()}
    assert set(SERVICE_PACKAGES) <= names
    assert "cffi" in names
    assert not names & WORKSHOP


def test_programs_and_byte_code_stay_behind() -> None:
    places = [place for package in needed_packages() for _, place in package.files]
    assert not [place for place in places if ".." in place or place.endswith(".pyc")]


def test_what_nothing_opens_stays_behind() -> None:
    needless = packages.is_needless
    for place in (
        "numpy/_core/tests/test_api.py",
        "numpy/__init__.pyi",
        "ai_edge_litert/libLiteRtWebGpuAccelerator.so",
        "cv2/data/haarcascade_eye.xml",
        "cv2/data/haarcascade_frontalface_alt.xml",
        "ai_edge_litert/libLiteRt.so",
        "numpy/testing/__init__.py",
        "cryptography/x509/name.py",
        "pywayland/protocol/xdg_shell.py",
        "pywayland/protocol/wp_primary_selection_unstable_v1.py",
    ):
        assert needless(place), place
    for place in (
        "numpy/ma/testutils.py",
        "ai_edge_litert/libpywrap_litert_common.so",
        "cv2/data/haarcascade_frontalface_default.xml",
        "_cffi_backend.cpython-311-x86_64-linux-gnu.so",
        "pywayland/protocol/wayland.py",
        "numpy-2.4.6.dist-info/licenses/LICENSE.txt",
        "numpy-2.4.6.dist-info/RECORD",  # read by an installation that is asked to install again
    ):
        assert not needless(place), place


def test_nothing_that_runs_imports_what_stays_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.daemon.install.without_needless"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    imported = set(done.stdout.split())
    assert {"daemon.clients.agent.wayland_displays", "rich.live", "pystray._base"} <= imported
    assert {"ai_edge_litert.interpreter", "PIL", "cffi.api"} & imported == {
        "ai_edge_litert.interpreter"
    }


def test_opencv_without_windows_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        files = ()
        requires: tuple[str, ...] = ()
        version = "4.14"

    def find(name: str) -> Found:
        if name != "opencv-python-headless":
            raise PackageNotFoundError(name)
        return Found()

    monkeypatch.setattr(packages, "distribution", find)
    assert [package.version for package in needed_packages(["opencv-python"])] == ["4.14"]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(packages, "distribution", missing)
    with pytest.raises(InstallError, match="numpy is not installed here"):
        needed_packages(["numpy"])


def test_a_package_that_pip_did_not_install_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Listless:
        files = None
        requires: tuple[str, ...] = ()
        version = "1"

    monkeypatch.setattr(packages, "distribution", lambda _: Listless())
    with pytest.raises(InstallError, match="no list of its files"):
        needed_packages(["numpy"])


def test_conditions_and_extras_of_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        files = ()
        version = "1"

        def __init__(self, *requires: str) -> None:
            self.requires = requires

    here = {
        "top": Found("needed>=1", "old-python; python_version < '3'", "toy ; extra == 'toys'"),
        "needed": Found(),
        "toy": Found(),
    }

    def find(name: str) -> Found:
        if name not in here:
            raise PackageNotFoundError(name)
        return here[name]

    monkeypatch.setattr(packages, "distribution", find)
    assert [package.name for package in needed_packages(["Top"])] == ["needed", "top"]


def test_built_it_is_complete_and_runs_alone(planned: environment.Plan, tmp_path: Path) -> None:
    places = Places(tmp_path / "machine")
    assert not environment.is_current(places, planned)
    environment.build(places, planned)
    assert environment.is_current(places, planned)
    assert sorted(path.name for path in places.program.iterdir()) == [trust.STAMP, "venv"]
    site = next((places.environment / "lib").glob("python*/site-packages"))
    assert (site / "tiny.py").read_text() == "ANSWER = 42\n"
    assert list(site.glob("__pycache__/tiny.*.pyc"))
    launcher = places.environment / "bin/facelatch"
    assert launcher.read_text().splitlines()[0] == f"#!{places.environment}/bin/python -I"
    assert os.access(launcher, os.X_OK)
    assert not list((places.environment / "bin").glob("activate*"))
    pictures = places.environment / "share/facelatch/portraits"
    assert {path.name for path in pictures.iterdir()} == {"astronaut.png", "grace_hopper.jpg"}
    for_pam = places.environment / PAM_PROGRAM
    # Neither the caller's environment nor a search for packages.
    assert for_pam.read_text().splitlines()[0] == f"#!{places.environment}/bin/python -IS"
    done = subprocess.run([for_pam, "typed"], input=b"\0", check=False, timeout=60)
    assert done.returncode == 0
    account = places.environment / PAM_ACCOUNT
    assert token.FOLDER in account.read_text() and str(for_pam) in account.read_text()
    subprocess.run([account], check=True, timeout=60)


def test_everybody_may_read_it_whatever_the_umask(
    planned: environment.Plan, tmp_path: Path
) -> None:
    places = Places(tmp_path / "machine")
    before = os.umask(0o077)
    try:
        environment.build(places, planned)
    finally:
        os.umask(before)
    for path in places.environment.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            assert mode & 0o444 == 0o444, path
            assert not mode & 0o022, path


def test_a_failure_leaves_the_old_one(planned: environment.Plan, tmp_path: Path) -> None:
    places = Places(tmp_path / "machine")
    environment.build(places, planned)
    absent = Package("gone", "1", ((tmp_path / "gone.py", "gone.py"),))
    broken = environment.Plan(planned.python, (absent,), planned.source, planned.unit_files)
    with pytest.raises(InstallError, match=r"gone\.py is not a plain file"):
        environment.build(places, broken)
    assert environment.is_current(places, planned)
    assert sorted(path.name for path in places.program.iterdir()) == [trust.STAMP, "venv"]


def test_other_content_is_another_environment(planned: environment.Plan, tmp_path: Path) -> None:
    newer = Package("tiny", "2", planned.packages[0].files)
    other = environment.Plan(planned.python, (newer,), planned.source, planned.unit_files)
    assert planned.digest() != other.digest()
    source = tmp_path / "source"
    for name in ("daemon", "enroll", "models"):
        (source / name).mkdir(parents=True)
        (source / name / "__init__.py").write_text("")
    ours = environment.Plan(planned.python, (), source, planned.unit_files)
    before = ours.digest()
    (source / "daemon" / "__init__.py").write_text("x = 1\n")
    assert ours.digest() != before


def test_the_unit_files_are_found_or_asked_for(tmp_path: Path) -> None:
    assert environment.unit_files(ROOT) == ROOT / "systemd"
    with pytest.raises(InstallError, match="run setup from the checkout"):
        environment.unit_files(tmp_path)


def _program(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "python"
    program.write_text("")
    program.chmod(0o755)
    return program


def test_a_python_that_others_can_change_is_refused(tmp_path: Path) -> None:
    program = _program(tmp_path / "bin")
    me = os.geteuid()
    loose = [part for part in (program, *program.parents) if part.stat().st_mode & 0o022]
    # pytest's folders are private, those above them need not be.
    if not loose and all(part.stat().st_mode & 0o001 for part in program.parents):
        assert python.is_for_everybody(program, hidden=(), owner=me)
    program.chmod(0o777)
    assert not python.is_for_everybody(program, hidden=(), owner=me)


def test_a_python_that_the_unit_hides_is_refused(tmp_path: Path) -> None:
    program = _program(tmp_path / "bin")
    assert not python.is_for_everybody(program, hidden=(str(tmp_path),), owner=os.geteuid())


def test_a_python_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert not python.is_for_everybody(tmp_path / "none")


def test_no_python_at_all_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "is_for_everybody", lambda _: False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(InstallError, match=f"install {version} with the system's packages"):
        python.find_python()
