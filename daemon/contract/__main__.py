"""`python -m daemon.contract`: prints the introspection data that lies in `systemd/`."""

import sys

from daemon.contract.introspection import introspection_xml

if __name__ == "__main__":
    sys.stdout.write(introspection_xml())
