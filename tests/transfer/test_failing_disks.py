"""Disks that fail in ways no small file system can show: at reading, at fsync and at close."""

import subprocess
import sys
from pathlib import Path

import msgspec

from s3tui.model.location import Location, S3Location
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.workspace import Workspace
from tests.shims import preloaded
from tests.storage.connect import credentials_of
from tests.transfer.engine_child import Job
from tests.transfer.rig import contents, local

READS = """
#define FAILS(fd, end) (named(fd, "rotten") && (end) > 2 * 1024 * 1024)
typedef ssize_t p_read(int, void *, size_t, off_t);
typedef ssize_t p_readv(int, const struct iovec *, int, off_t, int);
ssize_t pread64(int fd, void *to, size_t size, off_t at) {
    if (FAILS(fd, at + (off_t)size)) { errno = EIO; return -1; }
    return ((p_read *)dlsym(RTLD_NEXT, "pread64"))(fd, to, size, at);
}
ssize_t preadv64v2(int fd, const struct iovec *to, int count, off_t at, int how) {
    if (FAILS(fd, at + (off_t)to[0].iov_len)) { errno = EIO; return -1; }
    return ((p_readv *)dlsym(RTLD_NEXT, "preadv64v2"))(fd, to, count, at, how);
}
ssize_t preadv64(int fd, const struct iovec *to, int count, off_t at) {
    return preadv64v2(fd, to, count, at, 0);
}
ssize_t pread(int fd, void *to, size_t size, off_t at) { return pread64(fd, to, size, at); }
"""
"""Files called "rotten" cannot be read beyond 2 MiB."""

SYNCS = """
typedef int one(int);
static int refused(const char *call, int fd) {
    struct stat found;
    if (named(fd, "/quota/.s3tui-") && !fstat(fd, &found) && S_ISREG(found.st_mode)) {
        errno = EDQUOT;
        return -1;
    }
    return ((one *)dlsym(RTLD_NEXT, call))(fd);
}
int fsync(int fd) { return refused("fsync", fd); }
int fdatasync(int fd) { return refused("fdatasync", fd); }
"""
"""Temporary files in a folder "quota" exceed it, which shows only when they are to be on the disk."""

CLOSES = """
int close(int fd) {
    int tells = named(fd, "/nfs/.s3tui-") && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
    int result = ((int (*)(int))dlsym(RTLD_NEXT, "close"))(fd);
    if (tells) { errno = EIO; return -1; }
    return result;
}
"""
"""Temporary files in a folder "nfs" fail at their close, as on a file server that has lost them."""


def copied(job: Job, environment: dict[str, str]) -> list[str]:
    """What a process with these faults says of a copy, line by line."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.transfer.engine_child"],
        input=msgspec.json.encode(job) + b"\n",
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env=environment,
        timeout=90,
        check=True,
    )
    return done.stdout.decode().splitlines()


def job_of(workspace: Workspace, state: Path, source: Location, destination: Location) -> Job:
    """A copy from or to Ceph."""
    url = workspace.server.endpoint_url
    return Job(url, credentials_of(workspace.credentials), str(state), source, destination)


def test_a_file_that_cannot_be_read_to_its_end_is_named_and_no_object_is_made(
    rgw_workspace: Workspace, big_file: MakeFile, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    big_file(source, 12 * MIB, name="rotten in parts")
    big_file(source, 3 * MIB, name="rotten whole")
    big_file(source, 12 * MIB, name="good", seed=1)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    job = job_of(rgw_workspace, tmp_path / "state", local(source), place)
    *told, end = copied(job, preloaded(tmp_path, READS))
    assert end == "done 1 2"
    for name in ("rotten in parts", "rotten whole"):
        (said,) = (line for line in told if name in line)
        assert "The disk failed to read" in said
    assert rgw_workspace.names() == ("good",)
    assert rgw_workspace.read("good") == (source / "good").read_bytes()
    assert rgw_workspace.open_uploads() == ()


def failing_target(
    workspace: Workspace, big_file: MakeFile, tmp_path: Path, name: str, shim: str
) -> list[str]:
    """Fetch a small and a large object into a folder whose disk fails; returns what was said."""
    for size, key in ((12 * MIB, "large"), (1 * MIB, "small")):
        workspace.put(f"in/{key}", big_file(tmp_path, size, name=f"source {key}").read_bytes())
    target = tmp_path / name
    target.mkdir()
    place = S3Location(workspace.bucket, workspace.prefix + "in/")
    job = job_of(workspace, tmp_path / "state", place, local(target))
    *told, end = copied(job, preloaded(tmp_path, shim))
    assert end == "done 0 2", told
    assert all(str(target) in line for line in told[1:]), told
    # Nothing has its final name, and nothing half done is left.
    assert contents(target) == {}
    return told[1:]


def test_a_quota_that_shows_only_at_the_end_leaves_no_file(
    rgw_workspace: Workspace, big_file: MakeFile, tmp_path: Path
) -> None:
    told = failing_target(rgw_workspace, big_file, tmp_path, "quota", SYNCS)
    assert all("Your quota is used up" in line for line in told)


def test_an_error_at_close_leaves_no_file(
    rgw_workspace: Workspace, big_file: MakeFile, tmp_path: Path
) -> None:
    told = failing_target(rgw_workspace, big_file, tmp_path, "nfs", CLOSES)
    assert all("The disk failed to write" in line for line in told)
