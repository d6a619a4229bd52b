"""Which keys are taken for a paste, and which run."""

from textual.events import Key

from s3tui.tui.browse.paste_guard import END_SECONDS, GAP_SECONDS, Burst, burst_of


def typed(text: str, gap: float = 0.001) -> list[Key]:
    """Keys as they arrive, the first one at 0 seconds."""
    keys = []
    for number, character in enumerate(text):
        key = Key("enter", None) if character == "\n" else Key(character, character)
        key.time = number * gap
        keys.append(key)
    return keys


def test_one_key_runs_after_a_moment_nobody_notices() -> None:
    assert burst_of(typed("c"), 0.0).wait == GAP_SECONDS < 0.02
    assert burst_of(typed("c"), GAP_SECONDS) == Burst(1)


def test_eight_different_characters_are_a_paste_and_none_runs() -> None:
    text = "export A\nWS"
    keys = typed(text)
    assert burst_of(keys, keys[-1].time).wait == END_SECONDS
    assert burst_of(keys, keys[-1].time + END_SECONDS) == Burst(len(text), text)


def test_a_paste_ends_where_the_keys_pause() -> None:
    paste, later = typed("export A"), typed("j")
    later[0].time = paste[-1].time + END_SECONDS + 0.1
    assert burst_of([*paste, *later], later[0].time) == Burst(8, "export A")


def test_a_held_key_repeats_one_character_and_is_no_paste() -> None:
    assert burst_of(typed("j" * 40), 1.0) == Burst(40)


def test_keys_that_are_no_characters_run_at_once() -> None:
    for name in ("down", "f5", "escape", "enter", "tab", "ctrl+r"):
        assert burst_of([Key(name, None)], 0.0) == Burst()


def test_what_follows_a_key_that_opens_a_line_was_typed_for_that_line() -> None:
    assert burst_of(typed(":s3://bucket/prefix"), 0.0) == Burst(1), "it runs at once"
    for opener in "/+":
        assert burst_of(typed(f"{opener}depth-2026\nc"), 1.0) == Burst(1), "it runs when no more comes"
        assert burst_of(typed(f"{opener}depth-2026"), 0.01).wait > 0


def test_a_secret_that_begins_like_a_search_is_a_paste() -> None:
    for opener in "/+":
        secret = f"{opener}JALrXUtnFEMI7MDENGbPxRfiCYzexampleKEY0+/q"
        assert burst_of(typed(secret), 1.0) == Burst(len(secret), secret)


def test_a_name_typed_with_the_command_that_asks_for_it_is_no_paste() -> None:
    for text in ("nnew results\n", "rdepth-2026.csv"):
        assert burst_of(typed(text), 1.0) == Burst(len(text)), text
    for text in ("region = x\nkey = y", "r" + "abcdefgh" * 5):
        assert burst_of(typed(text), 1.0) == Burst(len(text), text), "longer, or of several lines"
