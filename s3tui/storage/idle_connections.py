"""Keeps answers that nobody asked for from being taken for the answer to the next request.

A server, or something in between, may send a second reply on a connection that is kept for later. aiohttp
would read it as the reply to whatever is sent next: an upload would count as done that never arrived.
"""

from typing import Any

import aiohttp


def trust_silent_ones_only(connector: aiohttp.BaseConnector) -> None:
    """Have a new connector reuse a connection only while nothing has arrived on it since its last reply."""
    pool: Any = connector
    get = pool._get

    async def get_silent(key: Any, traces: Any) -> Any:
        waiting = pool._conns.get(key)
        while waiting and waiting[0][0].should_close:
            protocol, _ = waiting.popleft()
            if protocol.transport is not None:
                protocol.transport.abort()
        if waiting is not None and not waiting:
            pool._conns.pop(key, None)
        return await get(key, traces)

    pool._get = get_silent
