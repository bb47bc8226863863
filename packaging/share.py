"""Puts what a package brings beside the Python packages into a folder: `share.py FOLDER NAME...`.

Those are the networks of the models named, converted by the checkout's environment, each in the one
precision that runs; and the demo's portraits. `NAME?` is brought where its weights are here, of
`NAME/OTHER?` the first whose are.
"""

import shutil
import sys
from pathlib import Path

from daemon.clients.cli import prepare
from daemon.install import networks
from models.assets import prepared, shipped, weights
from models.assets.catalogue import ModelSpec, spec
from models.synthetic.portraits import OWNER, STRANGER, portrait_path
from models.types import Precision

# The detector reads it beside what runs by default: see `models/detectors/mtcnn.py`.
_ALSO: dict[str, tuple[Precision, ...]] = {"mtcnn": ("float32", "int8")}


def _bring(model: ModelSpec, folder: Path) -> None:
    """The networks of one model. Raises ModelError, ConversionError."""
    prepare.prepare(model)
    manifest = prepared.read_manifest(model)
    wanted = _ALSO.get(model.name, (manifest.precision,))
    contents = {
        network: {
            kind: prepared.load_network(model, network, kind)
            for kind in wanted
            if kind in by_precision
        }
        for network, by_precision in manifest.networks.items()
    }
    with networks.using(folder):
        prepared.write(model, contents, manifest.precision, manifest.check)
        made = prepared.folder(model)
        made.rename(folder / shipped.NETWORKS / made.name)


def _chosen(name: str) -> list[ModelSpec]:
    """The model meant by `name`, none where its weights may be missing and are."""
    models = [spec(one) for one in name.removesuffix("?").split("/")]
    if not name.endswith("?"):
        return models
    for model in models:
        if weights.installed(model):
            return [model]
        sys.stderr.write(f"without {model.name}: facelatch models fetch {model.name}\n")
    return []


def main() -> None:
    """Fills the folder, which must not be there yet."""
    folder = Path(sys.argv[1]).absolute()
    for name in (shipped.NETWORKS, shipped.PORTRAITS):
        (folder / name).mkdir(parents=True)
    for name in sys.argv[2:]:
        for model in _chosen(name):
            _bring(model, folder)
    shutil.rmtree(folder / "prepared", ignore_errors=True)
    for portrait in (OWNER, STRANGER):
        picture = portrait_path(portrait)
        shutil.copyfile(picture, folder / shipped.PORTRAITS / picture.name)


if __name__ == "__main__":
    main()
