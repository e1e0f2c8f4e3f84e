import re

import pytest

from services.indexer import rule

NAMES = {"core", "theatre", "adversary", "west", "action"}


@pytest.mark.parametrize(
    ("text", "present", "clause"),
    [
        ("core | theatre & west", {"core"}, "core"),
        ("core | theatre & west", {"theatre", "west"}, "theatre & west"),
        ("core | theatre & west", {"west"}, None),
        ("theatre & (west | action)", {"theatre", "action"}, "theatre & (west | action)"),
        ("theatre & !west", {"theatre"}, "theatre & !west"),
        ("theatre & !west", {"theatre", "west"}, None),
        ("(core)", {"core"}, "core"),
    ],
)
def test_the_first_alternative_that_holds_is_named(text, present, clause):
    assert rule.parse(text, NAMES).clause(present) == clause


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("core | sport", "'sport', which is not a group"),
        ("core &", "ends where"),
        ("(core", "not closed"),
        ("core core", "unexpected 'core'"),
        ("core | | west", "stands where a group's name should"),
        ("core; import os", "unexpected ';' at character 5"),
        ("", "ends where"),
        ("(" * 5000 + "core", "deeper than 20"),
        ("!" * 5000 + "core", "deeper than 20"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_the_place(text, said):
    with pytest.raises(rule.RuleError, match=re.escape(said)):
        rule.parse(text, NAMES)
