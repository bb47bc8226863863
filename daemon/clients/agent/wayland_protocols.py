"""What two Wayland protocols need to say whether an output is on and to switch it, for pywayland.

Names, order and numbers are those of wlr-output-power-management-unstable-v1 (wlr-protocols: sway,
Hyprland, labwc, river, Wayfire, niri, COSMIC) and of dpms (plasma-wayland-protocols: KWin).
"""

from typing import Any

from pywayland.protocol.wayland import WlOutput
from pywayland.protocol_core import Argument, ArgumentType, Interface, Proxy, Resource

WLR_ON = 1
"""Modes of zwlr_output_power_v1: 0 off, 1 on."""
KWIN_ON = 0
"""Modes of org_kde_kwin_dpms: 0 on, 1 standby, 2 suspend, 3 off."""


class WlrOutputPower(Interface):
    """zwlr_output_power_v1: one output."""

    name = "zwlr_output_power_v1"
    version = 1


class WlrOutputPowerManager(Interface):
    """zwlr_output_power_manager_v1: the way to each of them."""

    name = "zwlr_output_power_manager_v1"
    version = 1


class KwinDpms(Interface):
    """org_kde_kwin_dpms: one output."""

    name = "org_kde_kwin_dpms"
    version = 1


class KwinDpmsManager(Interface):
    """org_kde_kwin_dpms_manager: the way to each of them."""

    name = "org_kde_kwin_dpms_manager"
    version = 1


_UINT = Argument(ArgumentType.Uint)
_OUTPUT = Argument(ArgumentType.Object, interface=WlOutput)


class WlrOutputPowerProxy(Proxy[WlrOutputPower]):
    """Tells `mode` and `failed`."""

    interface = WlrOutputPower

    @WlrOutputPower.request(_UINT)
    def switch(self, mode: int) -> None:
        """To this mode (set_mode)."""
        self._marshal(0, mode)

    @WlrOutputPower.request()
    def destroy(self) -> None:
        """Is told no more."""
        self._marshal(1)
        self._destroy()


class WlrOutputPowerManagerProxy(Proxy[WlrOutputPowerManager]):
    """Made of the global."""

    interface = WlrOutputPowerManager

    @WlrOutputPowerManager.request(Argument(ArgumentType.NewId, interface=WlrOutputPower), _OUTPUT)
    def of_output(self, output: Any) -> Any:
        """The power of this wl_output (get_output_power)."""
        return self._marshal_constructor(0, WlrOutputPower, output)

    @WlrOutputPowerManager.request()
    def destroy(self) -> None:
        """What it gave goes on."""
        self._marshal(1)
        self._destroy()


class KwinDpmsProxy(Proxy[KwinDpms]):
    """Tells `supported`, `mode`, and `done` after them."""

    interface = KwinDpms

    @KwinDpms.request(_UINT)
    def switch(self, mode: int) -> None:
        """To this mode (set)."""
        self._marshal(0, mode)

    @KwinDpms.request()
    def release(self) -> None:
        """Is told no more."""
        self._marshal(1)
        self._destroy()


class KwinDpmsManagerProxy(Proxy[KwinDpmsManager]):
    """Made of the global."""

    interface = KwinDpmsManager

    @KwinDpmsManager.request(Argument(ArgumentType.NewId, interface=KwinDpms), _OUTPUT)
    def of_output(self, output: Any) -> Any:
        """The power of this wl_output (get)."""
        return self._marshal_constructor(0, KwinDpms, output)


class WlrOutputPowerResource(Resource[WlrOutputPower]):
    """What a compositor says: pywayland learns the events by their side."""

    interface = WlrOutputPower

    @WlrOutputPower.event(_UINT)
    def mode(self, mode: int) -> None:
        """How the output is now."""
        self._post_event(0, mode)

    @WlrOutputPower.event()
    def failed(self) -> None:
        """Nothing more is told of this output."""
        self._post_event(1)


class KwinDpmsResource(Resource[KwinDpms]):
    """What a compositor says: pywayland learns the events by their side."""

    interface = KwinDpms

    @KwinDpms.event(_UINT)
    def supported(self, supported: int) -> None:
        """Whether the output has modes at all."""
        self._post_event(0, supported)

    @KwinDpms.event(_UINT)
    def mode(self, mode: int) -> None:
        """How the output is now."""
        self._post_event(1, mode)

    @KwinDpms.event()
    def done(self) -> None:
        """All is said for now."""
        self._post_event(2)


def _finish(kind: Any, proxy: Any, resource: Any = None) -> None:
    kind._gen_c()
    kind.proxy_class, kind.resource_class = proxy, resource


_finish(WlrOutputPower, WlrOutputPowerProxy, WlrOutputPowerResource)
_finish(WlrOutputPowerManager, WlrOutputPowerManagerProxy)
_finish(KwinDpms, KwinDpmsProxy, KwinDpmsResource)
_finish(KwinDpmsManager, KwinDpmsManagerProxy)
