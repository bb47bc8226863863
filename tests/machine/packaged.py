"""Small Debian packages, made inside a machine and installed there by its own dpkg."""

from collections.abc import Mapping

from tests.data import ROOT
from tests.machine.machine import Machine

_CONTROL = """\
Package: {name}
Version: {version}
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: for a test
"""
TRIGGERS = ("facelatch.triggers", "triggers"), ("facelatch.postinst", "postinst")
"""Files of packaging/debian, and what they are in a package."""


def install(
    machine: Machine,
    name: str,
    version: str,
    files: Mapping[str, str],
    *,
    control: Mapping[str, str] | None = None,
) -> str:
    """Builds and installs a package whose `files`, by path, are all configuration: where somebody
    changed one, the package's own is taken. What dpkg says.
    """
    tree = machine.root / "srv/packages" / f"{name}_{version}"
    for path, text in files.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
    told = {"control": _CONTROL.format(name=name, version=version), **(control or {})}
    if files:
        told["conffiles"] = "".join(f"/{path}\n" for path in files)
    for one, text in told.items():
        (tree / "DEBIAN" / one).write_text(text)
        (tree / "DEBIAN" / one).chmod(0o755 if text.startswith("#!") else 0o644)
    folder = f"/srv/packages/{tree.name}"
    machine.call("dpkg-deb", "--root-owner-group", "--build", folder)
    return machine.call("dpkg", "--force-confnew", "--install", f"{folder}.deb").stdout


def install_our_triggers(machine: Machine) -> None:
    """The package's own triggers, and what it does where they are set off, beside a service that
    was installed from a checkout.
    """
    texts = {}
    for source, name in TRIGGERS:
        texts[name] = (ROOT / "packaging/debian" / source).read_text()
    # Where it was installed: that compiles what is not there.
    texts["postinst"] = texts["postinst"].replace('[ "$1" = configure ]', "false")
    install(machine, "facelatch", "0", {}, control=texts)
