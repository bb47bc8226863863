"""`facelatch models`: what is here of each model; fetches, converts and checks them."""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from daemon.clients.cli import actions, recommended
from daemon.clients.cli.evaluation import calibrate
from models.errors import FacelatchError, NotInstalledError, UsageError

if TYPE_CHECKING:
    from models.assets.catalogue import ModelSpec, Source
    from models.zoo import ModelState

HELP = "list, fetch, prepare and verify the models (which run on this machine only)"

_SHORT_DIGEST = 8
_EXIT_CORRUPT = 1
_EXIT_ERROR = 2

Row = dict[str, Any]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "FACELATCH_MIRROR names another base URL or a folder to fetch from; "
        "FACELATCH_CACHE the folder to keep everything in."
    )
    actions.add_actions(
        parser, {name: _action(name) for name in _ACTIONS} | {"calibrate": _MEASURE}
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where all went well, 1 where `verify` finds damage, 2 for errors."""
    return actions.run(arguments)


def translated(words: Sequence[str]) -> list[str]:
    """`words` after `models`, as they are spelled today: --json could once stand in front."""
    return [*words[1:], "--json"] if words[:1] == ["--json"] else list(words)


def _action(name: str) -> actions.Action:
    meaning, work = _ACTIONS[name]
    return actions.Action(meaning, _configure_names, partial(_run, work))


def _configure_names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="a model, or all")
    parser.add_argument("--json", action="store_true", help="a JSON list on standard output")


def _run(work: "Callable[[argparse.Namespace], list[Row]]", arguments: argparse.Namespace) -> int:
    from daemon.clients.cli import output

    rows = work(arguments)
    if arguments.json:
        output.print_json(rows)
    elif any(map(_shown, rows)):
        output.print_table([_columns(row) for row in rows if _shown(row)], folding={"source"})
        _print_remarks(rows)
    for row in rows:
        if row.get("error"):
            output.note(row["error"])
    return _exit_code(arguments.action_name, rows)


def _list(arguments: argparse.Namespace) -> list[Row]:
    from daemon.clients.cli import trained_models

    listed = [_attempted(spec, _described, arguments) for spec in _chosen(arguments.names)]
    return listed if arguments.names else [*listed, *trained_models.rows()]


def _fetch(arguments: argparse.Namespace) -> list[Row]:
    from daemon.clients.cli import output
    from models.assets import fetch

    if arguments.names == ["auto"]:
        return [*recommended.fetch(), *recommended.fetch_liveness()]
    specs = _chosen(arguments.names, all_of=_downloaded)
    if not arguments.names:
        names = ", ".join(spec.name for spec in specs)
        raise UsageError("name the models to fetch", f"one of: {names}, all, auto")
    with output.transfers() as count:

        def fetch_one(spec: "ModelSpec") -> Row:
            fetched = fetch.fetch(spec, progress=lambda at: count(at.filename, at.done, at.total))
            return {
                "outcome": _outcome(file.outcome for file in fetched),
                "size": sum(file.size for file in fetched),
                "files": [
                    {"file": file.filename, "path": str(file.path), "outcome": file.outcome}
                    for file in fetched
                ],
            }

        return [_attempted(spec, fetch_one, arguments) for spec in specs]


def _prepare(arguments: argparse.Namespace) -> list[Row]:
    from daemon.clients.cli import prepare
    from models.assets import prepared

    def prepare_one(spec: "ModelSpec") -> Row:
        if not spec.networks:
            return {"outcome": "needs none"}
        began = time.monotonic()
        made = prepare.prepare(spec)
        manifest = prepared.read_manifest(spec)
        return {
            "outcome": "prepared" if made else "present",
            "precision": manifest.precision,
            "seconds": round(time.monotonic() - began, 1),
            "path": str(prepared.place(spec)),
            "check": dict(manifest.check),
        }

    specs = _chosen(arguments.names, all_of=_convertible)
    return [_attempted(spec, prepare_one, arguments) for spec in specs]


def _verify(arguments: argparse.Namespace) -> list[Row]:
    named = set(arguments.names) - {"all"}
    rows = []
    for spec in _chosen(arguments.names):
        row = _attempted(spec, _described, arguments)
        if row.get("state") == "missing" and (spec.name in named or not spec.downloads):
            row["error"] = str(_missing(spec))
        rows.append(row)
    return rows


def _chosen(
    names: Sequence[str], *, all_of: "Callable[[ModelSpec], bool]" = lambda _spec: True
) -> "list[ModelSpec]":
    """The models named, each once; for no name or "all", those that `all_of` accepts."""
    from models.assets.catalogue import MODELS, unknown

    for name in names:
        if name != "all" and name not in MODELS:
            raise unknown(name, [*MODELS, "all"])
    if not names or "all" in names:
        return [spec for spec in MODELS.values() if spec.name in names or all_of(spec)]
    return [MODELS[name] for name in dict.fromkeys(names)]


def _downloaded(spec: "ModelSpec") -> bool:
    return bool(spec.downloads)


def _convertible(spec: "ModelSpec") -> bool:
    from models.assets import weights

    # A detector that is missing is an error to be shown; an embedder is one of several.
    return bool(spec.networks) and (spec.kind == "detector" or weights.installed(spec))


def _attempted(
    spec: "ModelSpec", attempt: "Callable[[ModelSpec], Row]", arguments: argparse.Namespace
) -> Row:
    """The row of one model; one that fails does not keep the others from their turn."""
    try:
        return {"name": spec.name, **attempt(spec)}
    except FacelatchError as error:
        if arguments.debug:
            raise
        return {"name": spec.name, "outcome": "failed", "error": str(error)}


def _described(spec: "ModelSpec") -> Row:
    from models import zoo
    from models.assets import weights

    found = zoo.state(spec)
    auto = _is_auto(spec)
    return {
        "name": spec.name,
        "kind": spec.kind,
        "title": spec.title,
        "state": found.state,
        "ready": found.ready,
        "auto": auto,
        "why": zoo.why_auto(spec.name) if auto else "",
        "unfit": zoo.unfit(spec.name) if spec.kind == "embedder" else "",
        "note": spec.note,
        "precision": found.precision,
        "size": found.size,
        "licence": spec.licence,
        "source": spec.origin,
        "sources": [_source(source) for source in spec.sources],
        "digest": weights.source_digest(spec),
        "path": None if found.path is None else str(found.path),
        "networks": _networks(spec, found),
        "problem": found.problem,
    }


def _is_auto(spec: "ModelSpec") -> bool:
    """Whether `--embedder auto` means this one."""
    from models import zoo

    try:
        return spec.name == zoo.resolve_embedder("auto")
    except NotInstalledError:
        return False


def _source(source: "Source") -> Row:
    from models.assets import weights
    from models.assets.catalogue import Download

    path = weights.source_path(source)
    origin = source.url if isinstance(source, Download) else f"package {source.package}"
    return {
        "file": source.filename,
        "from": origin,
        "sha256": source.sha256,
        "size": source.size,
        "path": None if path is None else str(path),
    }


def _networks(spec: "ModelSpec", found: "ModelState") -> list[Row]:
    from models.assets import prepared

    if found.precision is None:
        return []
    return [
        {
            "network": network,
            "precision": precision,
            "runs": precision == found.precision,
            "file": entry.file,
            "sha256": entry.sha256,
            "size": entry.size,
        }
        for network, by_precision in prepared.read_manifest(spec).networks.items()
        for precision, entry in by_precision.items()
    ]


def _missing(spec: "ModelSpec") -> NotInstalledError:
    from models.assets import weights

    return weights.not_installed(spec)


def _outcome(outcomes: Iterable[str]) -> str:
    """One word for all files of a model: the most that happened to any."""
    happened = set(outcomes)
    return next(word for word in ("fetched", "resumed", "present") if word in happened)


def _shown(row: Row) -> bool:
    return row.get("outcome") != "failed"


def _columns(row: Row) -> dict[str, object]:
    """The row as a table shows it."""
    from daemon.clients.cli import output

    size = output.size(row["size"]) if row.get("size") else None
    if "state" not in row:
        refused = row.get("check", {}).get("refused")
        columns = {"name": row["name"], "outcome": row["outcome"]}
        if "files" in row:
            return {**columns, "size": size}
        return {**columns, "precision": row.get("precision"), "remark": refused}
    state = "ready" if row["ready"] and row["state"] == "installed" else row["state"]
    return {
        "name": row["name"],
        "state": " ".join(filter(None, (state, row["precision"]))),
        "size": size,
        "licence": row["licence"],
        "sha256": "\n".join(source["sha256"][:_SHORT_DIGEST] for source in row["sources"]),
        "source": row["source"],
    }


def _print_remarks(rows: list[Row]) -> None:
    """What is too long for a table."""
    for row in rows:
        if row.get("auto"):
            print(f"embedder auto means {row['name']}: {row['why']}")
        if row.get("note"):
            print(f"{row['name']}: {row['note']}")
        if row.get("unfit") and row.get("ready"):
            print(row["unfit"])
        if row.get("problem"):
            print(f"{row['name']}: {row['problem']}")


def _exit_code(action: str, rows: list[Row]) -> int:
    if action == "verify" and any(row.get("state") == "corrupt" for row in rows):
        return _EXIT_CORRUPT
    return _EXIT_ERROR if any("error" in row for row in rows) else 0


_ACTIONS: dict[str, tuple[str, Callable[[argparse.Namespace], list[Row]]]] = {
    "list": ("where each model comes from, its licence and its state", _list),
    "fetch": ("download weights (the only command that uses the network)", _fetch),
    "prepare": ("convert weights to the networks that run, once", _prepare),
    "verify": ("check every digest (exit 0 intact, 1 damaged, 2 could not tell)", _verify),
}
_MEASURE = actions.Action(calibrate.HELP, calibrate.configure, calibrate.run)
