"""Drives a headless Chromium over the pipe of its DevTools protocol; the standard library alone."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
_SECONDS = 60.0


class Chromium:
    """One browser with one page; a context manager. `camera` is a clip (.y4m) that its camera
    plays, which pages may use unasked.
    """

    def __init__(self, profile: Path, *, camera: Path | None = None) -> None:
        assert PROGRAM is not None
        into, self._out = os.pipe()
        self._in, outof = os.pipe()
        # The protocol's pipe is descriptors 3 and 4, whatever ours are.
        shell = f'exec 3<&{into} 4>&{outof}; exec "$0" "$@"'
        options = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run"),
            *("--window-size=1100,900", "--hide-scrollbars"),
            *(() if camera is None else _camera_options(camera)),
            "about:blank",
        ]
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, PROGRAM, *options],
            pass_fds=(into, outof),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(into)
        os.close(outof)
        self._buffer, self._number = b"", 0
        self._session: str | None = None

    def __enter__(self) -> "Chromium":
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one for one in targets if one["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers; AssertionError where it answers with an error."""
        self._number += 1
        asked: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            asked["sessionId"] = self._session
        os.write(self._out, json.dumps(asked).encode() + b"\0")
        while (answer := self._message()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, script: str) -> Any:
        """The value of a script, awaited."""
        given = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in given, given
        return given["result"].get("value")

    def until(self, script: str) -> Any:
        """The first value of a script that is true."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            # A page that is being replaced has no document yet.
            asked = self.call(
                "Runtime.evaluate",
                expression=f"new Promise(r => setTimeout(() => r({script}), 50))",
                awaitPromise=True,
                returnByValue=True,
            )
            if value := asked.get("result", {}).get("value"):
                return value
        raise AssertionError(f"never true: {script}")

    def screenshot(self) -> bytes:
        """The page as a PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def _message(self) -> dict[str, Any]:
        end = time.monotonic() + _SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(end - time.monotonic(), 0))
            assert ready, "Chromium does not answer"
            got = os.read(self._in, 1 << 20)
            assert got, "Chromium has ended"
            self._buffer += got
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message


def _camera_options(clip: Path) -> tuple[str, ...]:
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={clip}",
    )
