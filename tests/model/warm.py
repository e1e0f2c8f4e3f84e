"""Imported once, by the process that the roles are forked from: what is loaded at first use is there already."""

import base64
import importlib

from services.cleaner import requests
from services.fetcher import feeds
from services.indexer import requests as indexing
from services.indexer.memory_corpus import MemoryCorpus
from tests.fetcher import polling
from tests.model import outlet, roles

for _name in ("anyio._backends._asyncio", "httpcore._backends.auto", "services.store.postgres", "redis.asyncio"):
    importlib.import_module(_name)

_PAGE = base64.b64encode(outlet.html("flood", 0)).decode()

CLEANED = requests.answer({"id": "", "url": "http://127.0.0.1/", "html_b64": _PAGE, "content_type": "text/html"})
READ = feeds.answer(feeds.request(polling.rss("one"), content_type=None, url="http://127.0.0.1/", now=0.0))
JUDGED = roles.TOPICS.topics[0].assess("flood", CLEANED["text"], published=None, language=None, country=None)
COMPARED = indexing.dedup_answer(MemoryCorpus(), {"id": "", "text": CLEANED["text"]})
