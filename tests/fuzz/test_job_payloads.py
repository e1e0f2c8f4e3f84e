"""Jobs in Redis, damaged: each is a message about its very item, or refused, and names nothing that would be run."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from rq.serializers import JSONSerializer

from services import valkey
from services.contracts import Message, Stage
from services.jobs import NAME, BadMessage, LedgerJob
from services.valkey import Valkey
from tests.fuzz import mutations
from tests.fuzz.watching import explained
from tests.profile import bounded

ID = "clean-" + "0" * 31 + "1"
FIELDS = (
    "data", "status", "origin", "timeout", "created_at", "enqueued_at", "success_callback_name",
    "failure_callback_name", "stopped_callback_name",
    "webhooks", "retries_left", "retry_intervals", "meta", "dependency_ids", "result_ttl", "group_id", "worker_name",
    "ended_at", "repeats_left",
)  # fmt: skip
CALL = [NAME, None, ["clean", ID[6:], 1], {}]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    folder: Path = tmp_path_factory.mktemp("redis")
    server = Valkey(folder)
    server.start()
    with Redis.from_url(valkey.url(folder)) as opened:
        yield opened
    server.stop()


def payload(call: object) -> bytes:
    return json.dumps(call).encode()


calls = st.lists(
    st.sampled_from([*CALL, "os.system", "builtins.exec", "clean", "index", 2, None, ["clean", "other", 1]])
    | mutations.values(CALL),
    max_size=5,
) | st.tuples(*(mutations.values(each) for each in CALL)).map(list)
data = calls.map(payload) | mutations.data([json.dumps(CALL), "\x80\x04cos\nsystem\n(S'true'\ntR."])
data = data | data.map(zlib.compress)
fields = st.dictionaries(
    st.sampled_from(FIELDS),
    mutations.texts(["os.system", "queued", "2026-01-01T00:00:00.0Z", "60", "[]", "{}"]),
    max_size=4,
)


@bounded(80)
@given(raw=data, more=fields)
def test_a_damaged_job_is_a_message_about_its_item_or_refused(client: Redis, raw: bytes, more: dict[str, str]) -> None:
    hash_ = {"data": raw, **{name: value.encode("utf-8", "replace") for name, value in more.items()}}
    client.delete(LedgerJob.key_for(ID))
    client.hset(LedgerJob.key_for(ID), mapping=hash_)
    job = LedgerJob.fetch(ID, connection=client, serializer=JSONSerializer)
    try:
        message = job.message()
    except BadMessage as error:
        explained(error)
    else:
        assert message == Message(Stage.CLEAN, ID[6:])
    with pytest.raises(BadMessage):
        _ = job.func
