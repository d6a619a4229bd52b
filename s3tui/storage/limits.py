"""Every waiting time and retry count of the storage room, in one value that tests can make small."""

from msgspec import Struct


class Limits(Struct, frozen=True):
    """How long to wait, how often to try, how slow is too slow."""

    connect: float = 10.0
    """Seconds for a TCP and TLS connection."""

    answer: float = 50.0
    """Seconds for the head of an answer once the request is sent, and between two reads."""

    browse_answer: float = 30.0
    """The same for listings, HEAD and other requests somebody waits for at the screen."""

    call: float = 100.0
    """Seconds for a whole answer that is no object's body, however it comes."""

    window: float = 30.0
    """Seconds in which a body must move by at least `minimum_rate`; otherwise it has stalled."""

    minimum_rate: int = 1024
    """Bytes per second, either direction."""

    attempts: int = 5
    """Requests sent for one piece of work before its failure is final."""

    verdict: float = 300.0
    """Seconds after which no further attempt is made. Neither waiting for credentials counts nor being
    stopped, and of an attempt at most what it takes to notice that nothing moves."""

    backoff: float = 0.5
    """Seconds: the first wait is between half of this and this, and both double each time."""

    backoff_cap: float = 20.0
    """Seconds: the longest wait between two attempts that is our own idea."""

    retry_after_cap: float = 60.0
    """Seconds: the longest wait that a server may ask for."""

    retries: float = 32.0
    """Retries that all requests to an endpoint may make at once; every good answer gives half a one back."""

    retry_rate: float = 1.5
    """Retries a second that come back by themselves."""

    nap: float = 5.0
    """Seconds without a turn of the loop that make the process count as stopped, or the machine asleep."""

    @property
    def unnoticed(self) -> float:
        """Seconds for which an attempt can be dead at most before that is noticed."""
        return self.connect + max(self.window, self.answer)
