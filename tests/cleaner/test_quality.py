"""A floor under the text's quality on real pages. The weights have seen them: what it guards against is a slip."""

from pathlib import Path

import pytest

from benchmarks import scores
from benchmarks.scores import Score
from services.cleaner import pages

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.mark.skipif(not DATA.exists(), reason="the labelled pages in ../shared/data are not here")
@pytest.mark.parametrize(("name", "every", "floor"), [("fundus", 8, 0.97), ("wcxb", 40, 0.95)])
def test_the_text_of_labelled_pages_is_theirs(name: str, every: int, floor: float) -> None:
    score = Score()
    for row in scores.read(DATA / f"pages-{name}-dev.jsonl.xz", every=every):
        if row["text"]:
            score.add(row["text"], text_of(row))
    assert score.f1 >= floor


def text_of(row: scores.Row) -> str:
    try:
        return pages.clean_html(row["html"], url=row["url"]).text
    except pages.Rejected:
        return ""
