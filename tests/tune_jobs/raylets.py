"""A Ray cluster of several raylets on this machine, in a process of its own that is told what to do line by line.

Run as a script it is the cluster; `Raylets` is its handle.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_ENVIRONMENT = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_health_check_period_ms": "500"}


class Raylets:
    """A head and worker nodes, each a real raylet with one core."""

    def __init__(self, workers: int, *, head_cpus: int = 1, dashboard: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(workers), str(head_cpus), str(dashboard)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **_ENVIRONMENT, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        )
        self.pid = self._process.pid
        self.address = self._answer()

    def add(self) -> None:
        """A node joins."""
        self._tell("add")

    def remove(self) -> None:
        """The newest node dies, without a word."""
        self._tell("remove")

    def kill_raylets(self) -> None:
        """Those of all nodes but the head die; nobody ends what they have started."""
        self._tell("kill raylets")

    def kill_raylet_of_head(self) -> None:
        """The head's raylet dies, its store of who is who lives."""
        self._tell("kill raylet of head")

    def kill_head(self) -> None:
        """Everything dies: the head, its store of who is who, and all raylets."""
        self.close()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.communicate("end\n", timeout=60)
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()

    def _tell(self, word: str) -> None:
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        assert self._answer() == word

    def _answer(self) -> str:
        for line in self._process.stdout:
            if line.startswith("> "):
                return line[2:].strip()
        raise AssertionError("the cluster has died")


def main() -> None:
    from ray.cluster_utils import Cluster

    def say(text: str) -> None:
        print(f"> {text}", flush=True)

    def kill_raylet(of) -> None:
        os.kill(of.all_processes["raylet"][0].process.pid, signal.SIGKILL)

    lost = []
    node = {"object_store_memory": 100_000_000}
    workers, head_cpus, dashboard = map(int, sys.argv[1:])
    head = {**node, "num_cpus": head_cpus, "include_dashboard": bool(dashboard)}
    head |= {"dashboard_port": dashboard, "dashboard_agent_listen_port": 0} if dashboard else {}  # not Ray's usual one
    cluster = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(workers):
        cluster.add_node(num_cpus=1, **node)
    say(cluster.address)
    for line in sys.stdin:
        word = line.strip()
        if word == "add":
            cluster.add_node(num_cpus=1, **node)
        elif word == "remove":
            cluster.remove_node(list(cluster.worker_nodes)[-1], allow_graceful=False)
        elif word == "kill raylets":
            for dying in list(cluster.worker_nodes):
                kill_raylet(dying)
                cluster.worker_nodes.remove(dying)
                lost.append(dying)
        elif word == "kill raylet of head":
            kill_raylet(cluster.head_node)
        elif word == "end":
            break
        say(word)
    for dead in lost:
        dead.kill_all_processes(check_alive=False)
    cluster.shutdown()


if __name__ == "__main__":
    main()
