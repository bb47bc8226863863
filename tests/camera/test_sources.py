"""Device source and worker on real V4L2 devices: what the trial tries, in the machine."""

import pytest

from tests.camera.machine import CameraMachine

pytestmark = pytest.mark.slow


def test_everything_that_can_happen_to_a_camera(machine: CameraMachine) -> None:
    machine.call("cameras clip /mnt/share/owner.avi")
    done = machine.call(
        "cd /mnt/share/checkout && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=. "
        "/opt/venv/bin/python -m tests.camera.trial /tmp",
        check=False,
    )
    tried = [line for line in done.stdout.splitlines() if line.startswith(("ok", "FAILED"))]
    assert [line for line in tried if line.startswith("FAILED")] == []
    assert len(tried) > 20, done.stdout + done.stderr
    assert done.returncode == 0
