"""Runs the clients: every configuration against every server that concerns it, two speeds side by side.

Runs go two at a time for each processor, since many clients wait more than they work; those of the silent servers, in which nothing
happens until somebody gives up, go beside them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tests.wire import lab
from tests.wire.clients import render
from tests.wire.clients.base import Client, NotInstalledError, Ready, Start, scenarios
from tests.wire.recorded import PORTS, Run
from tests.wire.world import World
from tests.wire.written import HOST, PASSWORD, USER, Config, Files, Rendered, set_in_code

MAIL = f"From: from@example.test\nTo: to@example.test\nSubject: log\n\n{lab.MARK}\n"
WAITING = ("S10", "S11")
BESIDE = 8  # waiting clients at a time


def at(text: str, host: str, port: int) -> str:
    """A rendered text, pointed at a server of the laboratory. In a world it stays as it is."""
    if host == HOST:
        return text
    return re.sub(rf"{re.escape(HOST)}(:(?:587|2?465))?", lambda found: host + (f":{port}" if found.group(1) else ""), text)


def written(client: str, version: str, config: Config, host: str, port: int) -> tuple[Rendered, dict[str, str]]:
    """The configuration as it is linted, and the files the client finds: the same texts, or config.json for clients that are set up in
    code."""
    rendered = render(client, version, config, port)
    if isinstance(rendered, Files):
        files = {name: at(text, host, port) for name, text in rendered.files.items()}
        local = Files(rendered.main, files[rendered.main])
        local.files = files
        return local, files
    if rendered.files:
        return rendered, {name: at(text, host, port) for name, text in rendered.files.items()}
    named = json.loads(at(json.dumps(config), host, port).replace("USER:PASS", USER.replace("@", "%40") + ":" + PASSWORD))
    return rendered, {"config.json": json.dumps(set_in_code(host, port, named))}


class Recorded(Run):
    """A run that was just made, with what was linted for it, and what the client said of an error."""

    def __init__(
        self, client: Client, version: str, config: Config, scenario: str, row: list[Any], rendered: Rendered, port: int, words: str
    ) -> None:
        super().__init__(client.name, version, config, scenario, row)
        self.words = words
        self.rendered: Rendered = rendered
        self.real_port = port


class Bench:
    """Where runs are made: in worlds, each kept by one thread for as long as its client stays the same; or, without, on this machine."""

    def __init__(self, folder: Path, certificates: lab.Certificates, *, limit: float, worlds: bool) -> None:
        self.folder = folder
        self.certificates = certificates
        self.limit = limit
        self.worlds = worlds
        self._number = 0
        self._lock = threading.Lock()
        self._local = threading.local()
        self._open: set[World] = set()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            left, self._open = self._open, set()
        for world in left:
            world.close()

    def _world(self, root: Path | None) -> World:
        world: World | None = getattr(self._local, "world", None)
        if world is not None and self._local.root == root and world in self._open:
            return world
        if world is not None:
            self._leave()
        world = World(self.certificates, root)
        with self._lock:
            self._open.add(world)
        self._local.world, self._local.root = world, root
        return world

    def _leave(self) -> None:
        world: World | None = getattr(self._local, "world", None)
        if world is not None:
            with self._lock:
                self._open.discard(world)
            world.close()
            self._local.world = None

    def record(self, client: Client, ready: Ready, config: Config, scenario: str) -> Recorded:
        """One run: a fresh server, a fresh folder, one mail."""
        with self._lock:
            self._number += 1
            folder = self.folder / str(self._number)
        folder.mkdir(parents=True)
        if self.worlds:
            return self._inside(client, ready, config, scenario, folder)
        with lab.Server(scenario, self.certificates) as server:
            rendered, start, variables = self._prepared(client, ready, config, scenario, folder, "localhost", server.port)
            seen = lab.run(client.command(start), server, folder, variables, limit=self.limit, text=MAIL)
        return Recorded(client, ready.version, config, scenario, seen.row(), rendered, server.port, seen.words)

    def _inside(self, client: Client, ready: Ready, config: Config, scenario: str, folder: Path) -> Recorded:
        port = PORTS[scenario]
        rendered, start, variables = self._prepared(client, ready, config, scenario, folder, HOST, port)
        job = {
            "scenario": scenario,
            "port": port,
            "folder": str(folder),
            "command": client.command(start),
            "variables": variables,
            "limit": self.limit,
            "text": MAIL,
        }
        world = self._world(ready.root)
        try:
            row, words = world.run(job)
        finally:
            if client.alone:
                self._leave()
        return Recorded(client, ready.version, config, scenario, row, rendered, port, words)

    def _prepared(
        self, client: Client, ready: Ready, config: Config, scenario: str, folder: Path, host: str, port: int
    ) -> tuple[Rendered, Start, dict[str, str]]:
        rendered, files = written(client.name, ready.version, config, host, port)
        for name, text in files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            place.chmod(0o600)  # msmtp insists
        start = Start(folder, config, host, port, ready, self.certificates.authority)
        return rendered, start, lab.environment(folder, self.certificates, scenario, ready.variables)


Pair = tuple[Config, str]


def wanted(client: Client, known: Iterable[Run], *, waiting: bool = True) -> list[Pair]:
    """What is to be run: the client's own configurations against the servers that concern them, and all that is recorded for this version
    of it, or, of a version that never was recorded, for any."""
    pairs = [
        (config, scenario)
        for implicit, configs in ((True, client.implicit), (False, client.other))
        for number, config in enumerate(configs)
        for scenario in scenarios(implicit=implicit, waiting=waiting and number == 0)
    ]
    pairs.extend(client.further)
    of_it = [run for run in known if run.client == client.name]
    of_it = [run for run in of_it if run.version == client.version] or of_it
    pairs.extend((run.config, run.scenario) for run in of_it if waiting or run.scenario not in WAITING)
    once: dict[str, Pair] = {}
    for config, scenario in pairs:
        once.setdefault(json.dumps([config, scenario], sort_keys=True), (config, scenario))
    return list(once.values())


def cpus() -> int:
    return min(4, os.cpu_count() or 2)


def record_all(
    bench: Bench,
    chosen: list[Client],
    installed: Path,
    pairs: Callable[[Client], list[Pair]],
    *,
    workers: int,
    limit: float = 600,
    tell: Callable[[str], None] = print,
) -> Iterator[Recorded]:
    """Install and run the clients, one after the other with some overlap; `tell` hears of each, and why one is left out."""
    begun = time.monotonic()
    futures: list[Future[Recorded]] = []
    with ThreadPoolExecutor(workers) as busy, ThreadPoolExecutor(BESIDE) as beside:
        try:
            for number, client in enumerate(chosen):
                head = f"[{number + 1}/{len(chosen)}] {time.monotonic() - begun:5.0f} s  {client}"
                if client.world and not bench.worlds:
                    tell(f"{head}: NOT RUN, it needs a private world, and none can be made here")
                    continue
                if client.owners and os.getuid() != 0:
                    tell(f"{head}: NOT RUN, it gives files to other users, which only root may do")
                    continue
                place = installed / client.folder
                place.mkdir(parents=True, exist_ok=True)
                try:
                    ready = client.install(place, limit)
                except NotInstalledError as error:
                    tell(f"{head}: NOT INSTALLED, {error}")
                    continue
                client.version = ready.version
                jobs = pairs(client)
                tell(f"{head}: version {ready.version}, {len(jobs)} runs")
                futures.extend(
                    (beside if scenario in WAITING else busy).submit(bench.record, client, ready, config, scenario)
                    for config, scenario in jobs
                )
            for done, future in enumerate(as_completed(futures), 1):
                if done % 250 == 0:
                    tell(f"{time.monotonic() - begun:5.0f} s  {done} of {len(futures)} runs")
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
            shutil.rmtree(bench.folder, ignore_errors=True)
