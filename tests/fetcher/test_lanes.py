"""Row 25 of the fault table: a feed that keeps its parser busy keeps no other from being read."""

import asyncio

import pytest

from services.contracts import Reason
from services.fetcher import feeds
from services.fetcher.lanes import Lanes
from services.sandbox import Sandbox, SandboxTimeout
from tests.fetcher.polling import NOW, rss

LIMIT_S = 3.0
HANGS = b"<rss version='2.0'><channel><item><author>" + b"a" * 32_000 + b"</author></item></channel></rss>"
FULL = b"<rss version='2.0'><channel><item><title>" + "ї".encode() * 2_400_000 + b"</title></item></channel></rss>"


@pytest.fixture
def lanes():
    child = Sandbox("services.fetcher.feeds:answer", timeout=LIMIT_S, memory=1_500_000_000, growth=24_000_000)
    child.start()
    made = Lanes(child)
    yield made
    made.close()
    child.close()


def ask(lanes, url, body):
    return lanes.ask(url, feeds.question(body, content_type=None, url=url, now=NOW))


def test_a_feed_that_hangs_its_parser_is_stopped_once_and_then_waits_beside_the_others(lanes):
    async def both():
        with pytest.raises(SandboxTimeout):
            await ask(lanes, "http://a.example/", HANGS)
        hanging = asyncio.create_task(ask(lanes, "http://a.example/", HANGS))
        read = await ask(lanes, "http://b.example/", rss("a"))
        was_first = not hanging.done()
        with pytest.raises(SandboxTimeout):
            await hanging
        return read, was_first

    read, was_first = asyncio.run(both())
    assert len(read["feed"]["entries"]) == 1
    assert was_first


def test_a_feed_that_takes_more_memory_than_it_may_is_refused_and_the_next_is_read(lanes):
    async def one_after_the_other():
        refused = await ask(lanes, "http://a.example/", FULL)
        return refused, await ask(lanes, "http://b.example/", rss("a"))

    refused, read = asyncio.run(one_after_the_other())
    assert refused["error"]["reason"] == Reason.TOO_LARGE
    assert len(read["feed"]["entries"]) == 1
