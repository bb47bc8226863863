"""`facelatch daemon` with the wide limits of `tests.slow_daemon`: no test depends on how busy the
computer is.
"""

import sys

from daemon.clients.cli.main import main
from tests.slow_daemon import widen

if __name__ == "__main__":
    widen()
    sys.exit(main(["daemon", *sys.argv[1:]]))
