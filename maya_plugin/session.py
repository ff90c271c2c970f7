"""The plug-in while it is loaded: its host, its commands, what the worker can do, what runs, which panels are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from maya_plugin.background import Task, start
from maya_plugin.errors import BadSetting, notice, tell
from maya_plugin.state import recall, remember
from maya_plugin.worker_jobs import KNOWN, make_client
from worker_link.running import Worker

if TYPE_CHECKING:
    from maya_plugin.commands.command import Command
    from maya_plugin.host import Host

__all__ = ["Session"]

_ABILITIES = "abilities"


class Session:
    """One loaded plug-in. For the main thread, but for what says otherwise.

    Args:
        host: Maya.
        client: makes the client of the worker; tests give their own.
    """

    def __init__(self, host: Host, client: Callable[[], Worker] = make_client) -> None:
        self.host = host
        self.make_client = client
        self.commands: dict[str, Command] = {}
        self.panels: dict[str, Any] = {}
        self.tasks: list[Task] = []
        self.listeners: list[Callable[[], Any]] = []
        """Called when what the worker can do has become known: the menu shows it."""
        self.closed = False
        """Whether the plug-in was unloaded: what ends later finds nobody to tell."""
        self.scene = 0
        """Raised whenever another scene is made or opened: what was begun before is not for it."""
        self._watchers: dict[str, Callable[[Task], Any]] = {}
        self._abilities: dict[str, str] = {} if host.batch() else _texts(recall(host, _ABILITIES))

    def why_not(self, command: Command) -> str:
        """Why a command cannot be used, as far as is known; empty where it can.

        The worker is not started for this: what it said last counts. Where it was never asked, a job that this plug-in
        knows counts as possible, and the command itself finds out.
        """
        if not command.job:
            return ""
        if command.job not in KNOWN:
            return "Platelight has no model for this yet"
        return self._abilities.get(command.job, "")

    def chosen(self, command: Command) -> dict[str, Any]:
        """What the person set in the command's option panel, for flags that it still has; empty in batch."""
        if self.host.batch():
            return {}
        kept = recall(self.host, command.name)
        shown = {flag.name: flag for flag in command.flags if flag.label or command.panel != "form"}
        found = {}
        for name, value in kept.items():
            if name in shown:
                try:
                    found[name] = shown[name].checked(value)
                except (TypeError, BadSetting):
                    continue  # of another version: the default is right again
        return found

    def learn(self, abilities: Mapping[str, str]) -> None:
        """Keep what the worker said that it can do."""
        if not abilities or dict(abilities) == self._abilities:
            return
        self._abilities = dict(abilities)
        if not self.host.batch():
            remember(self.host, _ABILITIES, self._abilities)
        for listener in list(self.listeners):
            listener()

    def watch(self, name: str, watcher: Callable[[Task], Any] | None) -> None:
        """Have a panel told about the tasks of the command `name`; None: not any more."""
        if watcher is None:
            self._watchers.pop(name, None)
        else:
            self._watchers[name] = watcher

    def run(
        self,
        command: str,
        title: str,
        work: Callable[[Task], Any],
        finished: Callable[[Any], Any],
        *,
        now: bool = False,
    ) -> Task:
        """`background.start`, with whoever watches the command told, and errors told to the person.

        Raises:
            PluginError: only with `now` or without a window.
        """

        def told(task: Task) -> None:
            if self.closed:
                return
            watcher = self._watchers.get(command)
            if watcher is not None:
                watcher(task)
            if task.over and task in self.tasks:
                self.tasks.remove(task)

        def failed(words: str) -> None:
            if self.closed:
                return
            if words.endswith(": cancelled"):
                notice(self.host, words)
            else:
                tell(self.host, words)

        def done(answer: Any) -> None:
            if not self.closed:
                finished(answer)

        task = start(self.host, title, work, done, now=now, told=told, failed=failed)
        if not task.over:
            self.tasks.append(task)
        return task

    def with_worker(self, work: Callable[[Worker, Task], Any]) -> Callable[[Task], Any]:
        """Work that needs the worker: it gets a client of its own, which is closed afterwards."""

        def run(task: Task) -> Any:
            worker = self.make_client()
            try:
                return work(worker, task)
            finally:
                worker.close()

        return run

    def close(self) -> None:
        """Cancel what runs, and tell nobody any more."""
        self.closed = True
        for task in list(self.tasks):
            task.cancel()
        self.tasks.clear()
        self.listeners.clear()
        self._watchers.clear()


def _texts(found: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in found.items() if isinstance(value, str)}
