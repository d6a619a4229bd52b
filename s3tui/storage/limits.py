"""Every waiting time and retry count of the storage room, in one value that tests can make small."""

from msgspec import Struct


class Limits(Struct, frozen=True):
    """How long to wait, how often to try, how slow is too slow."""

    connect: float = 10.0
    """Seconds for a TCP and TLS connection."""

    answer: float = 60.0
    """Seconds for the head of an answer once the request is sent, and between two reads."""

    browse_answer: float = 30.0
    """The same for listings, HEAD and other requests somebody waits for at the screen."""

    window: float = 30.0
    """Seconds in which a body must move by at least `minimum_rate`; otherwise it has stalled."""

    minimum_rate: int = 1024
    """Bytes per second, either direction."""

    attempts: int = 5
    """Requests sent for one piece of work before its failure is final."""

    verdict: float = 300.0
    """Seconds after which no further attempt is made; waiting for credentials does not count."""

    backoff: float = 0.5
    """Seconds: the first wait is drawn from 0 to this, and the range doubles each time."""

    backoff_cap: float = 20.0
    """Seconds: the longest wait between two attempts, whatever the server asks for."""
