"""Keeps "auto" with the network that people are enrolled with, whatever is installed later."""

from collections.abc import Callable, Collection

from daemon.camera.settings import settings_line
from daemon.errors import RefusalError
from daemon.policy.embedder import choose_embedder
from daemon.state.context import Context
from daemon.state.networks import prepared_embedders
from daemon.system.tasks import Tasks
from models.assets.catalogue import AUTO_EMBEDDERS


class EmbedderKeeper:
    """Keeps the fact `embedder` of the context; `configure` tells the camera worker.

    `usable` says which embedders are ready to run here.
    """

    def __init__(
        self,
        context: Context,
        configure: Callable[[str], None],
        *,
        usable: Callable[[], Collection[str]] = prepared_embedders,
    ) -> None:
        self._context = context
        self._configure = configure
        self._usable = usable
        self._tasks = Tasks()
        context.templates_changed.listen(self._settle_soon)

    def _settle_soon(self, _user: str) -> None:
        self._tasks.spawn(self.settle())

    async def settle(self) -> None:
        """Reads who is enrolled with what. Templates that cannot be read keep nothing."""
        try:
            people = await self._context.templates.others("", readable=True)
        except RefusalError:
            return
        models = [{one.model_id for one in person.appearances} for person in people]
        chosen = choose_embedder(models, usable=self._usable(), best_first=AUTO_EMBEDDERS)
        before, self._context.embedder = self._context.embedder, chosen
        if chosen.kept != before.kept:
            self._configure(settings_line(self._context.worker_config))
