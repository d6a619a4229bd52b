"""moto as the second server: independent of Ceph, empty for every test."""

from tests.servers.moto_server import MotoServer


def test_it_stores_and_forgets(moto: MotoServer) -> None:
    s3 = moto.client()
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="a b/ü", Body=b"bytes")
    assert s3.get_object(Bucket="data", Key="a b/ü")["Body"].read() == b"bytes"
    moto.reset()
    assert s3.list_buckets()["Buckets"] == []
    s3.close()
