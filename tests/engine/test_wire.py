"""The framing of messages: what arrives is one of ours, or the channel ends with a sentence."""

import asyncio
import socket

import pytest

from s3tui.engine import messages as say
from s3tui.engine.wire import MAX_FRAME, Channel
from s3tui.errors import EngineError
from s3tui.model.location import LocalLocation


async def pair() -> tuple["Channel[say.FrontEndMessage]", socket.socket]:
    """Returns an engine's end of a channel and the bare socket at the other one."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(True)
    return await Channel.over(ours, say.FrontEndMessage), theirs


async def test_a_message_in_pieces_arrives_whole() -> None:
    channel, other = await pair()
    sender: Channel[say.EngineMessage] = await Channel.over(other, say.EngineMessage)
    sent = say.OpenListing(7, LocalLocation(b"/\xff"), recursive=True)
    sender.send(sent)
    sender.send(say.PageTaken(7))
    assert await channel.receive() == sent
    assert await channel.receive() == say.PageTaken(7)
    await sender.close()
    assert await channel.receive() is None
    await channel.close()


@pytest.mark.parametrize(
    "frame",
    [
        (5).to_bytes(4, "big") + b"hello",
        (MAX_FRAME + 1).to_bytes(4, "big"),
        (0).to_bytes(4, "big"),
    ],
)
async def test_what_is_not_ours_ends_in_a_sentence(frame: bytes) -> None:
    channel, other = await pair()
    other.sendall(frame)
    with pytest.raises(EngineError):
        await asyncio.wait_for(channel.receive(), 5)
    other.close()
    await channel.close()


async def test_an_end_in_the_middle_of_a_message_is_an_end() -> None:
    channel, other = await pair()
    other.sendall((100).to_bytes(4, "big") + b"half")
    other.close()
    assert await channel.receive() is None
    await channel.close()
