"""The settings as a window: one row a setting, written as soon as it is right."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.clients import gtk
from daemon.clients.agent import windows
from daemon.clients.agent.settings import AUTO, SECTIONS, Settings
from daemon.clients.agent.settings_file import SettingsFile
from daemon.clients.i18n import _, languages
from daemon.config.fields import rules
from daemon.config.validators import Flag, Number, Rule, Whole
from daemon.errors import SpeechError
from daemon.speech import list_voices
from models.errors import UsageError

_ENTRY_WIDTH = 28
_WIDTH = 60


def run(settings: Path) -> int:
    """Shows it; the exit code. Raises GtkError, DisplayError."""
    return _Window(gtk.load(), SettingsFile(settings)).show()


def titles() -> dict[str, str]:
    """What each section is called."""
    return {
        "greeting": _("Spoken welcome"),
        "quiet": _("Quiet hours"),
        "notifications": _("Notifications"),
        "leave": _("Leaving"),
    }


def labels() -> dict[str, str]:
    """What each setting is called, by section and key."""
    return {
        "greeting.enabled": _("Say welcome when I was recognised"),
        "greeting.template": _("What is said (auto, or with {name}, {daytime}, {away})"),
        "greeting.say_as": _("My name, as a voice reads it right (or auto)"),
        "greeting.language": _("Language (auto, or such as de)"),
        "greeting.voice": _("Voice"),
        "greeting.rate": _("Words a minute"),
        "greeting.volume": _("Volume"),
        "quiet.enabled": _("Say nothing in these hours"),
        "quiet.start": _("From"),
        "quiet.end": _("Until"),
        "quiet.days": _("On these days"),
        "notifications.enabled": _("Show notifications"),
        "notifications.refused": _("Somebody else was refused while I was away"),
        "notifications.camera": _("The camera cannot be used"),
        "notifications.appearances": _("An appearance was enrolled, or another would help"),
        "leave.enabled": _("Lock when I leave"),
        "leave.seconds": _("Seconds without a key or my face"),
        "leave.wake": _("Wake the dark screen when I come back"),
    }


def changed(settings: Settings, section: str, key: str, value: object) -> Settings:
    """The settings with one of them changed. Raises UsageError for a value out of bounds."""
    part = dataclasses.replace(getattr(settings, section), **{key: value})
    return dataclasses.replace(settings, **{section: part})


class _Window:
    """The rows, and the file they stand for."""

    def __init__(self, kit: gtk.Toolkit, file: SettingsFile) -> None:
        self._kit, self._file = kit, file
        read = file.read()
        self._settings = read.settings
        self._remark = windows.line(kit, read.problem, width=_WIDTH)
        self._grid = kit.Gtk.Grid(column_spacing=24, row_spacing=4)
        self._rows = 0
        for section in SECTIONS:
            self._add_section(section)
        self._grid.attach(self._remark, 0, self._rows, 2, 1)

    def show(self) -> int:
        return windows.show(self._kit, _("Facelatch: settings"), self._grid)

    def _add_section(self, section: str) -> None:
        self._grid.attach(windows.heading(self._kit, titles()[section]), 0, self._rows, 2, 1)
        self._rows += 1
        for key, rule in rules(SECTIONS[section]).items():
            label = windows.line(self._kit, labels().get(f"{section}.{key}", key))
            widget = self._widget(section, key, rule)
            label.set_mnemonic_widget(widget)
            self._grid.attach(label, 0, self._rows, 1, 1)
            self._grid.attach(widget, 1, self._rows, 1, 1)
            self._rows += 1

    def _widget(self, section: str, key: str, rule: Rule) -> Any:
        value = getattr(getattr(self._settings, section), key)

        def take(new: object) -> bool:
            return self._take(section, key, new)

        if isinstance(rule, Flag):
            return _switch(self._kit, value, take)
        if isinstance(rule, Whole | Number):
            return _spin(self._kit, rule, value, take)
        if (section, key) == ("greeting", "voice"):
            return _list(self._kit, voices(), value, take)
        return _entry(self._kit, value, take)

    def _take(self, section: str, key: str, value: object) -> bool:
        """Writes a new value; False where it is not allowed."""
        try:
            wanted = changed(self._settings, section, key, value)
        except UsageError as error:
            self._remark.set_text(str(error))
            return False
        written = self._file.write(wanted)
        self._settings = written.settings
        self._remark.set_text(written.problem)
        return not written.problem


_Take = Callable[[object], bool]


def voices() -> list[tuple[str, str]]:
    """What can be chosen: ids, and what people call them; those of the own language first."""
    try:
        found = list_voices()
    except SpeechError:
        found = []
    own = languages()[-1:] or ["en"]
    found.sort(key=lambda one: (one.language.partition("-")[0] not in own, one.name))
    return [(AUTO, _("fitting the language")), *((one.id, one.name) for one in found)]


def _switch(kit: gtk.Toolkit, value: bool, take: _Take) -> Any:
    switch = kit.Gtk.Switch(active=value, halign=kit.Gtk.Align.END)
    switch.connect("notify::active", lambda one, _property: take(one.get_active()))
    return switch


def _spin(kit: gtk.Toolkit, rule: Whole | Number, value: float, take: _Take) -> Any:
    whole = isinstance(rule, Whole)
    spin = kit.Gtk.SpinButton.new_with_range(rule.least, rule.most, 5 if whole else 0.05)
    spin.set_value(value)
    spin.connect(
        "value-changed",
        lambda one: take(one.get_value_as_int() if whole else round(one.get_value(), 2)),
    )
    return spin


def _list(kit: gtk.Toolkit, choices: list[tuple[str, str]], value: str, take: _Take) -> Any:
    box = kit.Gtk.ComboBoxText()
    known = dict(choices)
    for name, text in {**known, value: known.get(value, value)}.items():
        box.append(name, text)
    box.set_active_id(value)
    box.connect("changed", lambda one: take(one.get_active_id()))
    return box


def _entry(kit: gtk.Toolkit, value: str, take: _Take) -> Any:
    entry = kit.Gtk.Entry(text=value, width_chars=_ENTRY_WIDTH)

    def edited(one: Any) -> None:
        style = one.get_style_context()
        (style.remove_class if take(one.get_text()) else style.add_class)("error")

    entry.connect("changed", edited)
    return entry
