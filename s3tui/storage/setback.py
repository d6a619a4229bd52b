"""A request that failed and is worth another one, as a value: what whoever grants retries needs to know."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Trouble(StrEnum):
    """Kinds of failure that are met in different ways."""

    BUSY = "busy"
    """The server asks for fewer requests."""
    NO_WAY = "no way"
    """No connection came into being: nothing was asked of the server."""
    FAULT = "fault"
    """Anything else that may not happen again."""


class Setback(Struct, frozen=True):
    """One failed attempt."""

    trouble: Trouble
    sentence: str
    """What to tell the user if all transfers have to wait for it."""
    failures: int
    """Attempts of this request that have failed, this one included."""
    left: float
    """Seconds until its failure is final."""
    retry_after: float | None = None
    """Seconds that the server asks to be left alone."""
    in_slot: bool = False
    """Its unit holds a slot of the pace."""


class Retries(Protocol):
    """Grants retries. One object does so for an endpoint, whatever process a request is made in."""

    async def again(self, setback: Setback) -> bool:
        """Wait as long as is right before the next attempt; False when there is to be none."""
        ...

    def answered(self) -> None:
        """Note that a request was answered as it should be."""
        ...
