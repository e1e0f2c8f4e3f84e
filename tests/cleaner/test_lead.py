"""Which unit is the standfirst: through the whole cleaner, because the classifier has a say."""

import pytest

from services.cleaner import pages
from services.contracts import BlockKind

TITLE = "Bridge opened after two years"
STANDFIRST = "The town waited long for this, and not everybody is glad about what it cost."
BODY = "".join(
    f"<p>Paragraph {n} tells what the county had to do before a lorry could cross the river again.</p>"
    for n in "abcdef"
)


def kinds(header: str, description: str = "") -> list[tuple[BlockKind, str]]:
    html = (
        f"<html lang='en'><head><title>{TITLE}</title><meta name='description' content='{description}'></head><body>"
        f"<article>{header}<div class='article-body'>{BODY}</div></article></body></html>"
    )
    return [(block.kind, block.text) for block in pages.clean_html(html).blocks]


@pytest.mark.parametrize("name", ["standfirst", "article-lead", "chapo", "entradilla", "perex"])
def test_a_class_marks_the_standfirst(name: str) -> None:
    assert kinds(f"<h1>{TITLE}</h1><p class='{name}'>{STANDFIRST}</p>")[0] == (BlockKind.STANDFIRST, STANDFIRST)


def test_the_description_of_the_page_confirms_it() -> None:
    found = kinds(f"<h1>{TITLE}</h1><div>{STANDFIRST}</div>", description=STANDFIRST)
    assert found[0] == (BlockKind.STANDFIRST, STANDFIRST)


def test_it_is_not_said_twice() -> None:
    found = kinds(f"<h1>{TITLE}</h1><p class='lead'>{STANDFIRST}</p><p>{STANDFIRST}</p>")
    assert [text for _, text in found].count(STANDFIRST) == 1


def test_the_title_is_no_standfirst() -> None:
    assert TITLE not in [text for _, text in kinds(f"<h1>{TITLE}</h1><p class='lead'>{TITLE}</p>", description=TITLE)]
