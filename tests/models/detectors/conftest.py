"""What the tests of the detectors share."""

import subprocess
import sys

import numpy as np
import pytest

from models.assets import prepared
from models.assets.catalogue import spec
from models.detectors.mtcnn import MtcnnDetector
from models.errors import ModelError
from models.synthetic.drawing import Pose, compose, indoor_scene
from models.synthetic.portraits import OWNER, portrait_subject
from models.types import Image


@pytest.fixture(scope="session", autouse=True)
def _mtcnn_prepared() -> None:
    """Converts MTCNN once, in a process of its own: TensorFlow stays out of this one."""
    try:
        prepared.verify(spec("mtcnn"))
    except ModelError:
        subprocess.run([sys.executable, "-m", "models.convert", "mtcnn"], check=True, timeout=300)


@pytest.fixture(scope="session")
def mtcnn(_mtcnn_prepared: None) -> MtcnnDetector:
    """MTCNN as it runs by default."""
    return MtcnnDetector()


@pytest.fixture(scope="session")
def frame() -> Image:
    """The owner before a camera: 480 x 640, her face 120 pixels high around (300, 220)."""
    pose = Pose(x=300, y=220, face_height=120)
    rng = np.random.default_rng(1)
    return compose(portrait_subject(OWNER), pose, indoor_scene(), rng)
