import json

import pytest

from services.indexer import requests
from services.indexer.memory_corpus import MemoryCorpus

TOPIC_FIELDS = ["id", "relevant", "score", "threshold", "language", "reasons"]
DEDUP_FIELDS = ["id", "relation", "of", "similarity", "containment", "story", "shared"]


def test_the_topic_answer_has_exactly_its_fields(ukraine):
    answer = requests.topic_answer(ukraine, {"id": "7", "title": "War in Ukraine", "text": "", "language": "en"})
    assert list(answer) == TOPIC_FIELDS
    assert (answer["id"], answer["relevant"], answer["language"]) == ("7", True, "en")
    assert list(answer["reasons"][0]) == ["term", "group", "where", "weight"]


def test_the_dedup_answer_has_exactly_its_fields():
    answer = requests.dedup_answer(MemoryCorpus(), {"id": 7, "text": "Some text."})
    assert list(answer) == DEDUP_FIELDS
    assert (answer["id"], answer["relation"], answer["of"], answer["story"]) == (7, "new", None, "7")


@pytest.mark.parametrize(
    ("line", "given", "said"),
    [
        ("{", None, "not JSON"),
        ("[" * 100_000, None, "not JSON"),
        ("[]", None, "expected an object, got list"),
        ("{}", None, "`id` must be"),
        ('{"id": true, "text": ""}', None, "`id` must be"),
        ('{"id": "a"}', "a", "`text` is missing"),
        ('{"id": "a", "text": 5}', "a", "`text` must be a string"),
        ('{"id": "a", "text": "", "published": 5}', "a", "`published` must be a string"),
    ],
)
def test_a_request_that_is_none_is_answered_with_an_error(ukraine, line, given, said):
    topic_answer = requests.topic_answer(ukraine, requests.decode(line))
    dedup_answer = requests.dedup_answer(MemoryCorpus(), requests.decode(line))
    assert list(topic_answer) == [*TOPIC_FIELDS, "error"]
    assert list(dedup_answer) == [*DEDUP_FIELDS, "error"]
    for answer in (topic_answer, dedup_answer):
        assert answer["id"] == given
        assert answer["error"]["reason"] == "bad_message"
        assert said in answer["error"]["detail"]


def test_answers_can_be_written_as_json_whatever_came_in(ukraine):
    request = {"id": "\ud800", "title": "\x00", "text": "\udfff Kyiv war", "published": "9999-99-99", "url": "http://["}
    assert json.dumps(requests.topic_answer(ukraine, request))
    assert json.dumps(requests.dedup_answer(MemoryCorpus(), request))


def test_a_host_is_told_without_its_www():
    assert requests.host_of("https://www.Example.org:8080/x") == "example.org"
    assert requests.host_of("http://[") == ""
