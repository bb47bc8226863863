"""A better network that is installed later knows nobody: the service goes on as it was."""

import numpy as np

from daemon.clients.cli.prepare import ensure_prepared
from enroll.template import Appearance
from tests.bus.world import Home, eventually


def _enrolled_with_facenet(home: Home, appearance: Appearance) -> None:
    """As if facenet had been all there was when they enrolled."""
    ensure_prepared(["facenet", "resnet"], quiet=True)
    embedding = np.eye(1, 512, dtype=np.float32)
    home.configure("recognition", embedder='"auto"')
    home.enrol(Appearance("old", appearance.created, "facenet:0.1", "euclidean", embedding))


def test_auto_goes_on_with_the_network_that_knows_people(
    home: Home, owner_appearance: Appearance
) -> None:
    _enrolled_with_facenet(home, owner_appearance)
    with home.start().client() as client:
        # The owner of the world is enrolled with resnet too: one person, two networks, the better.
        assert client.call("Status")["embedder"] == "resnet"
        client.call("RemoveAppearance", "", owner_appearance.name)
        eventually(lambda: client.call("Status")["better-embedder"], "a better one, unused")
        # What is known of nobody is taken as soon as nobody is known.
        client.call("RemoveUser", "")
        eventually(lambda: not client.call("Status")["better-embedder"], "the best, used")


def test_a_service_that_starts_again_keeps_it(home: Home, owner_appearance: Appearance) -> None:
    _enrolled_with_facenet(home, owner_appearance)
    with home.start().client() as client:
        client.call("RemoveAppearance", "", owner_appearance.name)
    home.world.stop_daemon()
    with home.start().client() as client:
        # A camera worker that went on has the other one until it has loaded this.
        eventually(lambda: client.call("Status")["embedder"] == "facenet", "the network kept")
        assert client.call("Status")["better-embedder"]
