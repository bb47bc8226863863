"""Whether an output of a Wayland compositor is on, as sway, Hyprland, KWin and others tell it; and
to switch them on.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from pywayland.client import Display
from pywayland.protocol.wayland import WlOutput

from daemon.clients.agent.wayland import Follower
from daemon.clients.agent.wayland_protocols import (
    KWIN_ON,
    WLR_ON,
    KwinDpmsManager,
    WlrOutputPowerManager,
)

_MANAGERS: dict[str, Any] = {
    WlrOutputPowerManager.name: WlrOutputPowerManager,
    KwinDpmsManager.name: KwinDpmsManager,
}


class OutputStates:
    """What is known of each output, by its number. Pure."""

    def __init__(self) -> None:
        self._on: dict[int, bool | None] = {}

    def told(self, output: int, *, on: bool | None) -> None:
        """How this output is; None where nobody can tell."""
        self._on[output] = on

    def gone(self, output: int) -> None:
        """It was unplugged."""
        self._on.pop(output, None)

    @property
    def on(self) -> bool:
        """Whether one is on, or may be. Where there is none, nobody sees anything."""
        return any(on is not False for on in self._on.values())


class WaylandDisplays:
    """One connection to the compositor of WAYLAND_DISPLAY; `hear` is told each change.

    Each time that `wake` is set the outputs are switched on.
    """

    def __init__(self, hear: Callable[[bool], None], wake: asyncio.Event) -> None:
        self._hear = hear
        self._wake = wake
        self._states = OutputStates()
        self._display = Display()
        self._manager: Any = None
        self._outputs: dict[int, Any] = {}
        self._powers: dict[int, Any] = {}
        self._registry: Any = None

    async def run(self) -> bool:
        """Follows until the compositor has gone; False where it speaks no such protocol."""
        follower = Follower(self._display, "displays are")
        waking = asyncio.ensure_future(self._wake_outputs())
        try:
            return await follower.run(self._begin, lambda: self._manager is not None, self._told)
        finally:
            waking.cancel()

    async def _wake_outputs(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for power in self._powers.values():
                power.switch(self._mode_on)
            self._display.flush()

    @property
    def _mode_on(self) -> int:
        return WLR_ON if self._manager.interface is WlrOutputPowerManager else KWIN_ON

    def _begin(self) -> None:
        self._registry = self._display.get_registry()
        self._registry.dispatcher["global"] = self._appeared
        self._registry.dispatcher["global_remove"] = self._removed
        # Twice: what there is, then what each says.
        self._display.roundtrip()
        if self._manager is None:
            return
        self._display.roundtrip()
        self._told()

    def _told(self) -> None:
        self._hear(self._states.on)

    def _appeared(self, registry: Any, number: int, interface: str, _version: int) -> None:
        if interface in _MANAGERS and self._manager is None:
            self._manager = registry.bind(number, _MANAGERS[interface], 1)
            for output in self._outputs:
                self._follow_output(output)
        elif interface == WlOutput.name:
            self._outputs[number] = registry.bind(number, WlOutput, 1)
            self._states.told(number, on=None)
            if self._manager is not None:
                self._follow_output(number)

    def _removed(self, _registry: Any, number: int) -> None:
        self._states.gone(number)
        self._powers.pop(number, None)
        self._outputs.pop(number, None)

    def _follow_output(self, number: int) -> None:
        power = self._manager.of_output(self._outputs[number])
        power.dispatcher["mode"] = partial(self._mode, number, self._mode_on)
        if self._manager.interface is WlrOutputPowerManager:
            power.dispatcher["failed"] = partial(self._unknown, number)
        else:
            power.dispatcher["supported"] = partial(self._supported, number)
        self._powers[number] = power

    def _mode(self, number: int, on: int, _power: Any, mode: int) -> None:
        self._states.told(number, on=mode == on)

    def _unknown(self, number: int, _power: Any) -> None:
        self._states.told(number, on=None)

    def _supported(self, number: int, _power: Any, supported: int) -> None:
        if not supported:
            self._states.told(number, on=None)
