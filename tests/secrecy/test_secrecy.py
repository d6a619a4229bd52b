"""No secret leaves the program: not on the screen, not in files, not through processes, whatever happens."""

import os
import resource
import secrets
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from s3tui.demo.access import DemoAccess, DemoOptions
from s3tui.demo.process import DemoServer, paste_text
from tests.secrecy.mishaps import LARGE, SMALL
from tests.secrecy.needles import Needles, bytes_of_osc52
from tests.secrecy.surroundings import RecordedTerminal, Surroundings
from tests.secrecy.watch import ProcessWatch

pytestmark = pytest.mark.terminal

SHORT_LIFE = 7.0
"""Seconds; the copies take longer."""
LATENCY = 0.2
"""Seconds that the server takes for each answer."""
FILES, PART = 55, 5 * 1024 * 1024
ENGINE, WORKER = ("-m", "s3tui.engine"), ("-m", "s3tui.engine.worker")


class Story:
    """Uses the program in every way that has to do with secrets, and keeps what came out of it."""

    def __init__(self, machine: Surroundings, server: DemoServer) -> None:
        """Make credentials of every kind, good and spoilt ones."""
        self.machine = machine
        self.server = server
        self.out: dict[str, bytes] = {}
        """Everything that was printed, by where."""
        good = server.credentials
        assert good.session_token is not None
        self.spoilt = replace(good, secret_access_key=secrets.token_urlsafe(30))
        token = bytearray(good.session_token.encode())
        token[-200:-100] = secrets.token_hex(50).encode()
        self.unknown = replace(good, session_token=token.decode())
        self.in_environment = server.issue("rw")
        self._all = [good, self.spoilt, self.unknown, self.in_environment]
        self._tell_mishaps()

    def fresh(self, lifetime_seconds: float = 900) -> DemoAccess:
        """New credentials of the same identity."""
        access = self.server.renew(lifetime_seconds)
        self._all.append(access)
        self._tell_mishaps()
        return access

    @property
    def secrets(self) -> list[str]:
        """All that must not come out."""
        return [
            text for access in self._all for text in (access.secret_access_key, access.session_token) if text
        ]

    def _tell_mishaps(self) -> None:
        self.machine.private_file("secrets", "\n".join(self.secrets))

    def aws(self, access: DemoAccess) -> dict[str, str]:
        """The variables of a shell that has credentials."""
        return {
            "AWS_ACCESS_KEY_ID": access.access_key_id,
            "AWS_SECRET_ACCESS_KEY": access.secret_access_key,
            "AWS_SESSION_TOKEN": access.session_token or "",
            "AWS_ENDPOINT_URL": access.endpoint_url,
        }

    # ---- on the command line ---------------------------------------------------------------------------

    def commands(self) -> None:
        """Good and wrong credentials by every road, all at the same time."""
        machine, good = self.machine, self.server.credentials
        place = f"s3://{good.bucket}/{good.prefix}"
        right = machine.private_file("right.txt", paste_text(good))
        wrong = machine.private_file("wrong.txt", paste_text(self.spoilt))
        open_to_all = machine.private_file("open.txt", paste_text(good), 0o644)
        half = f"{good.access_key_id} {good.secret_access_key}\n{(good.session_token or '')[:300]}"
        notes = machine.given / "notes.txt"
        notes.write_text("calm sea")
        by_variables = machine.environ(**self.aws(self.in_environment))
        running = {
            "cp": machine.command(
                machine.environ(), "cp", str(notes), f"{place}notes.txt", "--credentials-file", right
            ),
            "wrong secret": machine.command(machine.environ(), "ls", place, "--credentials-file", wrong),
            "open file": machine.command(machine.environ(), "ls", place, "--credentials-file", open_to_all),
            "half a paste": machine.command(
                machine.environ(), "ls", place, "--credentials-file", "-", stdin=half.encode()
            ),
            "refused": machine.command(by_variables, "ls", f"s3://{good.bucket}/datasets/10378-1-41/"),
            "wrong token": machine.command(machine.environ(**self.aws(self.unknown)), "ls", place),
        }
        for name, process in running.items():
            said, _ = process.communicate(timeout=30)
            self.out[name] = said
            assert (process.returncode == 0) == (name == "cp"), (name, said)

    # ---- on the screen ---------------------------------------------------------------------------------

    def wrong_pastes(self, terminal: RecordedTerminal) -> None:
        """What people paste by mistake, with and without brackets."""
        good = self.server.credentials
        token = good.session_token or ""
        half = f"aws_access_key_id={good.access_key_id}\naws_secret_access_key={good.secret_access_key}\n"
        link = f"https://x.s3.amazonaws.com/y?X-Amz-Security-Token={quote(token)}&X-Amz-Signature={'a1' * 32}"
        cut = paste_text(replace(good, session_token=token[: len(token) // 2]))
        for text in (half, link, f"{good.secret_access_key} {token}", cut, f"$({token})"):
            terminal.press(in_brackets(text))
            terminal.settle(0.15)
        as_keys(terminal, half)
        terminal.settle(0.3)
        assert "Received" in terminal.text
        for access in (self.spoilt, self.unknown):
            start_over(terminal)
            terminal.press(in_brackets(paste_text(access)))
            terminal.until_text("Enter connects")
            terminal.press("\r")
            terminal.until(lambda: not says(terminal, "Enter connects", "Connecting"), "the refusal")
            assert "Key id" in terminal.text

    def connect(self, terminal: RecordedTerminal) -> None:
        """Paste the right ones, look around, be refused, send an address to the clipboard."""
        start_over(terminal)
        terminal.press(in_brackets(self.server.paste_text()))
        terminal.until_text("Enter connects")
        terminal.press("\r")
        terminal.until_text("README.txt")
        good = self.server.credentials
        go_to(terminal, f"s3://{good.bucket}/datasets/10378-1-41/")
        terminal.settle()
        go_to(terminal, f"s3://{good.bucket}/{good.prefix}")
        terminal.until_text("README.txt")
        terminal.press("jy")
        terminal.until(lambda: b"\x1b]52;" in terminal.raw, "an address in the clipboard")
        terminal.until_text("─ Address")
        terminal.press("c")
        terminal.until(lambda: "─ Address" not in terminal.text, "the end of the message")

    def copy_both_ways(self, terminal: RecordedTerminal) -> None:
        """Begin copies down and up."""
        terminal.press("\x1b[F")  # End
        terminal.press("kkc")
        for question in ("Copy 1 file", f"Copy {FILES + 1} files"):
            terminal.until_text(question)
            terminal.press("\r")
            terminal.until(lambda text=question: text not in terminal.text, "the end of the question")  # type: ignore[misc]
            terminal.press("\tac" if question == "Copy 1 file" else "")

    def expire(self, terminal: RecordedTerminal) -> None:
        """Renew with credentials that end before the copies do, pasted where there are no brackets."""
        terminal.press("K")
        terminal.until_text("Paste your credentials here")
        as_keys(terminal, paste_text(self.fresh(SHORT_LIFE)))
        terminal.until_text("Enter renews")
        terminal.press("\r")
        terminal.until(
            lambda: says(terminal, "waits for new credentials", "wait for new credentials"), "waiting"
        )

    def renew(self, terminal: RecordedTerminal) -> None:
        """Paste new ones under the waiting copies."""
        terminal.press("K")
        terminal.until_text("Paste your credentials here")
        terminal.press(in_brackets(paste_text(self.fresh())))
        terminal.until_text("Enter renews")
        terminal.press("\r")
        terminal.until(lambda: "running" in terminal.text, "the copies going on")

    def break_everything(self, terminal: RecordedTerminal) -> None:
        """Kill and break engine, worker and at last the screen, each during requests."""
        watch, log = self.machine.watch, self.machine.state / "s3tui/engine.log"
        wait(lambda: bool(watch.pids(*WORKER)), "a worker")
        for pid in (terminal.process.pid, watch.pids(*ENGINE)[-1], watch.pids(*WORKER)[-1]):
            os.kill(pid, SMALL)
        wait(lambda: log.read_text().count("in _fail_later") >= 2, "what small mishaps leave in the log")
        for number in (signal.SIGABRT, LARGE):
            self._hit(WORKER, number, terminal)
        for number in (signal.SIGKILL, signal.SIGABRT, LARGE):
            self._hit(ENGINE, number, terminal)
            terminal.until_text("runs again")
            terminal.settle(0.1)
        os.kill(terminal.process.pid, LARGE)
        assert terminal.wait_for_end() == 1
        assert "in _fail_in_a_request" in self.machine_report()
        assert "in fail_once" in log.read_text()
        assert "Fatal Python error" in log.read_text(), "the fault handler of the hostile environment"

    def machine_report(self) -> str:
        """The crash report."""
        (report,) = (self.machine.state / "s3tui").glob("crash-*.log")
        return report.read_text()

    def _hit(self, kind: tuple[str, str], number: signal.Signals, terminal: RecordedTerminal) -> None:
        """Send a signal to a process and wait until another one has taken its place."""
        watch = self.machine.watch
        known = watch.pids(*kind)
        os.kill(known[-1], number)
        terminal.until(lambda: bool(set(watch.pids(*kind)) - set(known)), f"another {kind[1]}")

    def told_to_end(self) -> None:
        """Start from a file, inside tmux, and be told to end in the middle of a request."""
        machine = self.machine
        environ = machine.environ(**self.aws(self.in_environment), TMUX="socket,1,0", LC_ALL="C")
        file = machine.private_file("again.txt", paste_text(self.fresh()))
        terminal = machine.terminal(environ, "--credentials-file", file)
        try:
            terminal.until_text("README.txt")
            terminal.press("\x1b\x12")
            os.kill(terminal.process.pid, signal.SIGTERM)
            assert terminal.wait_for_end() == 143
        finally:
            self.keep(terminal, "second terminal")

    def keep(self, terminal: RecordedTerminal, name: str) -> None:
        """Keep what a terminal got, and let it go."""
        self.out[name] = bytes(terminal.raw)
        self.out[f"screens of the {name}"] = "\0".join(terminal.seen).encode()
        self.out[f"clipboard of the {name}"] = bytes_of_osc52(bytes(terminal.raw))
        terminal.close()


def in_brackets(text: str) -> str:
    """A paste as terminals send it."""
    return f"\x1b[200~{text}\x1b[201~"


def as_keys(terminal: RecordedTerminal, text: str) -> None:
    """Paste into a terminal that knows no brackets."""
    keys = text.replace("\n", "\r")
    for start in range(0, len(keys), 200):
        terminal.press(keys[start : start + 200])
        terminal.read(0.005)


def start_over(terminal: RecordedTerminal) -> None:
    """Press F8 and see the form empty."""
    terminal.press("\x1b[19~")
    terminal.until_text("No credentials yet")


def go_to(terminal: RecordedTerminal, address: str) -> None:
    """Go to an address; the one that stands there is replaced."""
    terminal.press(":")
    terminal.until_text("─ Go to")
    terminal.press(in_brackets(address))
    terminal.until_text(f" {address} ")
    terminal.press("\r")
    terminal.until(lambda: "─ Go to" not in terminal.text, "the end of the question")


def says(terminal: RecordedTerminal, *texts: str) -> bool:
    """Whether one of the texts is on the screen."""
    return any(text in terminal.text for text in texts)


def wait(holds: Callable[[], bool], what: str, limit: float = 15.0) -> None:
    """Look until something holds."""
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.02)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    """A machine that would write core files, and whose processes are watched."""
    watch = ProcessWatch()
    machine = Surroundings(tmp_path, watch)
    monkeypatch.setenv("TMPDIR", str(machine.temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    watch.start()
    yield machine
    watch.stop()
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def test_nothing_that_comes_out_holds_a_secret(
    machine: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of the shell that starts a demo server")
    with DemoServer.start(options=DemoOptions(scratch=False, latency_seconds=LATENCY)) as server:
        machine.watch.follow(server.process.pid, {})
        story = Story(machine, server)
        story.commands()
        survey = machine.work / "survey"
        survey.mkdir()
        for number in range(FILES):
            (survey / f"notes {number}.txt").write_text(f"visibility {number} m")
        with (survey / "a cast.nc").open("wb") as cast:
            cast.truncate(3 * PART)
        terminal = machine.terminal(machine.environ(**story.aws(story.in_environment)))
        try:
            terminal.until_text("Found here")
            story.wrong_pastes(terminal)
            story.connect(terminal)
            story.copy_both_ways(terminal)
            story.expire(terminal)
            story.renew(terminal)
            story.break_everything(terminal)
        finally:
            story.keep(terminal, "first terminal")
        story.told_to_end()
        story.out["demo server"] = Path(f"/proc/{server.process.pid}/fd/2").read_bytes()
    machine.watch.stop()
    assert leaks(story) == {}
    assert machine.readable_by_others() == []
    assert "environment-of-tmux" in {path.name for path in machine.temporary.iterdir()}
    check_processes(machine.watch)


def leaks(story: Story) -> dict[str, set[str]]:
    """Where secrets came out, and which."""
    needles = Needles(story.secrets)
    places = {**story.out, **story.machine.left_behind()}
    for sighting in story.machine.watch.sightings.values():
        places[f"arguments of {sighting.pid}"] = b" ".join(sighting.commands)
        added = story.machine.watch.added_to(sighting)
        places[f"environment of {sighting.command}"] = repr(added).encode()
    return {place: found for place, data in places.items() if (found := needles.found_in(data))}


def check_processes(watch: ProcessWatch) -> None:
    """No core files, no variables of AWS in what was started by the program."""
    words = " ".join(sighting.command for sighting in watch.sightings.values())
    for module in ("s3tui.engine ", "s3tui.engine.worker ", "s3tui.demo "):
        assert module in words, f"{module}was never seen"
    for sighting in watch.sightings.values():
        added = [name for name in watch.added_to(sighting) if name.startswith("AWS_")]
        assert not added, f"{sighting.command} got {added}"
        if sighting.seconds > 1:
            assert sighting.core_limit == "0 0", f"{sighting.command} may write core files"
