"""Which keys are held back as a paste, and which run."""

from textual.events import Key

from s3tui.tui.browse.paste_guard import END_SECONDS, GAP_SECONDS, PasteGuard


def fed(text: str) -> PasteGuard:
    """A guard that has seen these characters at once."""
    guard = PasteGuard()
    for character in text:
        guard.takes(Key("enter", None) if character == "\n" else Key(character, character))
    return guard


def test_one_key_runs_after_a_moment_nobody_notices() -> None:
    guard = fed("c")
    assert guard.wait == GAP_SECONDS < 0.02
    keys, text = guard.release()
    assert [key.key for key in keys] == ["c"]
    assert text == ""


def test_eight_different_characters_are_a_paste_and_none_runs() -> None:
    guard = fed("export A\nWS")
    assert guard.wait == END_SECONDS
    assert guard.release() == ((), "export A\nWS")
    assert guard.release() == ((), ""), "nothing is kept"


def test_a_held_key_repeats_one_character_and_is_no_paste() -> None:
    keys, text = fed("j" * 40).release()
    assert len(keys) == 40
    assert text == ""


def test_keys_that_are_no_characters_run_at_once() -> None:
    guard = PasteGuard()
    for name in ("down", "f5", "escape", "enter", "tab", "ctrl+r"):
        assert not guard.takes(Key(name, None))
