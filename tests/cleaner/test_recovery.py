from services.cleaner import markup, recovery
from services.contracts import Block, BlockKind

FIRST = "The first paragraph of the story about the bridge."
LAST = "The last paragraph of the story about the bridge."


def recover(between: str) -> list[Block]:
    tree = markup.parse(f"<html><body><div><p>{FIRST}</p>{between}<p>{LAST}</p></div></body></html>")
    return recovery.recover(tree, [Block(BlockKind.PARAGRAPH, FIRST), Block(BlockKind.PARAGRAPH, LAST)])


def test_a_list_between_two_paragraphs_of_the_article_is_put_back() -> None:
    found = recover("<ul><li>four piers</li><li>nine hundred metres</li></ul>")
    assert [block.text for block in found] == [FIRST, "four piers\nnine hundred metres", LAST]
    assert found[1].kind is BlockKind.LIST


def test_a_list_of_links_is_not() -> None:
    assert len(recover("<ul><li><a href='/a'>Another story of the day</a></li></ul>")) == 2


def test_what_the_text_has_already_is_not_said_twice() -> None:
    assert len(recover(f"<p><b>{FIRST}</b></p>")) == 2


def test_more_than_a_few_elements_were_left_out_on_purpose() -> None:
    assert len(recover("<p>Short line that nobody took.</p>" * 20)) == 2
