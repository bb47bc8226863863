"""PAM's files, as far as anybody may read them."""

from collections.abc import Collection


def taken_away() -> Collection[str]:
    """The services whose file somebody else wrote anew since a face was switched on there."""
    # Wanted a few times a day: the agent holds none of it before.
    from daemon.install import pam_files

    folders = pam_files.Folders()
    try:
        return pam_files.taken_away(folders) if folders.own.is_dir() else ()
    except OSError:
        return ()
