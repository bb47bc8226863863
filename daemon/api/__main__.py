"""`python -m daemon.api`: prints the introspection data that lies in `systemd/`."""

import sys

from daemon.api.introspection import introspection_xml

if __name__ == "__main__":
    sys.stdout.write(introspection_xml())
