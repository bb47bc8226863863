"""`python -m daemon` is `facelatch`."""

import sys

from daemon.clients.cli.main import main

sys.exit(main())
