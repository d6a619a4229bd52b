"""Reads credentials from a pasted text: the one public door to `s3tui.credentials.reading`.

`parse_paste` takes what platforms, tools and people produce and gives one `ParsedPaste`, or raises
`PasteError` with a sentence that says what to do. It never evaluates anything, and no part of the text enters
a message.
"""

from s3tui.credentials.parsed import ParsedPaste
from s3tui.credentials.paste_errors import PasteCode, PasteError

__all__ = ["ParsedPaste", "PasteCode", "PasteError", "parse_paste"]


def parse_paste(text: str) -> ParsedPaste:
    """Return the credentials that the text holds.

    Args:
        text: what was pasted, in any form; at most 64 KiB.

    Raises:
        PasteError: with the code and the sentence for the first rule that the text breaks.
    """
    # Its many patterns take a third of the time until the first frame to compile, and few runs read a paste.
    from s3tui.credentials.reading.whole import read_whole

    return read_whole(text)
