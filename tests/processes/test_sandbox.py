import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from services import sandbox as sandboxes
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout, SandboxUnfit

TARGET = "tests.processes.children:answer"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    opened = Sandbox(TARGET, timeout=2.0, memory=400_000_000)
    yield opened
    opened.close()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while alive(pid):
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.05)


def test_one_child_answers_question_after_question(sandbox: Sandbox) -> None:
    answers = [sandbox.ask({"do": "echo", "say": word}) for word in ("un", "два", "\x00\ud83d")]
    assert [answer["said"] for answer in answers] == ["un", "два", "\x00\ud83d"]
    assert len({answer["pid"] for answer in answers}) == 1


def test_a_question_of_megabytes_arrives_whole(sandbox: Sandbox) -> None:
    page = "é" * 5_000_000
    assert sandbox.ask({"do": "echo", "say": page})["said"] == page


@pytest.mark.parametrize("how", ["hang", "spin"])
def test_a_child_that_does_not_answer_is_killed_and_replaced(sandbox: Sandbox, how: str) -> None:
    first = sandbox.ask({"do": "echo", "say": ""})["pid"]
    with pytest.raises(SandboxTimeout):
        sandbox.ask({"do": how})
    assert not alive(first)
    assert sandbox.ask({"do": "echo", "say": "still here"})["said"] == "still here"


@pytest.mark.parametrize(("how", "why"), [("die", "status 3"), ("segfault", "SIGSEGV"), ("eat", "status 1")])
def test_a_child_that_dies_gives_a_reason_and_is_replaced(sandbox: Sandbox, how: str, why: str) -> None:
    with pytest.raises(SandboxCrash, match=why):
        sandbox.ask({"do": how})
    assert sandbox.ask({"do": "echo", "say": "still here"})["said"] == "still here"


def test_what_a_parser_prints_does_not_mix_with_its_answers(sandbox: Sandbox) -> None:
    assert sandbox.ask({"do": "print"}) == {}
    assert sandbox.ask({"do": "echo", "say": "clear"})["said"] == "clear"


def test_a_child_is_replaced_after_its_share_of_questions(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "RECYCLE_AFTER", 3)
    pids = [sandbox.ask({"do": "echo", "say": ""})["pid"] for _ in range(6)]
    assert len(set(pids)) == 2


def test_a_child_that_cannot_start_is_the_machines_fault_not_the_questions() -> None:
    with pytest.raises(SandboxUnfit):
        Sandbox("services.no_such_module:answer", timeout=1.0, memory=10**9).ask({})


def test_closing_leaves_no_process(sandbox: Sandbox) -> None:
    pid = sandbox.ask({"do": "echo", "say": ""})["pid"]
    sandbox.close()
    assert not alive(pid)


def test_a_child_in_an_endless_loop_dies_with_its_killed_parent() -> None:
    program = (
        "import sys, threading, time\n"
        "from services.sandbox import Sandbox\n"
        f"sandbox = Sandbox({TARGET!r}, timeout=60, memory=10**9)\n"
        "sandbox.start()\n"
        "print(sandbox.pid, flush=True)\n"
        "sandbox.ask({'do': 'spin'})\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.3)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until_gone(child)


def test_a_question_that_was_interrupted_leaves_no_answer_for_the_next(sandbox: Sandbox) -> None:
    """As rq's own time limit does it: a signal raises in the middle of the wait."""

    class Interrupted(Exception):
        pass

    def interrupt(number: int, frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    sandbox.start()
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    with pytest.raises(Interrupted):
        sandbox.ask({"do": "nap", "say": "first"})
    signal.signal(signal.SIGALRM, before)
    assert sandbox.ask({"do": "echo", "say": "second"})["said"] == "second"
