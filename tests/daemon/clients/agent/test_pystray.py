"""pystray is what `daemon/clients/agent/icons.py` was written against.

A digest that differs means: read what changed there, mend what icons.py overrides, try it on a
screen (tests/ui/test_tray.py), then pin the version and put the digest here.
"""

import pytest

from tests.private_parts import digest


@pytest.mark.parametrize(
    ("file", "names", "expected"),
    [
        ("_base.py", ("Icon",), "63c1e943cc344376"),
        ("_base.py", ("MenuItem", "Menu"), "23ff6be0639bab10"),
        ("_util/gtk.py", ("mainloop", "GtkIcon"), "67e24e3bc04739b4"),
        ("_gtk.py", ("Icon",), "d1d5b03103d1bcbb"),
        ("_appindicator.py", ("Icon",), "b03cba2b56fe142f"),
    ],
)
def test_the_parts_that_are_overridden_are_the_same(
    file: str, names: tuple[str, ...], expected: str
) -> None:
    assert digest("pystray", file, *names) == expected


def test_a_part_that_is_gone_is_seen() -> None:
    with pytest.raises(KeyError):
        digest("pystray", "_gtk.py", "Icon._no_such_part")
