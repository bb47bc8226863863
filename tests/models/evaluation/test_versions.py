"""What the kernel says of the processor, and where it says nothing."""

import platform
from pathlib import Path

import pytest

from models.evaluation.versions import processor, processor_features

X86 = """processor\t: 0
model name\t: A Processor 9000
flags\t\t: fpu sse4_2 avx avx2 fma avx512f
processor\t: 1
model name\t: Another
flags\t\t: fpu avx512_vnni
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp\n"


@pytest.mark.parametrize(
    ("text", "name", "features"),
    [
        (X86, "A Processor 9000", ("sse4_2", "avx", "fma", "avx2", "avx512f")),
        (ARM, platform.machine(), ("asimd", "asimddp")),
        ("", platform.machine(), ()),
    ],
    ids=["x86", "arm", "nothing"],
)
def test_the_first_processor_is_named(
    tmp_path: Path, text: str, name: str, features: tuple[str, ...]
) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(text)
    assert processor(told) == name
    assert processor_features(told) == features


def test_a_kernel_that_tells_nothing(tmp_path: Path) -> None:
    assert processor(tmp_path / "absent") == platform.machine()
    assert processor_features(tmp_path / "absent") == ()
