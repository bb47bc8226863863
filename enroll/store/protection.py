"""What the seal of the templates protects, and what it does not, in words. Pure."""

_FILE = (
    "key file beside the templates: a template file alone (in a backup, a bug report) shows "
    "nothing, and one that was changed, renamed or copied elsewhere is refused. Not protected from "
    "whoever reads the whole folder: root, or the finder of a disk that is not encrypted"
)
_CREDENTIAL = (
    "key from systemd (credential facelatch-key): the disk alone shows nothing, where systemd "
    "sealed the credential with the TPM. Not protected from root, nor from the running service's "
    "own memory"
)
_NONE = "key that the first enrolment will make"
_UNBOUND = "; this machine has no id (/etc/machine-id), so that the files open on others like it"


def protection(kind: str, *, bound: bool) -> str:
    """One sentence for `TemplateStore.key_kind()` and `TemplateStore.bound`."""
    words = {"file": _FILE, "credential": _CREDENTIAL}.get(kind, _NONE)
    return words if bound else words + _UNBOUND


def explained() -> str:
    """What each kind of seal protects, a sentence each."""
    return "\n\n".join(f"A {words}." for words in (_FILE, _CREDENTIAL))
