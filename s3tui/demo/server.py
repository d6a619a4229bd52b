"""The HTTP server: every request is verified, routed and answered here, errors included.

`DemoService` is the whole server in one object, for the child process and for tests in their own loop.
"""

import asyncio
import logging
import secrets
import socket
import time

from aiohttp import web

from s3tui.demo.access import DemoAccess, DemoOptions, Rights
from s3tui.demo.call import Call, split_path
from s3tui.demo.identity import get_caller_identity, is_token_service
from s3tui.demo.issuer import Issuer
from s3tui.demo.policy import identity_for
from s3tui.demo.responses import S3Error, http_time
from s3tui.demo.routing import handler_for
from s3tui.demo.sample import BUCKET, PREFIX, extra_objects, sample_objects
from s3tui.demo.signature import RequestHead, parse_query, verify
from s3tui.demo.store import Store

REGION = "ap-southeast-2"
_READ_BUFFER_BYTES = 1024 * 1024
_MAX_HEADER_BYTES = 32 * 1024

_log = logging.getLogger(__name__)


class DemoService:
    """An S3 server on a loopback port of its own choice, with its data and its credentials."""

    def __init__(self, options: DemoOptions | None = None, scratch_dir: str | None = None) -> None:
        """Make the data; `scratch_dir` is only passed on in what `issue` returns."""
        self.options = options or DemoOptions()
        self.store = Store(self.now)
        self.issuer = Issuer(REGION, self.now)
        self.endpoint_url = ""
        self._scratch_dir = scratch_dir
        self._runner: web.ServerRunner | None = None
        bucket = self.store.create_bucket(BUCKET)
        if self.options.sample:
            bucket.fill(sample_objects())
        for extra in self.options.extra:
            bucket.fill(extra_objects(extra))

    def now(self) -> float:
        """The server's clock: Unix seconds, off by what the options say."""
        return time.time() + self.options.clock_offset_seconds

    async def start(self) -> None:
        """Listen on 127.0.0.1; raises OSError when there is no port."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        server = web.Server(
            self._answer,
            access_log=None,
            auto_decompress=False,
            read_bufsize=_READ_BUFFER_BYTES,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        self.endpoint_url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def stop(self) -> None:
        """Close every connection and forget every byte."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.store.close()

    def issue(self, lifetime_seconds: float, rights: Rights | None = None) -> DemoAccess:
        """Fresh credentials; administrators get a long-term key, for which the lifetime does not count."""
        rights = rights or self.options.rights
        identity = identity_for(rights, BUCKET, PREFIX)
        if rights == "admin":
            issued = self.issuer.long_term(identity)
        else:
            issued = self.issuer.temporary(identity, lifetime_seconds)
        return DemoAccess(
            access_key_id=issued.access_key_id,
            secret_access_key=issued.secret_access_key,
            session_token=issued.session_token,
            expiration=issued.expiration,
            region=REGION,
            endpoint_url=self.endpoint_url,
            bucket=BUCKET,
            prefix="" if rights == "admin" else PREFIX,
            scratch_dir=self._scratch_dir,
        )

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        request_id = secrets.token_hex(8).upper()
        common = {
            "x-amz-request-id": request_id,
            "x-amz-id-2": secrets.token_urlsafe(48),
            "Date": http_time(self.now()),
            "Server": "s3tui-demo",
        }
        if self.options.latency_seconds:
            await asyncio.sleep(self.options.latency_seconds)
        try:
            response = await self._handle(request, request_id, common)
        except S3Error as error:
            response = self._refusal(request, error, common)
        except ConnectionError:
            raise
        except Exception:
            _log.exception("request failed: %s %s", request.method, request.raw_path.partition("?")[0])
            response = self._refusal(request, S3Error("InternalError"), common)
        if not response.prepared:
            response.headers.update(common)
            if not request.content.at_eof():
                response.force_close()
        return response

    async def _handle(
        self, request: web.BaseRequest, request_id: str, common: dict[str, str]
    ) -> web.StreamResponse:
        raw_path, _, raw_query = request.raw_path.partition("?")
        head = RequestHead(
            request.method,
            raw_path.encode("utf-8", "surrogateescape"),
            parse_query(raw_query),
            request.raw_headers,
        )
        if is_token_service(request):
            return await get_caller_identity(request, head, self.issuer, request_id)
        bucket, key = split_path(head.raw_path)
        verified = verify(head, self.issuer)
        call = Call(request, head, bucket, key, verified, self.store, common)
        response = await handler_for(call)(call)
        if not key and bucket in self.store.buckets and not response.prepared:
            response.headers["x-amz-bucket-region"] = REGION
        return response

    def _refusal(self, request: web.BaseRequest, error: S3Error, common: dict[str, str]) -> web.Response:
        headers = dict(error.headers)
        path = request.raw_path.partition("?")[0]
        if path.removeprefix("/").partition("/")[0] in self.store.buckets:
            headers["x-amz-bucket-region"] = REGION
        if request.method == "HEAD" or error.status == 304:
            return web.Response(status=error.status, headers=headers, content_type="application/xml")
        body = error.document(path, common["x-amz-request-id"], common["x-amz-id-2"])
        return web.Response(status=error.status, headers=headers, body=body, content_type="application/xml")
