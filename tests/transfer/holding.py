"""Ways to stop a transfer in its middle: requests that the proxy holds back."""

import contextlib
from collections.abc import Iterator

from s3tui.transfer.parts import MIB
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, Hold, Request, Rule


def later_parts(request: Request) -> bool:
    """Whether a request sends a part after the third."""
    return request.operation == "UploadPart" and (request.part_number or 0) > 3


def later_ranges(request: Request) -> bool:
    """Whether a request fetches a range after the third."""
    text = request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0]
    return request.operation == "GetObject" and int(text) >= 3 * 5 * MIB


@contextlib.contextmanager
def holding(proxy: RecordingProxy, rule: Rule) -> Iterator[None]:
    """Hold requests while the block runs."""
    proxy.add(rule)
    try:
        yield
    finally:
        proxy.clear_rules()
        assert isinstance(rule.action, Hold)
        rule.action.release()


async def three_parts_stored(proxy: RecordingProxy, key: str) -> None:
    """Wait until the first three parts are on the server and others are on their way."""
    await proxy.until(lambda: len(proxy.parts_stored(key)) == 3 and len(proxy.of("UploadPart")) > 3)


class HoldThenFail(Hold):
    """Holds requests until `release`, then answers each with a server's fault."""

    async def before_request(self, request: Request) -> Answer | None:
        await super().before_request(request)
        return Answer(500)
