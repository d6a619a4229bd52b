"""A client of aiobotocore that comes into being when something first needs it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class LazyClient:
    """Stands for an aiobotocore client: every method of it is one of this, to be awaited."""

    def __init__(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Have `make` open the client, once."""
        self._make = make
        self._client: Any = None
        self._making = asyncio.Lock()

    async def opened(self) -> Any:
        """The client itself.

        Raises:
            StorageError: its endpoint is no address, or the region cannot be one.
        """
        async with self._making:
            if self._client is None:
                self._client = await self._make()
        return self._client

    def __getattr__(self, name: str) -> Any:
        """A method of the client; other attributes only once it is open."""
        if self._client is not None:
            return getattr(self._client, name)
        if name.startswith("_") or name == "meta":
            raise AttributeError(name)

        async def call(*arguments: Any, **parameters: Any) -> Any:
            return await getattr(await self.opened(), name)(*arguments, **parameters)

        return call
