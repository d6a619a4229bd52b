"""Settings: from a file, from the environment, and refused in one sentence."""

from pathlib import Path

import pytest

from s3tui.config import Settings, config_path, load_settings
from s3tui.errors import UsageError


def write(text: str) -> Path:
    """Writes the settings file where it is looked for."""
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_a_file_there_are_defaults_and_an_xdg_state_folder(home: Path) -> None:
    settings = load_settings()
    assert settings == Settings()
    assert settings.state_path == home / ".local" / "state" / "s3tui"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('workers = 4\nmouse = true\ntheme = "nord"\n')
    assert load_settings() == Settings(workers=4, mouse=True, theme="nord")
    monkeypatch.setenv("S3TUI_WORKERS", "1")
    monkeypatch.setenv("S3TUI_MOUSE", "0")
    monkeypatch.setenv("S3TUI_THEME", "2001")
    assert load_settings() == Settings(workers=1, mouse=False, theme="2001")


def test_a_state_folder_of_one_s_own_may_use_a_tilde(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3TUI_STATE_DIR", "~/scratch/s3tui")
    assert load_settings().state_path == home / "scratch" / "s3tui"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("worker = 4\n", "worker"),
        ("workers = -1\n", "workers"),
        ('workers = "two"\n', "workers"),
        ("workers = true\n", "workers"),
        ("part_size = 1024\n", "part_size"),
        ("mouse = 1\n", "mouse"),
        ("theme = 3\n", "theme"),
        ("[table\n", "TOML"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(text: str, named: str) -> None:
    path = write(text)
    with pytest.raises(UsageError) as refusal:
        load_settings()
    assert named in refusal.value.sentence
    assert str(path) in refusal.value.sentence
    assert "\n" not in refusal.value.sentence


def test_a_variable_that_cannot_be_meant_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3TUI_PARTS_AT_ONCE", "many")
    with pytest.raises(UsageError, match="S3TUI_PARTS_AT_ONCE"):
        load_settings()


def test_a_file_that_cannot_be_read_is_named() -> None:
    path = config_path()
    path.mkdir(parents=True)
    with pytest.raises(UsageError, match=r"config\.toml"):
        load_settings()
