from services.cleaner import lead
from services.contracts import Block, BlockKind

STANDFIRST = "The old bridge was closed for two years after the flood of 2021."
BODY = [Block(BlockKind.PARAGRAPH, "Traffic returned on Monday."), Block(BlockKind.PARAGRAPH, "The mayor was glad.")]


def test_the_candidate_that_the_description_confirms_is_the_standfirst() -> None:
    found = lead.choose(
        ["Most read today in town", STANDFIRST], ["The old bridge was closed for two years after…"], "Bridge reopens"
    )
    assert found == STANDFIRST


def test_the_title_or_a_whole_header_is_no_standfirst() -> None:
    title = "The old bridge reopens after two years"
    assert lead.choose([title, f"{title} By Jane Roe"], [title], title) is None


def test_a_standfirst_that_was_missed_comes_first() -> None:
    found = lead.place(BODY, STANDFIRST)
    assert [block.kind for block in found] == [BlockKind.STANDFIRST, BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]


def test_a_standfirst_that_is_there_is_marked_and_not_said_twice() -> None:
    found = lead.place([Block(BlockKind.PARAGRAPH, STANDFIRST), *BODY], STANDFIRST)
    assert [block.kind for block in found] == [BlockKind.STANDFIRST, BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]


def test_a_standfirst_cut_from_the_first_paragraph_adds_nothing() -> None:
    body = [Block(BlockKind.PARAGRAPH, f"{STANDFIRST} Now it is open."), *BODY]
    assert lead.place(body, STANDFIRST) == body
