"""The page in a real browser: a picture dropped, the verdict seen, by keyboard, in the dark."""

import base64
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.clients.web import serving, uploads
from tests.daemon.clients.web import chromium, pages
from tests.daemon.clients.web.test_uploads import bomb
from tests.models.training import toys

pytest.importorskip("flask")
pytestmark = pytest.mark.skipif(
    chromium.PROGRAM is None, reason="Chromium is not on this machine (apt-get install chromium)"
)

DROP = """
(() => {{
  const bytes = Uint8Array.from(atob("{content}"), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "{name}", {{ type: "image/png" }}));
  document.getElementById("drop").dispatchEvent(
    new DragEvent("drop", {{ dataTransfer: transfer, bubbles: true, cancelable: true }}));
}})()
"""
VERDICT = "document.getElementById('verdict').textContent"
DETAIL = "document.getElementById('detail').textContent"


def drop(browser: chromium.Chromium, content: bytes, name: str = "me.png") -> None:
    browser.evaluate(DROP.format(content=base64.b64encode(content).decode(), name=name))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    addresses: queue.Queue[str] = queue.Queue()
    threading.Thread(
        target=lambda: serving.serve(pages.engine(), port=0, announce=addresses.put), daemon=True
    ).start()
    address = addresses.get(timeout=60)
    with chromium.Chromium(tmp_path_factory.mktemp("chromium")) as browser:
        browser.call("Page.navigate", url=address)
        browser.until("document.body && document.body.dataset.ready === 'yes'")
        yield browser


def test_the_token_does_not_stay_in_the_address(browser: chromium.Chromium) -> None:
    assert browser.evaluate("location.search") == ""
    assert browser.evaluate("document.getElementById('whose').textContent").startswith(
        "Compared with two patterns"
    )


def test_a_dropped_picture_shows_verdict_crop_and_bars(browser: chromium.Chromium) -> None:
    drop(browser, pages.png(toys.picture(0, 1)))
    browser.until(f"{VERDICT} === 'Ada' && document.querySelectorAll('#bars li').length === 2")
    assert "threshold 0.500" in browser.evaluate("document.getElementById('detail').textContent")
    assert browser.until("document.getElementById('crop').naturalWidth > 0")
    # A name is text, whatever it looks like.
    assert browser.evaluate("document.querySelectorAll('#bars b').length") == 0
    drop(browser, pages.png(toys.picture(5, 0)))
    browser.until(f"{VERDICT} === 'a stranger'")


def test_a_text_file_is_refused_on_screen(browser: chromium.Chromium) -> None:
    drop(browser, b"Dear diary", "me.jpg")
    browser.until(f"{VERDICT} === 'Not looked at'")
    assert "no picture" in browser.evaluate("document.getElementById('detail').textContent")


def test_a_decompression_bomb_is_refused_on_screen(browser: chromium.Chromium) -> None:
    drop(browser, bomb(60_000, 60_000))
    browser.until(f"{DETAIL}.includes('60000 x 60000 pixels')")
    assert browser.evaluate(VERDICT) == "Not looked at"


def test_an_oversized_file_is_refused_on_screen(browser: chromium.Chromium) -> None:
    size = uploads.MOST_BYTES + 1
    browser.evaluate(f"look(new File([new Uint8Array({size})], 'me.png'))")
    browser.until(f"{DETAIL}.includes('too large: at most 8 MiB')")
    assert browser.evaluate(VERDICT) == "Not looked at"


def test_without_a_camera_it_says_so(browser: chromium.Chromium) -> None:
    browser.evaluate("document.getElementById('camera').click()")
    browser.until(f"{VERDICT} === 'No camera'")


def test_everything_is_reached_by_keyboard(browser: chromium.Chromium) -> None:
    reached = []
    browser.evaluate("document.body.focus()")
    for _ in range(6):
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                         windowsVirtualKeyCode=9)  # fmt: skip
        reached.append(browser.evaluate("document.activeElement.id"))
    assert {"embedder", "detector", "drop", "camera"} <= set(reached)


def test_it_is_light_and_dark(browser: chromium.Chromium, tmp_path: Path) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", features=features)
        path = tmp_path / f"{scheme}.png"
        path.write_bytes(browser.screenshot())
        image = cv2.imread(str(path))
        assert image is not None
        brightness[scheme] = float(np.median(image))
    assert brightness["light"] > 200
    assert brightness["dark"] < 60
