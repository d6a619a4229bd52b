"""A session bus of the tests' own, with gnome-keyring unlocked, locked, without a keyring, absent or hanging.

Nothing of the developer's own session is used: home, folders, bus and display are the test's.
"""

import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.children import kill_child

PROGRAMS = ("dbus-daemon", "dbus-send", "gnome-keyring-daemon", "setpriv")
"""What must be on PATH; Debian's packages dbus-daemon, dbus-bin, gnome-keyring and util-linux bring them."""

NOT_INSTALLED = "gnome-keyring or dbus is not installed"

PASSWORD = "lab password of the tests"

DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""In front of a command: the kernel kills it when its starter dies. gnome-keyring ends with its bus."""

_START_SECONDS = 20.0

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def missing_programs() -> tuple[str, ...]:
    """Returns the names of the programs that are not on PATH; empty when a Secret Service can be started."""
    return tuple(name for name in PROGRAMS if shutil.which(name) is None)


@dataclass
class Desktop:
    """A session bus, what serves secrets on it, and the environment programs see it through."""

    folder: Path
    """Holds the bus's files; short, since socket names are limited to about 100 bytes."""
    home: Path
    """Where gnome-keyring keeps its files; give the same one again for a later session."""
    env: dict[str, str] = field(default_factory=dict)
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_bus(self, service: str = "") -> None:
        """Starts the bus; `service` is the command line it starts when the Secret Service is asked for."""
        services = self.folder / "services"
        services.mkdir()
        if service:
            (services / "org.freedesktop.secrets.service").write_text(
                f"[D-BUS Service]\nName=org.freedesktop.secrets\nExec={service}\n"
            )
        config = self.folder / "bus.conf"
        config.write_text(_BUS.format(folder=self.folder, services=services))
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700)
        self.env = self._environment(runtime)
        bus = self._start(
            [*DIES_WITH_US, "dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"]
        )
        assert bus.stdout is not None
        if not select.select([bus.stdout], [], [], _START_SECONDS)[0]:
            raise RuntimeError("dbus-daemon did not start in time.")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()

    def start_keyring(self, password: str) -> None:
        """Starts gnome-keyring and gives it a password; returns when it serves.

        The first password makes the keyring of this home; a wrong one later leaves it locked.
        """
        daemon = self._start(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"])
        assert daemon.stdin is not None
        daemon.stdin.write(password.encode())
        daemon.stdin.close()
        ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]
        ask += ["org.freedesktop.DBus.GetNameOwner", "string:org.freedesktop.secrets"]
        deadline = time.monotonic() + _START_SECONDS
        while subprocess.run(ask, env=self.env, capture_output=True, check=False).returncode:
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("gnome-keyring-daemon does not serve.")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends everything that was started, the bus last."""
        while self._children:
            child = self._children.pop()
            kill_child(child)
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def _environment(self, runtime: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return kept | {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(runtime)}

    def _start(self, argv: list[str]) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.env,
            cwd=self.folder,
            start_new_session=True,
        )
        self._children.append(child)
        return child
