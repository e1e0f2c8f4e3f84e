import io
from pathlib import Path

import numpy as np
import pytest

from services.cleaner import features, model, walk
from services.cleaner.model import Forest, WeightsMismatch

SENTENCE = "The bridge over the river was opened on Monday after two years of works, the county said in {n}."


def page(body: str) -> walk.Page:
    return walk.walk(walk.parse(f"<html><body>{body}</body></html>"))


def test_the_shipped_weights_fit_the_features() -> None:
    assert len(model.load().leaves) > 100


def test_weights_for_other_features_are_refused() -> None:
    target = io.BytesIO()
    np.savez(target, names=np.array(["one", "two"]))
    target.seek(0)
    with pytest.raises(WeightsMismatch, match=r"run training|training"):
        model.read(target)


def test_a_tree_answers_by_the_leaf_that_its_questions_lead_to() -> None:
    # level 0 asks column 0 > 1, level 1 column 1 > 5: leaves are no/no, yes/no, no/yes, yes/yes
    forest = Forest({}, np.array([0, 1]), np.array([1.0, 5.0]), np.array([[-9.0, 0.0, 3.0, 9.0]]), 0.0)
    found = forest.predict(np.array([[0, 0], [2, 0], [0, 6], [2, 6]], dtype=np.float32))
    assert np.allclose(found, 1 / (1 + np.exp([9.0, 0.0, -3.0, -9.0])))


def test_a_page_without_text_has_no_chances() -> None:
    assert len(model.judge(page("<div></div>"), "", "")) == 0


def test_other_weights_are_used_until_they_are_given_back(tmp_path: Path) -> None:
    shipped = model.load()
    target = tmp_path / "none.npz"
    np.savez(
        target,
        names=np.array(features.names()),
        tokens=np.array(["x"]),
        hints=np.array([0.5]),
        columns=np.array([0]),
        borders=np.array([0.0]),
        leaves=np.array([[-5.0, -5.0]]),
        bias=0.0,
    )
    model.use(target)
    try:
        assert model.judge(page(f"<p>{SENTENCE}</p>"), "", "").max() < 0.01
    finally:
        model.use(None)
    assert np.array_equal(model.load().leaves, shipped.leaves)


@pytest.mark.parametrize(
    "sentence",
    [
        SENTENCE,
        "Міст через річку відкрили у понеділок після ремонту у {n} році.",
        "大桥在经过两年的施工之后于{n}年周一重新开放，县政府表示。",
    ],
)
def test_features_are_finite_in_any_script(sentence: str) -> None:
    body = "".join(f"<p>{sentence.format(n=n)}</p>" for n in range(6))
    rows = features.rows(page(f"<nav><a href='/'>x</a></nav><h1>t</h1>{body}"), {}, "t", "d")
    assert rows.shape == (8, len(features.names()))
    assert np.isfinite(rows).all()
