"""Rows 4 to 8 of the conduct table: which validators are kept after which response."""

import pytest

from services.fetcher import validators
from services.fetcher.validators import Validators

URL = "https://outlet.example/feed"
KNOWN = Validators('"old"', "then", URL)


def test_a_200_brings_new_validators_even_with_the_same_body():
    assert validators.after(KNOWN, 200, {"etag": '"new"', "last-modified": "now"}, URL) == Validators(
        '"new"', "now", URL
    )


def test_a_304_with_a_new_etag_replaces_that_and_keeps_the_rest():
    assert validators.after(KNOWN, 304, {"etag": '"new"'}, URL) == Validators('"new"', "then", URL)
    assert validators.after(KNOWN, 304, {}, URL) == KNOWN


def test_a_200_without_validators_drops_them():
    assert validators.after(KNOWN, 200, {}, URL) == Validators(None, None, URL)


def test_a_226_counts_like_a_200():
    assert validators.after(KNOWN, 226, {"etag": '"new"'}, URL) == Validators('"new"', None, URL)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 429, 451, 500, 503])
def test_a_failure_leaves_the_validators_alone(status):
    assert validators.after(KNOWN, status, {"etag": '"error page"'}, URL) == KNOWN


def test_validators_belong_to_the_url_that_issued_them():
    assert (
        validators.after(KNOWN, 200, {"etag": '"x"'}, "https://outlet.example/new").url == "https://outlet.example/new"
    )


def test_a_validator_of_absurd_length_is_not_kept():
    assert validators.after(Validators(), 200, {"etag": '"' + "x" * 5_000 + '"'}, URL).etag is None
