"""What a run trains is built of weights that are there, or not begun."""

import pytest

from models.assets import weights
from models.embedders.litert import NetworkEmbedder
from models.errors import NotInstalledError
from models.training import building
from models.training.crops import CropSettings
from models.training.settings import Settings


def never(name: str) -> NetworkEmbedder:
    raise AssertionError(f"{name} was loaded")


def test_missing_weights_are_said_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weights, "installed", lambda _spec: False)
    settings = Settings("mine", "mobilefacenet", "triplet", 0.2)
    with pytest.raises(NotInstalledError, match="weights of mobilefacenet are not installed"):
        building.build(settings, CropSettings(), never)
