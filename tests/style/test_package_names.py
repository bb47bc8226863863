"""The folders are the import names; nothing else that is installed may bring one of them."""

from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

OURS = {"models", "enroll", "daemon"}


def _top_level_names(distribution: Distribution) -> set[str]:
    return {
        file.parts[0] if len(file.parts) > 1 else file.name.partition(".")[0]
        for file in distribution.files or ()
        if file.suffix in {".py", ".so"}
    }


def _intruders(found: Iterable[Distribution]) -> dict[str, set[str]]:
    return {
        distribution.name: names
        for distribution in found
        if distribution.name != "facelatch" and (names := _top_level_names(distribution) & OURS)
    }


def test_no_dependency_takes_our_names() -> None:
    assert _intruders(distributions()) == {}


def test_a_dependency_that_does_is_found(tmp_path: Path) -> None:
    for name, file in (("python-daemon", "daemon/__init__.py"), ("other", "models.py")):
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        # From Python 3.13 on, what is listed and not there is left out.
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("")
        (info / "RECORD").write_text(f"{file},,\n{info.name}/METADATA,,\n")
    found = _intruders(distributions(path=[str(tmp_path)]))
    assert found == {"python-daemon": {"daemon"}, "other": {"models"}}
