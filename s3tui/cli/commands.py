"""The command line as the user types it: options and arguments, and which front end they call.

What only one command needs is imported by that command.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from s3tui import __version__
from s3tui.cli.access import AccessOptions, find_access
from s3tui.cli.addresses import copy_item, read_address
from s3tui.cli.console import Console
from s3tui.cli.session import MISUSED
from s3tui.cli.start import AppStart, Given, OpenApp, spawned
from s3tui.config import load_settings
from s3tui.engine.spawn import Child
from s3tui.errors import S3tuiError, UsageError
from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.location import S3Location
from s3tui.model.transfer import ClashPolicy, NamePolicy

Command = TypeVar("Command", bound=Callable[..., Any])


def run(argv: list[str], open_app: OpenApp, engine: Child | None = None) -> int:
    """Do what the command line says and return the exit status.

    `open_app` is called when it says nothing. An `engine` that was started already is used, or ended.
    """
    try:
        given = Given(open_app, engine)
        status = main.main(argv, prog_name="s3tui", standalone_mode=False, obj=given)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return MISUSED
    except click.Abort:
        return 130
    except S3tuiError as error:
        Console(progress=False).error(error)
        return MISUSED
    finally:
        if engine is not None:
            engine.hang_up()
    return status if isinstance(status, int) else 0


def _access_options(command: Command) -> Command:
    # Applied from the last to the first, so that --help shows them in this order.
    options = (
        click.option(
            "--credentials-file",
            "--credentials",
            "credentials_file",
            metavar="FILE",
            help="Read credentials in any form from FILE (mode 0600), or from standard input for -.",
        ),
        click.option("--profile", metavar="NAME", help="Use a profile of ~/.aws, of any kind."),
        click.option("--instance-role", is_flag=True, help="Use the role of this machine or container."),
        click.option("--endpoint-url", metavar="URL", help="The server; without it AWS or the profile's."),
        click.option("--region", metavar="NAME", help="The region to sign for."),
        click.option("--ca-bundle", metavar="FILE", help="Trust the certificate authorities in FILE (PEM)."),
    )
    for option in reversed(options):
        command = option(command)
    return command


class _Group(click.Group):
    """Takes an s3:// address where the name of a command could stand."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0].startswith("s3://"):
            return "open", self.get_command(ctx, "open"), args
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, "-V", "--version", message="s3tui %(version)s")
@click.option(
    "--demo", is_flag=True, help="Try it on a server of its own with sample data; needs no network."
)
@_access_options
@click.pass_context
def main(ctx: click.Context, /, demo: bool, **access: Any) -> int | None:
    """Move data between this computer and S3 with temporary credentials.

    Without a command the two-pane screen opens, at s3://BUCKET/PREFIX when one is given. Credentials come
    from --credentials-file, --profile, the AWS_* variables or the default profile, in this order; the
    screen also takes a paste.
    """
    if ctx.invoked_subcommand is None:
        return _open(ctx, demo, access, None)
    return None


@main.command("open", hidden=True)
@click.argument("address")
@click.pass_context
def open_(ctx: click.Context, address: str) -> int:
    """Open the screen at an address."""
    assert ctx.parent is not None
    above = dict(ctx.parent.params)
    return _open(ctx, above.pop("demo"), above, _s3_place(address))


def _open(ctx: click.Context, demo: bool, access: dict[str, Any], place: S3Location | None) -> int:
    settings = load_settings()
    given: Given = ctx.obj
    options = AccessOptions(**access)
    asked = bool(options.credentials_file or options.profile or options.instance_role)
    found = find_access(options) if asked and not demo else None
    endpoint = (
        found.endpoint
        if found
        else Endpoint(url=options.endpoint_url, region=options.region, ca_file=options.ca_bundle)
    )
    workspace = found.workspace if found else Workspace()
    if place is not None:
        workspace = Workspace(place.bucket or None, place.key if place.is_folder else f"{place.key}/")
    connection = Connection(endpoint, workspace)
    if found is None:
        return given.open_app(AppStart(settings, demo, None, None, connection, given.engine))
    start = AppStart(settings, demo, found.credentials, found.source, connection, given.engine)
    return given.open_app(start)


@main.command()
@click.argument("source", metavar="SRC")
@click.argument("destination", metavar="DST")
@click.option("-r", "--recursive", is_flag=True, help="Copy all that the folder SRC holds into DST.")
@click.option("--overwrite", "policy", flag_value="overwrite", default="overwrite", help="Replace (default).")
@click.option("--skip-existing", "policy", flag_value="skip", help="Leave what is there.")
@click.option("--newer", "policy", flag_value="newer", help="Replace only what is older than its source.")
@click.option(
    "--odd-names",
    type=click.Choice([each.value for each in NamePolicy]),
    default=NamePolicy.RENAME.value,
    help="Copy what cannot keep its name under another (default), or leave it out.",
)
@click.option(
    "--hold",
    metavar="MINUTES",
    type=click.FloatRange(0, 7 * 24 * 60),
    default=30.0,
    show_default=True,
    help="How long to wait for new credentials when they expire on the way.",
)
@click.option(
    "--manifest", metavar="FILE", help="Compare all in the end; write key, digest and time to FILE."
)
@_access_options
@click.pass_context
def cp(
    ctx: click.Context,
    /,
    source: str,
    destination: str,
    recursive: bool,
    policy: str,
    odd_names: str,
    hold: float,
    manifest: str | None,
    **access: Any,
) -> int:
    """Copy a file, or with -r a folder, to or from S3.

    The bytes land where "aws s3 cp" puts them. The exit status is 0 only when every file has been checked and
    has its final name; errors are on standard error, one a line.

    A copy that was stopped or failed goes on where it was when the same command is given again: finished
    parts are not sent twice. When credentials expire, everything waits until the profile or the credentials
    file holds new ones, at most --hold minutes; variables and standard input cannot change, so there the
    command ends at once with status 1 and can be given again.
    """
    from s3tui.cli.copying import CopyJob, run_copy

    settings = load_settings()
    item = copy_item(source, destination, recursive)
    # The engine gets ready while credentials are looked for.
    client = spawned(settings, ctx.obj.engine)
    try:
        found = find_access(_merged(ctx, access))
        listed = Path(manifest) if manifest else None
        job = CopyJob(item, ClashPolicy(policy), hold * 60, listed, NamePolicy(odd_names))
        return run_copy(client, settings, found, job, Console())
    finally:
        client.abandon()


@main.command()
@click.argument("local", metavar="LOCAL")
@click.argument("remote", metavar="REMOTE")
@click.option("-r", "--recursive", is_flag=True, help="Compare folders; a LOCAL that is one needs no flag.")
@click.option("--json", is_flag=True, help="One JSON object a line, for every file.")
@click.option("--manifest", metavar="FILE", help="Write key, bytes, digest and time of what agrees to FILE.")
@_access_options
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    local: str,
    remote: str,
    recursive: bool,
    json: bool,
    manifest: str | None,
    **access: str | None,
) -> int:
    """Compare what "cp LOCAL REMOTE" would copy with what is there, and change nothing.

    Contents are compared by the server's checksums and ETags; no object is fetched. The exit status is 0 when
    all agree, 1 when something differs or is missing on one side, and 3 when nothing differs but the server
    gives nothing except the size for some.
    """
    from s3tui.cli.verifying import VerifyJob, run_verify

    settings = load_settings()
    recursive = recursive or (Path(local).expanduser().is_dir() and remote.startswith("s3://"))
    item = copy_item(local, remote, recursive)
    client = spawned(settings, ctx.obj.engine)
    try:
        found = find_access(_merged(ctx, access))
        job = VerifyJob(item, json, Path(manifest) if manifest else None)
        return run_verify(client, settings, found, job, Console())
    finally:
        client.abandon()


@main.command()
@click.argument("address", metavar="[s3://BUCKET/PREFIX]", default="s3://")
@click.option("-r", "--recursive", is_flag=True, help="Everything below the prefix, with whole keys.")
@click.option("--json", is_flag=True, help="One JSON object a line: name, bucket, key, kind, size, modified.")
@_access_options
@click.pass_context
def ls(ctx: click.Context, /, address: str, recursive: bool, json: bool, **access: Any) -> int:
    """List a prefix in the columns of "aws s3 ls", or the buckets when no address is given.

    The exit status is 1 when there is nothing of that name.
    """
    from s3tui.cli.listing import run_listing

    settings = load_settings()
    place = _s3_place(address)
    if recursive and not place.bucket:
        raise UsageError("All buckets at once cannot be listed.", next_step="Name one as s3://bucket.")
    client = spawned(settings, ctx.obj.engine)
    try:
        found = find_access(_merged(ctx, access))
        return run_listing(client, settings, found, place, Console(), recursive=recursive, json=json)
    finally:
        client.abandon()


@main.command()
@click.option("--abort", metavar="NAME", help="Give up the command of this name: nothing of it is kept.")
@_access_options
@click.pass_context
def unfinished(ctx: click.Context, /, abort: str | None, **access: str | None) -> int:
    """List the "cp" commands that were stopped, with how much they have left to do.

    Giving the command that is shown again goes on where it was. --abort forgets it, and its unfinished
    uploads are aborted on the server, which takes credentials for it.
    """
    from s3tui.cli.left import find_left, run_abort, run_left

    settings = load_settings()
    if abort is None:
        return run_left(settings, Console())
    command = find_left(settings, abort)
    client = spawned(settings, ctx.obj.engine)
    try:
        access["endpoint_url"] = access.get("endpoint_url") or command.endpoint_url
        return run_abort(client, settings, find_access(_merged(ctx, access)), command.name, Console())
    finally:
        client.abandon()


@main.command()
@click.argument("address", metavar="s3://BUCKET/PREFIX")
@click.option("--abort", is_flag=True, help="Abort them: their parts are gone for good.")
@click.option(
    "--older-than",
    metavar="HOURS",
    type=click.FloatRange(0),
    help="Only those begun more than HOURS ago; 24 with --abort, else 0.",
)
@click.option("--id", "upload_id", metavar="ID", default="", help="Only the one with this upload id.")
@click.option("--json", is_flag=True, help="One JSON object a line: bucket, key, upload_id, started.")
@_access_options
@click.pass_context
def uploads(
    ctx: click.Context,
    /,
    address: str,
    abort: bool,
    older_than: float | None,
    upload_id: str,
    json: bool,
    **access: Any,
) -> int:
    """List multipart uploads below a prefix that nobody has finished; their parts take room all the same.

    They may be somebody's, and under way: look before you --abort. Many platforms do not allow listing them.
    """
    from s3tui.cli.open_uploads import UploadsJob, run_uploads

    settings = load_settings()
    if older_than is None:
        older_than = 24.0 if abort and not upload_id else 0.0
    job = UploadsJob(_s3_place(address), older_than, upload_id, abort, json)
    client = spawned(settings, ctx.obj.engine)
    try:
        return run_uploads(client, settings, find_access(_merged(ctx, access)), job, Console())
    finally:
        client.abandon()


def _merged(ctx: click.Context, access: dict[str, Any]) -> AccessOptions:
    """The options of the command, or else those that stand before its name."""
    assert ctx.parent is not None
    above = ctx.parent.params
    merged: dict[str, Any] = {name: value or above.get(name) for name, value in access.items()}
    return AccessOptions(**merged)


def _s3_place(address: str) -> S3Location:
    place = read_address(address)
    if not isinstance(place, S3Location):
        raise UsageError(f"{address} is not an s3:// address.", next_step="Write s3://bucket/prefix.")
    return place
