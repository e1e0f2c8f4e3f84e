from services.cleaner import assembly, walk
from services.contracts import BlockKind


def blocks(body: str) -> list[tuple[BlockKind, str]]:
    page = walk.walk(walk.parse(f"<html><body>{body}</body></html>"))
    return [(piece.block.kind, piece.block.text) for piece in assembly.pieces(page, range(len(page.units)))]


def test_a_list_is_one_block_with_an_item_a_line() -> None:
    assert blocks("<p>Three:</p><ul><li>one</li><li>two <b>and</b> a half</li></ul><ol><li>three</li></ol>") == [
        (BlockKind.PARAGRAPH, "Three:"),
        (BlockKind.LIST, "one\ntwo and a half"),
        (BlockKind.LIST, "three"),
    ]


def test_a_table_of_data_is_one_block_with_a_row_a_line() -> None:
    table = "<table><tr><th>Pier</th><td>12</td></tr><tr><th>Road</th><td>3</td></tr></table>"
    assert blocks(table) == [(BlockKind.TABLE, "Pier | 12\nRoad | 3")]


def test_a_table_that_only_lays_out_text_gives_paragraphs() -> None:
    long = "The bridge was opened on Monday, and many came to see it. " * 6
    assert [kind for kind, _ in blocks(f"<table><tr><td>{long}</td><td>{long}</td></tr></table>")] == [
        BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
    ]


def test_headings_and_quotes_say_what_they_are() -> None:
    assert blocks("<h3>Why</h3><blockquote><p>Because.</p></blockquote>") == [
        (BlockKind.HEADING, "Why"),
        (BlockKind.QUOTE, "Because."),
    ]


def test_lines_divided_by_a_break_are_paragraphs() -> None:
    assert blocks("<p>one<br>two</p>") == [(BlockKind.PARAGRAPH, "one"), (BlockKind.PARAGRAPH, "two")]
