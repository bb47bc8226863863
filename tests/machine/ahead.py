"""Makes what the tests of packages and machines begin with, before they ask for it:
`python -m tests.machine.ahead`. They wait for what is under way.
"""

from concurrent.futures import ThreadPoolExecutor

from tests.machine import packages, pam_machine
from tests.machine.machine import base

SUITES = ("bookworm", "trixie")


def main() -> None:
    """Both packages at once: a registry is waited for, and disks."""
    with ThreadPoolExecutor() as pool:
        made = pool.map(packages.package, SUITES)
        base(*pam_machine.PACKAGES)
        list(made)


if __name__ == "__main__":
    main()
