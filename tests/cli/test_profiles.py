"""Commands with profiles that get their keys from programs, logins and roles."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import BUCKET, LIMIT_SECONDS, Command
from tests.platforms.standin import Answered, Asked, StandIn
from tests.servers.moto_server import MotoServer


def with_profile(s3tui: Command, home: Path, text: str) -> Command:
    """Writes the configuration file, and gives the command without keys in its environment."""
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(text)
    kept = {name: value for name, value in s3tui.environment.items() if not name.startswith("AWS_")}
    return Command(kept, s3tui.folder, ("--profile", "p"))


def test_a_program_of_a_profile_gives_the_keys_of_a_copy(
    s3tui: Command, moto: MotoServer, home: Path
) -> None:
    keys = {
        "Version": 1,
        "AccessKeyId": moto.access_key_id,
        "SecretAccessKey": moto.secret_access_key,
        "SessionToken": moto.session_token,
    }
    program = home / "keys.py"
    program.write_text(f"import json\nprint(json.dumps({keys}))\n")
    command = with_profile(
        s3tui,
        home,
        f"[profile p]\ncredential_process = {sys.executable} {program}\nendpoint_url = {moto.endpoint_url}\n",
    )
    (command.folder / "one.txt").write_text("1")
    done = command("cp", "one.txt", f"s3://{BUCKET}/one.txt")
    assert done.returncode == 0, done.stderr.decode()
    assert moto.client().get_object(Bucket=BUCKET, Key="one.txt")["Body"].read() == b"1"


def test_a_missing_login_names_the_command(s3tui: Command, home: Path) -> None:
    command = with_profile(
        s3tui,
        home,
        "[profile p]\nsso_account_id = 111122223333\nsso_role_name = reader\nsso_region = eu-west-1\n"
        "sso_start_url = https://x.awsapps.com/start\n",
    )
    done = command("ls", f"s3://{BUCKET}/")
    assert done.returncode == 1
    assert b"aws sso login --profile p" in done.stderr


def test_without_a_terminal_nobody_is_asked_for_an_mfa_code(s3tui: Command, home: Path) -> None:
    command = with_profile(
        s3tui,
        home,
        "[profile p]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::111122223333:mfa/alice\n"
        "[profile base]\naws_access_key_id = AKIABASE1234567890AB\naws_secret_access_key = base/secret\n",
    )
    done = subprocess.run(
        command.argv("ls", f"s3://{BUCKET}/"),
        env=dict(command.environment),
        cwd=command.folder,
        capture_output=True,
        timeout=LIMIT_SECONDS,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"There was no answer: MFA code of arn:aws:iam::111122223333:mfa/alice" in done.stderr


def test_the_role_of_a_container_is_used_when_it_is_asked_for(s3tui: Command, moto: MotoServer) -> None:
    def issue(asked: Asked) -> Answered:
        keys = {"AccessKeyId": moto.access_key_id, "SecretAccessKey": moto.secret_access_key}
        return Answered(200, {**keys, "Token": moto.session_token, "Expiration": "2036-05-01T12:00:00Z"})

    moto.client().put_object(Bucket=BUCKET, Key="one.txt", Body=b"1")
    kept = {name: value for name, value in s3tui.environment.items() if not name.startswith("AWS_")}
    with StandIn(issue) as container:
        kept["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{container.url}/keys"
        command = Command(kept, s3tui.folder, ("--endpoint-url", moto.endpoint_url))
        without = command("ls", f"s3://{BUCKET}/")
        done = command("ls", f"s3://{BUCKET}/", "--instance-role")
    assert b"No credentials were found" in without.stderr, "a role was looked for unasked"
    assert done.returncode == 0, done.stderr.decode()
    assert b"one.txt" in done.stdout


def test_credentials_come_through_standard_input(s3tui: Command, moto: MotoServer) -> None:
    kept = {name: value for name, value in s3tui.environment.items() if not name.startswith("AWS_")}
    command = Command(kept, s3tui.folder, ("--endpoint-url", moto.endpoint_url))
    pasted = (
        f"AWS_ACCESS_KEY_ID={moto.access_key_id}\nAWS_SECRET_ACCESS_KEY={moto.secret_access_key}\n"
        f"AWS_SESSION_TOKEN={moto.session_token}\n"
    )
    done = subprocess.run(
        command.argv("ls", f"s3://{BUCKET}/", "--credentials", "-"),
        env=dict(kept),
        cwd=command.folder,
        input=pasted.encode(),
        capture_output=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
