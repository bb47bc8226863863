"""`facelatch web`: the page on which recognition is tried out, on this machine alone."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.clients.cli import options

if TYPE_CHECKING:
    from daemon.clients.web.engine import Choices, People
    from models.training.references import Reference
    from models.types import Detector, Embedder

HELP = "try recognition in a browser, on this machine alone"

_EPILOG = """\
The address that is printed works once, in one browser; nobody else can use the page. Pictures are
compared with your own enrolled templates, or with DIR/NAME.jpg. Enrolling is not offered there.
Needs Flask: pip install 'facelatch[web]'.
"""
_MOST_PORT = 65_535


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--references", type=Path, metavar="DIR", help="compare with these people's pictures"
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--min-face", type=int, default=40, metavar="PIXELS", help="default: %(default)s"
    )
    options.add_store_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serves until it is interrupted."""
    from daemon.clients.cli import output
    from daemon.clients.cli.evaluation import common
    from models.assets import extras
    from models.errors import UsageError

    extras.require("flask")
    if not 0 <= arguments.port <= _MOST_PORT:
        raise UsageError(f"there is no port {arguments.port}", f"0 to {_MOST_PORT}")
    from daemon.clients.web import serving
    from daemon.clients.web.engine import Engine

    engine = Engine(
        _choices(arguments),
        lambda name: common.load_embedder(name, None),
        lambda name: common.load_detector(name, arguments.min_face),
        _people(arguments),
    )

    def announce(address: str) -> None:
        print(address, flush=True)
        output.note("open it in a browser on this machine; Ctrl+C ends it")

    serving.serve(engine, port=arguments.port, announce=announce)
    return 0


def _choices(arguments: argparse.Namespace) -> "Choices":
    from daemon.clients.web.engine import Choices
    from models import zoo
    from models.assets import trained
    from models.assets.catalogue import AUTO_EMBEDDERS, MODELS

    installed = [name for name in AUTO_EMBEDDERS if zoo.usable(MODELS[name])]
    whose = "the people enrolled" if arguments.references is None else "the pictures you gave"
    return Choices((*installed, *trained.names()), ("mtcnn", "haar"), whose)


def _people(arguments: argparse.Namespace) -> "People":
    from daemon.clients.cli.session import store_of
    from daemon.sources.pictures import read_picture
    from models.scoring.matching import centre
    from models.training.references import Reference, read_references

    def of_folder(detector: "Detector", embedder: "Embedder") -> "Sequence[Reference]":
        return read_references(arguments.references, detector, embedder, read_picture)[0]

    def of_store(_detector: "Detector", embedder: "Embedder") -> "Sequence[Reference]":
        people = []
        for person in store_of(arguments).load_all():
            appearances = person.appearances_of(embedder.model_id)
            if appearances:
                centres = tuple(centre(one.embeddings, embedder.metric) for one in appearances)
                people.append(Reference(person.name, centres))
        return people

    return of_store if arguments.references is None else of_folder
