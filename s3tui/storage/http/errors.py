"""What can go wrong on a connection, apart from what the system and TLS raise themselves."""

import socket


class NotHttp(Exception):
    """What arrived is no HTTP reply, or one that could be read in two ways."""


class HungUp(ConnectionResetError):
    """The connection was closed before the head of a reply was complete."""


class BrokenOff(ConnectionError):
    """The connection was closed in the middle of a reply's body."""


class ConnectTimeout(TimeoutError):
    """No connection came about in time."""


class NameUnknown(socket.gaierror):
    """A host's name has no address."""

    host: str = ""
    """The name."""

    @classmethod
    def of(cls, host: str, cause: socket.gaierror) -> "NameUnknown":
        """The same with the name that was looked for."""
        error = cls(*cause.args)
        error.host = host
        return error
