"""Pages and requests to clean, damaged: also those whose exceptions `answer` would only write down."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from services.cleaner import job, requests
from services.contracts import Reason
from services.fetcher import rights
from tests.fuzz import mutations
from tests.fuzz.watching import in_time, storable
from tests.model import outlet
from tests.profile import bounded

PLAIN = outlet.html("flood", 1).decode()
RICH, TEXT = mutations.seed("page.html"), mutations.seed("page.txt")
WORDS = (
    "<p>", "</p>", "<div>", "</div>", "<table>", "<svg>", "<math>", "<template>", "<script>", "</script>", "<!--",
    "<plaintext>", "<noscript>", "<body>",
    "<frameset>", "<a href=", ' class="', ' style="display:none"', " hidden", '"@type":', '"@graph": [',
    "<meta charset=utf-16>", "<br>", "<select>", "<title>",
)  # fmt: skip
REQUEST = {
    "id": "1",
    "url": "https://post.example/1",
    "html": PLAIN,
    "content_type": "text/html",
    "feed_title": "One two",
    "feed_published": "2022-03-01T10:00:00Z",
    "outlet": {"id": "post", "name": "The Post", "url": "https://post.example/", "feeds": [], "noise": ["Subscribe"]},
}


def check(answer: dict[str, object]) -> None:
    assert json.loads(json.dumps(answer)) == answer
    storable(answer)
    error = answer["error"]
    if error is None:
        assert job.cleaned(answer).blocks
        return
    assert isinstance(error, dict)
    assert error["reason"] in {*Reason} - {Reason.POISON}, f"the cleaner broke: {error['detail']}"


@bounded(40)
@given(
    body=mutations.data([PLAIN, RICH, RICH], WORDS),
    content_type=st.sampled_from([None, "text/html", "text/html; charset=cp1251", "text/plain", "a/b; charset=\0"]),
)
def test_a_damaged_page_gives_an_article_or_a_reason(body: bytes, content_type: str | None) -> None:
    encoded = base64.b64encode(body).decode()
    asked = {"id": "1", "url": "https://post.example/1", "html_b64": encoded, "content_type": content_type}
    with in_time(10):
        check(requests.answer(asked))
        rights.said_by({"x-robots-tag": "noai"}, body, "vigie")


@bounded(30)
@given(text=mutations.texts([TEXT]))
def test_a_damaged_text_gives_an_article_or_a_reason(text: str) -> None:
    with in_time(10):
        check(requests.answer({"id": "1", "text": text}))


@bounded(30)
@given(asked=mutations.values(REQUEST))
def test_a_request_of_odd_types_is_answered_all_the_same(asked: object) -> None:
    with in_time(10):
        answer = requests.answer(asked)
    error = answer["error"]
    assert error is None or error["reason"] in {*Reason} - {Reason.POISON}, error
