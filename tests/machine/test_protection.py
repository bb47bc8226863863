"""The templates of the installed service: a key from systemd, a lost one, and the way elsewhere."""

import pytest

from tests.machine.service import Service

pytestmark = pytest.mark.slow

_TEMPLATES = "/var/lib/facelatch/templates"
_CREDENTIAL = "/etc/credstore.encrypted/facelatch-key"
_FACELATCH = "facelatch"


def _files(service: Service) -> list[str]:
    listed = service.machine.out("find", _TEMPLATES, "-type", "f", "-printf", "%f %u %m\n")
    return sorted(listed.splitlines())


def _restart(service: Service) -> None:
    service.machine.call("systemctl", "restart", "facelatch")


def _appearances(service: Service, user: str) -> list[str]:
    return [appearance["name"] for appearance in service.ask("ListAppearances", "s", user)[0]]


def test_a_key_from_systemd_takes_the_file_s_place(service: Service) -> None:
    before = _files(service)
    assert "key facelatch 400" in before
    assert service.ask("Status")[0]["protection"].startswith("key file")
    adopted = [option for name in ("ada", "bob") for option in ("--adopt", name)]
    said = service.machine.out(_FACELATCH, "protect", *adopted)
    assert "systemctl restart facelatch" in said
    _restart(service)
    assert _files(service) == [line for line in before if not line.startswith("key ")]
    assert service.ask("Status")[0]["protection"].startswith("key from systemd")
    assert _appearances(service, "ada") == ["plain"]


def test_a_lost_credential_stops_recognition_and_nothing_else(service: Service) -> None:
    service.machine.call("mv", _CREDENTIAL, "/root/kept")
    _restart(service)
    assert service.property("ActiveState") == "active"
    assert service.refusal("ListAppearances", "s", "ada", user="root") == "StoreProblem"
    service.machine.call("mv", "/root/kept", _CREDENTIAL)
    _restart(service)
    assert _appearances(service, "ada") == ["plain"]


def test_root_carries_appearances_away_and_back(service: Service) -> None:
    (service.machine.root / "root/words").write_text("correct horse battery staple\n")
    options = ["--passphrase-file", "/root/words"]
    said = service.machine.out(_FACELATCH, "export", "ada", "/root/ada.sealed", *options)
    assert "exported 1 appearances of ada" in said
    service.ask("RemoveUser", "s", "ada")
    assert _appearances(service, "ada") == []
    service.machine.call(_FACELATCH, "import", "/root/ada.sealed", *options)
    assert _appearances(service, "ada") == ["plain"]
    assert {line.split()[1] for line in _files(service)} == {"facelatch"}
    denied = service.machine.call(
        *(_FACELATCH, "export", "ada", "x", "--service", *options), check=False, user="ada"
    )
    assert "only root" in denied.stderr
