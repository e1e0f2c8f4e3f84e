"""The line under torture: `vigie run` and a consumer, as processes, started again when they end, as a machine would."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import redis
from rq import Queue

from services import valkey
from services.contracts import WAITS_FOR, Message, Stage, State
from services.jobs import LedgerJob
from services.runtime import worker_name
from tests.pipeline import vigie
from tests.torture import consumer

PYTHON = sys.executable
ROOT = Path(__file__).parents[2]
COMMANDS = {
    "fetcher": "services fetcher",
    "cleaner": "services cleaner",
    "extractor": "services.cleaner.requests:answer",
    "indexer": "services indexer",
    "api": "services api",
    "redis": "valkey-server",
}
"""What the command line of each role says; the extractor is the child in which a cleaner reads pages."""


class Line:
    """`data` is the folder of `vigie run`; `environment` its settings; `clock` theirs.

    Counts how often each had to be started.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], clock: Callable[[], float]) -> None:
        port = vigie.free_port()
        self.clock = clock
        self.data = folder / "data"
        self.read = folder / "consumer"
        self.address = f"http://127.0.0.1:{port}"
        self.starts = {"run": 0, "consumer": 0}
        self._environment = {**os.environ, **environment, "VIGIE_API_PORT": str(port)}
        self._log = folder / "run.log"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        socket_of_redis = valkey.socket_path(self.data.resolve() / "redis")
        self.redis: redis.Redis = redis.Redis(unix_socket_path=str(socket_of_redis), socket_timeout=5)

    def keep_alive(self) -> None:
        """Start what does not run."""
        self._keep("run", [PYTHON, "-m", "services", "run", "--data", str(self.data)], self._environment)
        consumer = [PYTHON, "-m", "tests.torture.consumer", str(os.getpid()), self.address, str(self.read)]
        self._keep("consumer", consumer, os.environ)

    def _keep(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        process = self._processes.get(name)
        if process is not None and process.poll() is None:
            return
        self.starts[name] += 1
        with self._log.open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=ROOT, env=environment, start_new_session=True
            )

    def pids(self, role: str) -> list[int]:
        """The living processes of a role; "supervisor" is `vigie run` itself."""
        if role in ("supervisor", "consumer"):
            process = self._processes["run" if role == "supervisor" else role]
            return [process.pid] if process.poll() is None else []
        family = vigie.family(self._processes["run"].pid)
        return [pid for pid, line in family.items() if COMMANDS[role] in line]

    def in_hand(self, stage: Stage, pid: int) -> set[str]:
        """The keys of the items on which a worker works now."""
        queue, name = Queue(stage, connection=self.redis), worker_name(stage, pid).encode()
        entries = self.redis.zrange(queue.started_job_registry.key, 0, -1)
        assert isinstance(entries, list)
        ids = {entry.decode().split(":")[0] for entry in entries}
        return {
            job.removeprefix(f"{stage}-")
            for job in ids
            if self.redis.hget(LedgerJob.key_for(job), "worker_name") == name
        }

    def is_in_other_hands(self, state: State, key: str, pid: int) -> bool:
        """Whether the job of an item waits in its queue again, or is with another worker than `pid`."""
        stage = next(stage for stage, waits in WAITS_FOR.items() if waits is state)
        status, worker = self.redis.hmget(LedgerJob.key_for(Message(stage, key).job_id), "status", "worker_name")
        if status == b"started":
            return worker != worker_name(stage, pid).encode()
        return status == b"queued" and not self._is_popped(stage, key)

    def _is_popped(self, stage: Stage, key: str) -> bool:
        popped = self.redis.lrange(Queue(stage, connection=self.redis).intermediate_queue_key, 0, -1)
        assert isinstance(popped, list)
        return Message(stage, key).job_id.encode() in popped

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def acknowledged(self, seq: int) -> bool:
        """Whether the consumer's cursor stands there, and the search page's index too."""
        try:
            stands = httpx.get(f"{self.address}/v1/consumers/{consumer.NAME}", timeout=2).json()
            metrics = httpx.get(f"{self.address}/metrics", timeout=2).text
        except (httpx.HTTPError, ValueError):
            return False
        return bool(stands.get("seq") == seq) and "vigie_search_lag_events 0.0" in metrics

    def stop(self) -> None:
        for name, how in (("consumer", signal.SIGKILL), ("run", signal.SIGINT)):
            if process := self._processes.get(name):
                process.send_signal(how)
                try:
                    process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.redis.close()

    @staticmethod
    def parent(pid: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
