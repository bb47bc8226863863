"""The bus policy and polkit's actions, compared with the contract and read by a real bus."""

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from daemon.api import BUS_NAME, INTERFACE, INTERFACE_NAME, Action
from tests.data import ROOT

FOLDER = ROOT / "systemd"
POLICY = FOLDER / f"{BUS_NAME}.conf"
ACTIONS = FOLDER / f"{BUS_NAME}.policy"
STANDARD = {
    ("org.freedesktop.DBus.Introspectable", "Introspect"),
    ("org.freedesktop.DBus.Peer", "Ping"),
    ("org.freedesktop.DBus.Properties", "Get"),
    ("org.freedesktop.DBus.Properties", "GetAll"),
}


def _rules(policy: ElementTree.Element) -> list[tuple[str, dict[str, str]]]:
    return [(rule.tag, dict(rule.attrib)) for rule in policy]


def _policies() -> dict[str, list[tuple[str, dict[str, str]]]]:
    root = ElementTree.parse(POLICY).getroot()
    return {
        policy.get("context") or f"user {policy.get('user')}": _rules(policy)
        for policy in root.findall("policy")
    }


def test_only_its_user_owns_the_name() -> None:
    policies = _policies()
    assert set(policies) == {"default", "user facelatch"}
    assert ("deny", {"own": BUS_NAME}) in policies["default"]
    assert policies["user facelatch"] == [("allow", {"own": BUS_NAME})]


def test_what_is_not_named_is_denied() -> None:
    rules = _policies()["default"]
    calls = {"send_destination": BUS_NAME, "send_type": "method_call"}
    assert rules[1] == ("deny", calls)
    allowed = set()
    for tag, attributes in rules[2:]:
        assert tag == "allow"
        assert attributes.items() >= calls.items()
        assert set(attributes) == {*calls, "send_interface", "send_member"}
        allowed.add((attributes["send_interface"], attributes["send_member"]))
    assert allowed == STANDARD | {(INTERFACE_NAME, method.name) for method in INTERFACE.methods}


def test_every_action_is_explained_and_restricted() -> None:
    actions = ElementTree.parse(ACTIONS).getroot().findall("action")
    assert [action.get("id") for action in actions] == [action.value for action in Action]
    for action in actions:
        assert action.findtext("description")
        assert action.findtext("message")
        # Without it polkit answers only root.
        assert action.findtext("annotate") == "unix-user:facelatch"


@pytest.mark.parametrize("action", Action)
def test_nobody_passes_without_authenticating(action: Action) -> None:
    root = ElementTree.parse(ACTIONS).getroot()
    defaults = root.find(f"action[@id='{action.value}']/defaults")
    assert defaults is not None
    who = "auth_self" if action.value.endswith("-own") else "auth_admin"
    assert {rule.text for rule in defaults} <= {who, "no"}
    assert defaults.findtext("allow_active") == who


def test_enrolling_is_for_who_sits_here() -> None:
    root = ElementTree.parse(ACTIONS).getroot()
    for action in (Action.ENROL_OWN, Action.ENROL_OTHER):
        defaults = root.find(f"action[@id='{action.value}']/defaults")
        assert defaults is not None
        assert defaults.findtext("allow_any") == defaults.findtext("allow_inactive") == "no"


def test_the_rule_says_yes_to_one_user_about_one_action() -> None:
    rule = (FOLDER / "org.facelatch.rules").read_text()
    assert set(re.findall(r"polkit\.Result\.(\w+)", rule)) == {"NOT_HANDLED", "YES"}
    assert rule.count("Result.YES") == rule.count("action.id ==") == 1
    assert rule.count("subject.user ==") == 1
    assert 'subject.user == "facelatch-unlocker" &&' in rule
    assert 'action.id == "org.freedesktop.login1.lock-sessions"' in rule


def test_a_real_bus_reads_the_policy(tmp_path: Path) -> None:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not on this machine")
    configuration = tmp_path / "bus.conf"
    configuration.write_text(
        '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"'
        ' "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">'
        f"<busconfig><listen>unix:path={tmp_path}/bus</listen><auth>EXTERNAL</auth>"
        f"<include>{POLICY}</include></busconfig>"
    )
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={configuration}", "--print-address", "--nofork"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert bus.stdout is not None
        lines = []
        for line in bus.stdout:
            lines.append(line.strip())
            if line.startswith("unix:"):
                break
        # The user is unknown where nothing is installed; nothing else may be said.
        said = [line for line in lines if "nknown username" not in line]
        assert said[-1].startswith("unix:path=")
        assert len(said) == 1, said
    finally:
        bus.terminate()
        bus.wait(60)
        if bus.stdout is not None:
            bus.stdout.close()
