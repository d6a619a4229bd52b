"""Workers that die in the middle of trying: another one goes on with the count, and does not begin anew."""

import asyncio
import os
import signal
from pathlib import Path

from s3tui.engine.connecting import Connecting
from s3tui.engine.workers import ProcessWorkers
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.work import Failed
from tests.engine.test_workers import BUCKET, both_ready, put
from tests.servers.moto_server import MotoServer
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, Hold, Reply, Request, Rule, asking


class FaultsThenHold(Hold):
    """Answers the first attempts with a server's fault, and holds the next one."""

    async def before_request(self, request: Request) -> Answer | None:
        if request.attempt < 3:
            return Answer(500)
        return await super().before_request(request)


async def test_a_file_is_asked_for_five_times_at_most_although_its_worker_dies(
    moto: MotoServer, tmp_path: Path
) -> None:
    moto.client().create_bucket(Bucket=BUCKET)
    proxy = RecordingProxy(moto.endpoint_url)
    connecting = Connecting(lambda: None)
    workers = ProcessWorkers(2, 4, connecting.live)
    try:
        credentials = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
        place = Connection(Endpoint(proxy.endpoint_url), Workspace(BUCKET))
        await connecting.connect(credentials, place)
        assert connecting.link is not None
        workers.use(connecting.link)
        workers.warm_up()
        await both_ready(workers)
        faults = FaultsThenHold()
        rule = proxy.add(Rule(asking("PutObject"), faults))
        proxy.add(Rule(asking("PutObject"), Reply(Answer(500))))
        source = tmp_path / "file"
        source.write_bytes(b"x" * 5000)
        task = asyncio.create_task(workers.run(put(source, "file"), lambda _: None))
        await proxy.until(lambda: bool(faults.held))
        rule.times = 0
        (busy,) = (hand for hand in workers._hands if hand.load)
        os.kill(busy.pid, signal.SIGKILL)
        outcome = await asyncio.wait_for(task, 60)
        assert isinstance(outcome, Failed)
        assert len(proxy.of("PutObject")) == 5
    finally:
        await workers.close()
        await connecting.close()
        proxy.stop()
