import numpy as np

from services.cleaner import walk
from training import vocabulary
from training.vocabulary import Vocabulary

SENTENCE = "The bridge over the river was opened on Monday after two years of works."


def counts(hosts: int) -> vocabulary.Counts:
    story, teaser = f"<p>{SENTENCE}</p>" * 5, f"<p>{SENTENCE}</p>" * 5
    page = walk.walk(
        walk.parse(
            f"<html><body><div class='story-body'>{story}</div><div class='teaserBox'>{teaser}</div></body></html>"
        )
    )
    labels = np.array([1.0] * 5 + [0.0] * 5)
    return vocabulary.count((f"host{n}.example", page, labels, [14] * 10) for n in range(hosts))


def test_words_of_boxes_that_hold_articles_weigh_more_than_those_that_do_not() -> None:
    said = Vocabulary(counts(8)).all
    assert said["body"] > 0 > said["teaser"]


def test_a_word_that_few_hosts_use_says_nothing() -> None:
    assert Vocabulary(counts(vocabulary.HOSTS - 1)).all == {}


def test_a_host_is_not_asked_about_itself() -> None:
    known = Vocabulary(counts(vocabulary.HOSTS))
    assert "body" in known.all
    assert "body" not in known.without("host0.example")
    assert "body" in known.without("elsewhere.example")
