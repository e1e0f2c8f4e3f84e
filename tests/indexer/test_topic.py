import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indexer import topic
from services.indexer.topic import TopicError

SMALL = """
topic = "floods"
rule = "flood & river | river & !flood & rain"
from = 2021-04-01
[groups.flood]
weight = 5
anchor = true
terms = {flood = ["flood*", "high water"]}
[groups.river]
weight = 2
anchor = true
terms = {Rhine = ["rhine", "rhein*", "الراين"]}
[groups.rain]
weight = 1
terms = {rain = ["rain*"]}
[contexts.figure]
weight = 3
terms = {"flood of paper" = ["flood of letters", "rhine wine"]}
"""


def judge(title, text="", published=None, source=SMALL):
    return topic.load(source).assess(title, text, published=published, language="en")


def test_the_shipped_topic_passes_its_own_tests_in_twelve_languages(ukraine):
    assert len(ukraine.definition.trials) >= 48


def test_the_five_samples_are_on_topic_with_and_without_their_titles(ukraine, samples):
    for sample in samples.values():
        for title in (sample["title"], ""):
            assert ukraine.score(title, sample["text"], published=sample["published"], language="fr").relevant


def test_the_tickers_of_the_samples_are_off_topic(ukraine, samples):
    for name in ("000", "002"):
        assert not ukraine.score("", samples[name]["ticker"], published=None, language="fr").relevant


def test_reasons_name_the_concept_the_group_and_the_place_most_weighty_first():
    reasons = judge("High water on the Rhein", "The Rhine rose. Rain fell on the Rhine.").verdict.reasons
    assert [(hit.term, hit.group, hit.where, hit.weight) for hit in reasons] == [
        ("flood", "flood", "title", 20.0),
        ("Rhine", "river", "lead", 8.0),
        ("Rhine", "river", "title", 8.0),
        ("rain", "rain", "lead", 2.0),
    ]


def test_the_clause_of_the_rule_that_held_is_told():
    assert judge("Floods on the Rhine").clause == "flood & river"
    assert judge("Rain").clause is None


def test_a_term_counts_at_most_four_times_per_field():
    assert judge("flood " * 4).verdict.score == judge("flood " * 40).verdict.score


def test_support_counts_at_most_as_much_as_what_it_supports():
    assert judge("Rhine rain").verdict.score == 8 + 4
    assert judge("Rhine rain rain rain rain").verdict.score == 8 + 8


def test_a_context_may_halve_a_score_and_not_sink_it():
    assert judge("Flood of letters. Floods on the Rhine, Rhine wine, Rhine wine, flood of letters").verdict.score == 14


def test_a_phrase_of_a_context_hides_the_terms_inside_it():
    hits = judge("A flood of letters").verdict.reasons
    assert [(hit.term, hit.weight) for hit in hits] == [("flood of paper", -12.0)]


def test_body_hits_of_a_long_text_weigh_less():
    short = judge("", "x. " + "word " * 200 + "flood")
    long = judge("", "x. " + "word " * 2000 + "flood")
    assert short.verdict.score == 5.0
    assert long.verdict.score < 1.1


def test_a_text_that_only_mentions_the_matter_at_its_end_is_not_about_it():
    assert not judge("", "x. " + "word " * 200 + "flood flood rhine rhine").about
    assert judge("", "x. " + ("word " * 100 + "flood rhine ") * 6).about


def test_what_was_published_before_the_gate_is_never_about_the_topic():
    early = judge("Floods on the Rhine", published="2021-03-31T23:59:00Z")
    assert early.before_gate
    assert not early.verdict.relevant
    for published in ("2021-04-01", None, "yesterday"):
        assert judge("Floods on the Rhine", published=published).verdict.relevant


def test_the_threshold_rises_with_the_text():
    assert judge("Rhine").verdict.threshold == 8.0
    assert judge("Rhine", "word " * 400).verdict.threshold == 18.75


def test_a_score_between_the_thresholds_is_borderline():
    assert judge("Rhine", "Rhine. Rhine." + " word" * 400).band == "borderline"


def test_the_language_is_handed_through():
    assert judge("Rhine").verdict.language == "en"


@pytest.mark.parametrize("written", ["والراين", "بالراين", "للراين", "فالراين", "وبالراين", "راين"])
def test_arabic_proclitics_do_not_hide_a_term(written):
    assert [hit.term for hit in judge(written).verdict.reasons] == ["Rhine"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"flood*"', '"flood*s"'), "line 8: [groups.flood] 'flood': term 'flood*s': `*` may stand only at the end"),
        (('"flood*"', '"f*"'), "would match too much"),
        (('"flood*"', '"--"'), "no letters or digits"),
        (('"flood*"', "7"), "must be a list of terms in quotes"),
        (("flood & river", "flood & lake"), "'lake', which is not a group"),
        (("weight = 5", "weight = -5"), "[groups.flood]: 'weight' must be a number above 0"),
        (("weight = 5", "weight = nan"), "must be a number above 0"),
        (("weight = 5", "wait = 5"), "unknown key 'wait'"),
        (("from = 2021-04-01", 'from = "April"'), "`from` must be a date"),
        (('topic = "floods"', "topic = ["), "not TOML"),
        (('topic = "floods"', "x = " + "[" * 5000), "not TOML"),
        (("[contexts.figure]", "[contexts.river]"), "both a group and a context"),
        (("anchor = true", "anchor = false"), "nothing could carry a verdict"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_place(change, said):
    with pytest.raises(TopicError) as caught:
        topic.load(SMALL.replace(*change))
    assert said in str(caught.value)


def test_a_file_whose_own_test_fails_is_refused_and_says_what_it_scored():
    with pytest.raises(TopicError) as caught:
        topic.load(SMALL + '[[test]]\ntitle = "Rain in Cologne"\nrelevant = true\n')
    assert "[[test]] 1 ('Rain in Cologne'): expected relevant, got score 0 of 8, clause none" in str(caught.value)


@settings(deadline=None)
@given(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=300))
def test_any_text_gets_a_verdict(ukraine, title, text):
    verdict = ukraine.score(title, text, published=text, language=None)
    assert verdict.threshold >= 8.0
