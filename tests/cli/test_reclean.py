"""`vigie reclean` as a person runs it: over a store whose articles were cleaned by rules long gone."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from services.contracts import Block, BlockKind, Cleaned, EventType, Judgement, Match, Meta, Outlet, Relation, State
from services.store import Store, articles, events, feeds, judgements, ledger, open_store, pages, sightings
from services.store.pages import Page
from services.store.sightings import Sighted
from tests.cli.commands import vigie

MARCH = 1_772_323_200.0
"""2026-03-01T00:00:00Z"""

BODY = (
    "The ferry between the two islands runs again from Monday, the harbour office said on Saturday afternoon.",
    "Tickets bought before the storm stay valid until the end of the summer, and dogs travel free of charge.",
    "The company expects the first boat to be full, and asks passengers to be at the pier an hour before it leaves.",
)


def html(number: int) -> bytes:
    paragraphs = "".join(f"<p>{text} Boat number {number} is ready.</p>" for text in BODY)
    title = f"Ferry {number} runs again"
    article = f"<article><h1>{title}</h1>{paragraphs}</article>"
    return f"<html lang=en><head><title>{title}</title></head><body>{article}</body></html>".encode()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    fill(store, 3)
    store.close()
    return tmp_path


def fill(store: Store, count: int) -> None:
    with store.write() as tx:
        feeds.sync(tx, [Outlet("harbour-post", "Harbour Post", "https://harbour.example/", ())], MARCH)
        for number in range(count):
            _add(tx, number)


def _add(tx: Any, number: int) -> None:
    key, url, now = f"{number:032x}", f"https://harbour.example/{number}", MARCH + 86_400 * number
    sightings.sight(tx, "harbour-post", "feed", [Sighted(key, url, url, "harbour.example", None, "Ferry", None)], now)
    ledger.advance(tx, key, State.SEEN, State.FETCHED, now)
    pages.save(tx, key, Page(url, "text/html; charset=utf-8", html(number)), now, now + 30 * 86_400)
    ledger.advance(tx, key, State.FETCHED, State.CLEANED, now)
    old = Cleaned("Ferry", (Block(BlockKind.PARAGRAPH, f"Menu Sport {number}"),), (), Meta(language="en"))
    articles.save(tx, key, "harbour-post", "harbour.example", old, now)
    judgements.save(
        tx, key, [Judgement(topic="ferries", relevant=True, score=2.0, threshold=1.0, language="en", reasons=())]
    )
    articles.relate(tx, key, Match(Relation.NEW, None, 0.0, 0.0, key), key, now)
    ledger.advance(tx, key, State.CLEANED, State.INDEXED, now)
    article = articles.get(tx, key)
    assert article is not None
    events.append(tx, EventType.NEW, article, now)


def run(data: Path, *arguments: str) -> dict[str, Any]:
    done = vigie("reclean", "--data", str(data), "--json", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_every_page_gets_its_text_and_a_second_run_finds_nothing_to_do(data: Path) -> None:
    told = run(data)
    assert (told["looked_at"], told["changed"], told["updated_events"], told["kept_old"]) == (3, 3, 3, [])
    told = run(data)
    assert (told["looked_at"], told["same"], told["updated_events"]) == (3, 3, 0)


def test_the_stream_and_the_history_of_a_page_show_it(data: Path) -> None:
    run(data)
    lines = vigie("tail", "--data", str(data), "--once", "--json").stdout.splitlines()
    stream = [(event["seq"], event["type"], event["article"]["text"]) for event in map(json.loads, lines)]
    assert [each[:2] for each in stream] == [*((n, "new") for n in (1, 2, 3)), *((n, "updated") for n in (4, 5, 6))]
    assert BODY[0] in stream[3][2]
    why = json.loads(vigie("why", "--data", str(data), "--json", "https://harbour.example/0").stdout)
    assert why["history"][-1]["what"] == "recleaned"
    assert "updated as event 4" in why["history"][-1]["detail"]
    found = vigie("search", "--data", str(data), "--json", "harbour office").stdout.splitlines()
    assert len(found) == 3


def test_a_dry_run_changes_nothing(data: Path) -> None:
    told = run(data, "--dry-run")
    assert (told["changed"], told["updated_events"], told["dry_run"]) == (3, 0, True)
    assert len(vigie("tail", "--data", str(data), "--once").stdout.splitlines()) == 3


def test_only_the_pages_of_a_day_and_later_are_taken(data: Path) -> None:
    assert run(data, "--since", "2026-03-03", "--outlet", "harbour-post")["looked_at"] == 1
    assert run(data, "--since", "2026-03-04")["looked_at"] == 0


def test_a_person_is_told_what_came_of_it(data: Path) -> None:
    done = vigie("reclean", "--data", str(data))
    assert done.returncode == 0
    told = [line.split() for line in done.stdout.decode().splitlines()]
    assert ["changed", "3"] in told
    assert ["updated", "events", "3"] in told


def test_an_outlet_that_nobody_knows_is_said(data: Path) -> None:
    done = vigie("reclean", "--data", str(data), "--outlet", "nowhere")
    assert done.returncode == 1
    assert b"no outlet 'nowhere'" in done.stderr


def test_a_date_that_is_none_is_wrong_usage(data: Path) -> None:
    assert vigie("reclean", "--data", str(data), "--since", "yesterday").returncode == 2


def test_a_run_that_is_interrupted_tells_what_is_done_and_the_next_does_the_rest(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    fill(store, 150)
    command = [sys.executable, "-m", "services", "reclean", "--data", str(tmp_path), "--json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        _wait_for_update(store, 150)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err.decode()
    told = json.loads(out)
    assert told["stopped"]
    assert 0 < told["changed"] < 150
    rest = run(tmp_path)
    with store.read() as tx:
        stream = events.after(tx, 150, 1000)
    store.close()
    # the item that was under way may have been committed before it was counted
    assert rest["changed"] in {150 - told["changed"], 149 - told["changed"]}
    assert sorted(event.article.id for event in stream) == [f"{number:032x}" for number in range(150)]


def _wait_for_update(store: Store, after: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with store.read() as tx:
            if events.head(tx) > after:
                return
        time.sleep(0.02)
    raise AssertionError("nothing was updated within a minute")
