"""`facelatch protect`: seals the service's templates with a key that systemd keeps."""

import argparse
import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.errors import UsageError

if TYPE_CHECKING:
    from enroll.store.keys import Key

HELP = "seal the service's templates with a key from systemd, by the TPM where there is one (root)"

_EPILOG = """\
Makes a key, has systemd-creds seal it with the TPM or, without one, with the machine's own secret,
seals all templates anew with it and removes the key file beside them. The service must be started
again afterwards: systemctl restart facelatch. Taken twice, it ends what was begun.

Templates that a key file seals are taken over only for the people named with --adopt: whoever could
write to the disk could have laid a key file and a face of their own there.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument(
        "--with-key",
        default="auto",
        choices=("auto", "host", "tpm2", "host+tpm2"),
        help="what seals the key, as in systemd-creds encrypt (default: %(default)s)",
    )
    parser.add_argument(
        "--adopt",
        action="append",
        default=[],
        metavar="NAME",
        help="take over the templates of NAME, which a key file seals (may be repeated)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where every template is sealed with the credential."""
    from daemon.clients.cli import stores
    from enroll.errors import StoreError
    from enroll.store.keys import CREDENTIAL

    if os.geteuid() != 0:
        raise UsageError("only root can hand keys to systemd", "run: sudo facelatch protect")
    credential = stores.unsealed_credential()
    service = stores.service_store()
    with service.opened() as store:
        _check_adopted(store.sealed_by_files(credential), arguments.adopt)
    credential = credential or _make(arguments.with_key)
    with service.opened() as store:
        problems = store.reseal(credential, adopt=arguments.adopt)
    for problem in problems:
        print(f"not sealed anew: {problem}")
    if problems:
        raise StoreError(
            "some templates need the key file, which stays",
            "remove those people and enrol them again, then run this once more",
        )
    print(f"sealed with the credential {CREDENTIAL}; now run: systemctl restart facelatch")
    return 0


def _check_adopted(waiting: Sequence[str], adopted: Sequence[str]) -> None:
    """Raises UsageError, before anything is changed, where somebody is not named."""
    left = [name for name in waiting if name not in adopted]
    if left:
        options = " ".join(f"--adopt {shlex.quote(name)}" for name in left)
        raise UsageError(
            f"a key file seals the templates of {', '.join(left)}",
            f"if you enrolled them and nobody else had this disk: facelatch protect {options}",
        )


def _make(with_key: str) -> "Key":
    from daemon.clients.cli import stores
    from daemon.clients.cli.export import write_private
    from enroll.store.envelope import new_secret
    from enroll.store.keys import CREDENTIAL, Key

    secret, place = new_secret(), stores.SEALED_CREDENTIAL
    place.parent.mkdir(mode=0o700, exist_ok=True)
    command = ["systemd-creds", "encrypt", f"--name={CREDENTIAL}", f"--with-key={with_key}"]
    sealed = stores.run([*command, "-", "-"], given=secret)
    # Never over another: that would be the only key of what it seals.
    write_private(place, sealed, force=False)
    return Key(secret, credential=True)
