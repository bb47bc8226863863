"""What is remembered of cameras outlives the service; a damaged record trusts none."""

import json
from dataclasses import replace
from typing import Any

import pytest

from daemon.policy.cameras import Identity, Known
from daemon.state.camera_record import MOST_TRUSTED, CameraRecord
from models.errors import UsageError
from tests.daemon.camera.cameras import INFRARED, OWN

BOOT = "b00b00b0"
RECORD = CameraRecord().trusting(OWN.identity).offering([INFRARED.identity])
LOCKED = RECORD.locked([OWN, INFRARED])


def through_a_file(record: CameraRecord, boot: str = BOOT) -> CameraRecord:
    restored, problem = CameraRecord.restore(json.loads(json.dumps(record.to_dict(BOOT))), boot)
    assert problem == ""
    return restored


@pytest.mark.parametrize("record", [CameraRecord(), RECORD, LOCKED, LOCKED.unlocked()])
def test_it_is_the_same_after_a_restart(record: CameraRecord) -> None:
    assert through_a_file(record) == record


def test_no_file_is_nobody_enrolled_yet() -> None:
    assert CameraRecord.restore(None, BOOT) == (CameraRecord(), "")


def test_what_was_there_at_the_lock_means_nothing_after_a_boot() -> None:
    assert through_a_file(LOCKED, "another") == RECORD


def test_the_last_that_is_forgotten_leaves_none_that_is_trusted() -> None:
    assert RECORD.forgetting(OWN.identity).known == Known(trusted=frozenset())


def test_more_than_fit_are_not_trusted() -> None:
    record = CameraRecord()
    for number in range(MOST_TRUSTED):
        record = record.trusting(replace(OWN.identity, port=f"usb-{number}"))
    assert record.trusting(replace(OWN.identity, port="usb-0")) == record
    with pytest.raises(UsageError):
        record.trusting(OWN.identity)


def test_offers_are_remembered_up_to_a_number() -> None:
    ports = [replace(OWN.identity, port=f"usb-{number}") for number in range(200)]
    record = RECORD.offering(ports).offering([INFRARED.identity])
    assert len(record.offered) == 64
    assert record.offered[-2:] == (ports[-1], INFRARED.identity)


GOOD = LOCKED.to_dict(BOOT)
ENTRY = GOOD["trusted"][0]


@pytest.mark.parametrize(
    "damaged",
    [
        "damaged",
        [],
        {},
        GOOD | {"version": 2},
        GOOD | {"more": 1},
        GOOD | {"trusted": {}},
        GOOD | {"trusted": [ENTRY[:4]]},
        GOOD | {"trusted": [[*ENTRY[:4], 5]]},
        GOOD | {"trusted": [[*ENTRY[:4], "a\nb"]]},
        GOOD | {"trusted": [[*ENTRY[:4], "a" * 129]]},
        GOOD | {"trusted": [ENTRY] * 17},
        GOOD | {"offered": None},
        GOOD | {"before-lock": [[ENTRY]]},
        GOOD | {"before-lock": [[ENTRY, True]]},
        GOOD | {"before-lock": [[ENTRY, 1]] * 17},
    ],
)
def test_a_damaged_one_trusts_none(damaged: Any) -> None:
    record, problem = CameraRecord.restore(damaged, BOOT)
    assert record.known.trusted == frozenset()
    assert "damaged" in problem


def test_an_identity_is_told_in_one_line() -> None:
    assert str(Identity("usb-1", "04f2", "b6d0", "7", "uvcvideo")) == (
        "04f2:b6d0 at usb-1, serial 7"
    )
