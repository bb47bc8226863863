"""A session as logind gives it: ada's, on the screen of seat0, locked."""

from daemon.system.sessions import Session

LOCKED = Session(
    id="1",
    path="/1",
    uid=1000,
    username="ada",
    seat="seat0",
    kind="wayland",
    session_class="user",
    active=True,
    remote=False,
    locked=True,
    idle=False,
)
