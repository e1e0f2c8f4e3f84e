"""Gradient boosting of oblivious trees (CatBoost), and the small file that `services/cleaner/model.py` reads."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from catboost import CatBoostClassifier, Pool

from services.cleaner import features

TREES, FIRST_TREES = 450, 150
_SETTINGS = {"depth": 6, "learning_rate": 0.07, "border_count": 64, "l2_leaf_reg": 6, "rsm": 0.3, "random_seed": 0}


def fit(rows: Any, labels: Any, weights: Any, trees: int = TREES) -> CatBoostClassifier:
    """A forest for one row per unit, labels 0 or 1."""
    forest = CatBoostClassifier(iterations=trees, verbose=0, allow_writing_files=False, **_SETTINGS)
    forest.fit(Pool(rows, labels, weight=weights))
    return forest


def chances(forest: CatBoostClassifier, rows: Any) -> Any:
    """Probabilities of the rows."""
    return forest.predict_proba(rows)[:, 1] if len(rows) else np.zeros(0)


def save(forest: CatBoostClassifier, hints: Mapping[str, float], target: Path) -> None:
    """Writes columns, borders and leaves of every tree, and the words of classes and ids with what they say."""
    described = _described(forest)
    trees = described["oblivious_trees"]
    depth = int(_SETTINGS["depth"])
    columns, borders, leaves = [], [], []
    for tree in trees:
        splits = tree["splits"] or []
        values = list(tree["leaf_values"])
        columns += [split["float_feature_index"] for split in splits]
        borders += [split["border"] for split in splits]
        for _ in range(depth - len(splits)):  # a question that no unit answers with yes
            columns.append(0)
            borders.append(np.inf)
            values += [0.0] * len(values)
        leaves.append(values)
    scale, bias = described["scale_and_bias"]
    words = sorted(hints)
    np.savez_compressed(
        target,
        names=np.array(features.names()),
        tokens=np.array(words),
        hints=np.array([hints[word] for word in words], dtype=np.float16),
        columns=np.array(columns, dtype=np.uint8),
        borders=np.array(borders, dtype=np.float32),
        leaves=(np.array(leaves) * scale).astype(np.float16),
        bias=np.float32(bias[0] if isinstance(bias, list) else bias),
    )


def _described(forest: CatBoostClassifier) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forest.json"
        forest.save_model(str(path), format="json")
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    # CatBoost numbers only the features it used: back to columns of `features.rows`
    flat = [feature["flat_feature_index"] for feature in described["features_info"]["float_features"]]
    for tree in described["oblivious_trees"]:
        for split in tree["splits"] or []:
            split["float_feature_index"] = flat[split["float_feature_index"]]
    return described
