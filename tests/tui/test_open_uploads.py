"""Multipart uploads that nobody has finished: found below the folder shown, and aborted when chosen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from s3tui.demo.access import DemoAccess
from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.tui.options import LaunchOptions
from tests.tui.conftest import given
from tests.tui.driving import driven, settings_in

NAMES = ("a.nc", "b.nc", "deep/c.nc")


@pytest.fixture
def access(demo_server: DemoServer) -> DemoAccess:
    """Gives credentials that may list uploads."""
    return demo_server.issue("full", 3600)


@pytest.fixture
def owner(access: DemoAccess) -> Iterator[Any]:
    """Gives a client of somebody who began three uploads."""
    client = boto3.client(
        "s3",
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        aws_session_token=access.session_token,
        config=Config(s3={"addressing_style": "path"}),
    )
    for name in NAMES:
        client.create_multipart_upload(Bucket=access.bucket, Key=access.prefix + name)
    yield client
    client.close()


def open_names(owner: Any, access: DemoAccess) -> list[str]:
    """The keys of the uploads that are open, below the workspace."""
    found = owner.list_multipart_uploads(Bucket=access.bucket, Prefix=access.prefix)
    return sorted(each["Key"].removeprefix(access.prefix) for each in found.get("Uploads", ()))


async def test_those_chosen_are_aborted_after_a_question_and_no_others(
    engine: EngineClient, access: DemoAccess, owner: Any, scratch: Path, tmp_path: Path
) -> None:
    options = LaunchOptions(
        settings=settings_in(tmp_path),
        credentials=Credentials(access.access_key_id, access.secret_access_key, access.session_token),
        connection=Connection(
            Endpoint(access.endpoint_url, access.region), Workspace(access.bucket, access.prefix)
        ),
        local_folder=scratch,
    )
    async with driven(engine, options, size=(80, 24)) as user:
        await user.until_listed(user.app.browser.remote)
        await user.press("U")
        await user.until_said("3 uploads not finished below")
        assert all(name in user.said for name in NAMES)
        assert "Abort" not in user.text, "nothing is marked yet"
        await user.press("1")
        await user.press("3")
        await user.until_said("x Abort 2")
        await user.press("x")
        await user.until_said("Abort 2 open uploads?")
        await user.press("enter")
        assert open_names(owner, access) == list(NAMES), "No is preselected"

        await user.press("U", "1", "3", "x", "y")
        await user.until_said("2 open uploads aborted.")
        assert open_names(owner, access) == ["b.nc"]
        await user.press("U", "a", "x", "y")
        await user.until_said("1 open upload aborted.")
        await user.press("U")
        await user.until_said("No multipart upload is open below")


async def test_platforms_that_do_not_list_them_say_so(
    engine: EngineClient, demo_server: DemoServer, scratch: Path, tmp_path: Path
) -> None:
    demo_server.renew(3600)
    async with driven(engine, given(demo_server, scratch, tmp_path), size=(80, 24)) as user:
        await user.until_listed(user.app.browser.remote)
        await user.press("U")
        await user.until_said("list unfinished uploads in")
        await user.press("enter")
        await user.until(lambda: user.app.screen is user.app.browser, "the panes")
