"""Makes what the tests of packages and machines begin with, before they ask for it:
`python3 -m tests.machine.ahead`, of any Python, in which nothing has to be installed. They wait for
what is under way.
"""

from concurrent.futures import ThreadPoolExecutor

from tests.machine import packages
from tests.machine.debian_packages import PAM_PACKAGES
from tests.machine.machine import base

SUITES = ("bookworm", "trixie")


def main() -> None:
    """Both packages at once: a registry is waited for, and disks."""
    with ThreadPoolExecutor() as pool:
        made = pool.map(packages.package, SUITES)
        base(*PAM_PACKAGES)
        list(made)


if __name__ == "__main__":
    main()
