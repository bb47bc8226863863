"""A client that may say anything on the bus, also what the daemon's own client would not."""

from typing import Any, Self

from dbus_fast import Message, MessageType

from daemon.clients.dbus_client import Client
from daemon.dbus.connection import Bus


class Peer(Client):
    """Somebody on the bus who may say anything, right or wrong."""

    def say(self, message: Message) -> Message:
        """The reply, also where it is an error."""
        reply: Message = self._run(self._bus.connection.call(message))
        return reply

    def call(  # type: ignore[override]
        self, name: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> Any:
        """The first value of the reply; fails the test for an error."""
        reply = self.say(
            Message(name, path, interface, member, signature=signature, body=list(body))
        )
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body
        return reply.body[0] if reply.body else None

    def send(self, message: Message) -> None:
        """A signal to whoever listens."""
        self._run(_sent(self._bus, message))

    def __enter__(self) -> Self:
        return self


async def _sent(bus: Bus, message: Message) -> None:
    await bus.connection.send(message)
