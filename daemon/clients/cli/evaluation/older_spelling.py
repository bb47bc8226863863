"""`facelatch evaluate` before it had subcommands: an option said what was to be measured."""

from collections.abc import Collection, Sequence

from models.errors import UsageError

_BY_OPTION = (
    ("--sequences", "sequences"),
    ("--enrolment-guide", "enrolment"),
    ("--report", "report"),
    ("--pairs", "lfw"),
)
"""The first of them that was given decides; without any it was a folder."""

_BELONG_ELSEWHERE = {
    "sequences": ("--pairs", "--protocol", "--enrolled", "--groups", "--report", "--plots"),
    "enrolment": (),
    "report": ("--protocol", "--json", "--plots"),
    "lfw": ("--enrolled", "--groups", "--degrade", "--compare-precision", "--clips"),
    "folder": ("--plot", "--clips"),
}


def translated(words: Sequence[str], evaluations: Collection[str]) -> list[str]:
    """`words` with the subcommand in front; as they are where they name one, or ask for help.

    Raises UsageError where the options never went together.
    """
    leading = [word for word in words[:1] if word == "--debug"]
    rest = list(words[len(leading) :])
    if not rest or rest[0] in evaluations or not rest[0].startswith("-") or _asks_help(rest[0]):
        return list(words)
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    name = next((name for option, name in _BY_OPTION if option in given), "folder")
    protocol, others = _taken(rest, "--protocol")
    _check(name, given, protocol)
    dropped = {"--sequences", "--enrolment-guide"}
    if name not in {"lfw", "report"}:
        dropped.add("--skip-missing")  # it meant nothing there
    kept = others if protocol == "lfw" else rest
    return [*leading, name, *(word for word in kept if word not in dropped)]


def _check(name: str, given: Collection[str], protocol: str | None) -> None:
    """Raises UsageError for the options that do not belong to the evaluation `name`."""
    if name == "folder" and protocol == "lfw":
        raise UsageError("the protocol of LFW needs a list of pairs", "--pairs FILE")
    if name == "lfw" and protocol not in (None, "lfw"):
        raise UsageError("--pairs belongs to the protocol of LFW alone", "leave it out")
    wrong = [option for option in _BELONG_ELSEWHERE[name] if option in given]
    if not wrong:
        return
    if name == "report":
        raise UsageError("--report measures everything and prints nothing", "give it alone")
    if wrong[0] == "--clips":
        raise UsageError("--clips belongs to --sequences and --report", "leave it out")
    if name == "folder":
        raise UsageError("--plot belongs to --pairs", "write all plots with --plots DIR")
    if name == "lfw":
        raise UsageError(f"{', '.join(wrong)} belong to pictures without --pairs", "leave it out")
    raise UsageError(f"{wrong[0]} does not belong to --sequences", "leave it out")


def _taken(words: Sequence[str], option: str) -> tuple[str | None, list[str]]:
    """The value of `option`, and the words without it; None where it was not given."""
    value, rest, at = None, [], 0
    while at < len(words):
        if words[at] == option and at + 1 < len(words):
            value, at = words[at + 1], at + 2
            continue
        if words[at].startswith(f"{option}="):
            value, at = words[at].partition("=")[2], at + 1
            continue
        rest.append(words[at])
        at += 1
    return value, rest


def _asks_help(word: str) -> bool:
    return word in {"-h", "--help"}
