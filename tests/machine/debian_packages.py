"""Debian's packages that a machine's root brings."""

PACKAGES = (
    "dbus",
    "libgl1",
    "libglib2.0-0",
    "libpam-systemd",
    "polkitd",
    "python3",
    "systemd-sysv",
)
PAM_PACKAGES = (
    "cron",
    "libpam-fprintd",
    "libpam-sss",
    "libpam-u2f",
    "openssh-client",
    "openssh-server",
    "pamtester",
    "pkexec",
    "sudo",
)
"""What `base` brings besides where programs ask by PAM and polkit."""
