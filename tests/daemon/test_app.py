"""What the service holds in memory before it has anything to look at."""

import subprocess
import sys

from tests.data import ROOT


def test_the_service_without_models_loads_neither_opencv_nor_litert() -> None:
    code = (
        "import sys; import daemon.app;"
        "print(sorted({'cv2', 'ai_edge_litert', 'tensorflow'} & sys.modules.keys()))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
