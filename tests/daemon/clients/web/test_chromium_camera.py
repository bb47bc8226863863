"""Real pictures and the real networks in a real browser: dropped, and shown to its camera."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.clients.cli.evaluation import common
from daemon.clients.web import serving
from daemon.clients.web.engine import Choices, Engine
from daemon.sources.pictures import read_picture
from models.training.references import read_references
from models.types import Image
from tests.daemon.clients.web import chromium, pages
from tests.daemon.clients.web.test_chromium import DETAIL, VERDICT, drop
from tests.portraits import owner_portrait, stranger_portrait

pytest.importorskip("flask")
pytestmark = [
    pytest.mark.skipif(
        chromium.PROGRAM is None,
        reason="Chromium is not on this machine (apt-get install chromium)",
    ),
    pytest.mark.usefixtures("prepared_models"),
]
WIDTH, HEIGHT, FRAMES = 640, 480, 3


def write_y4m(path: Path, image: Image) -> None:
    """A clip that shows `image` in its middle, as Chromium's camera plays it."""
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    small = cv2.resize(image, (HEIGHT, HEIGHT), interpolation=cv2.INTER_AREA)
    left = (WIDTH - small.shape[1]) // 2
    frame[:, left : left + small.shape[1]] = small
    planes = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes()
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1\n".encode()
    path.write_bytes(head + (b"FRAME\n" + planes) * FRAMES)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    folder = tmp_path_factory.mktemp("people")
    cv2.imwrite(str(folder / "Eileen.png"), owner_portrait())
    clip = tmp_path_factory.mktemp("camera") / "owner.y4m"
    write_y4m(clip, owner_portrait())
    engine = Engine(
        Choices(("resnet",), ("mtcnn",), "one picture"),
        lambda name: common.load_embedder(name, None),
        lambda name: common.load_detector(name, 40),
        lambda detector, embedder: read_references(folder, detector, embedder, read_picture)[0],
    )
    addresses: queue.Queue[str] = queue.Queue()
    threading.Thread(
        target=lambda: serving.serve(engine, port=0, announce=addresses.put), daemon=True
    ).start()
    address = addresses.get(timeout=60)
    profile = tmp_path_factory.mktemp("chromium")
    with chromium.Chromium(profile, camera=clip) as browser:
        browser.call("Page.navigate", url=address)
        browser.until("document.body && document.body.dataset.ready === 'yes'")
        yield browser


def test_a_dropped_picture_of_a_stranger_is_nobodys(browser: chromium.Chromium) -> None:
    drop(browser, pages.png(stranger_portrait()))
    browser.until(f"{VERDICT} === 'a stranger'")
    assert "nearest: Eileen" in browser.evaluate(DETAIL)


def test_the_camera_shows_who_it_is(browser: chromium.Chromium) -> None:
    browser.evaluate("document.getElementById('camera').click()")
    browser.until("document.getElementById('video').videoWidth === 640")
    browser.evaluate("document.getElementById('shot').click()")
    browser.until(f"{VERDICT} === 'Eileen'")
    assert browser.until("document.getElementById('crop').naturalWidth > 0")
    browser.evaluate("document.getElementById('camera').click()")
    # The light beside the camera goes out.
    assert browser.evaluate("stream === null && document.getElementById('video').hidden")
