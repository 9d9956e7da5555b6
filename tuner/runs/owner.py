"""Ensure that only one master at a time writes a run folder, on any host.

File locks are not used, because they fail on some network file systems. The file owner.json holds host, process and a
random token of the owner. The owner touches this file every few seconds. It also looks for a file `stop` with its
token, which a process on any host may write.
"""

import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuner.errors import StoreError, TunerError
from tuner.runs.json_files import write_whole, writing
from tuner.signals import is_alive

OWNER, STOP = "owner.json", "stop"
SILENCE_S = 60.0
TOUCH_S = 5.0
LOOK_S = 1.0
SETTLE_S = 0.3
# Longest wait for another owner. It is longer than an owner may be silent.
PATIENCE_S = SILENCE_S + 2 * TOUCH_S

log = logging.getLogger(__name__)
# Content of owner.json.
Entries = dict[str, Any]


class Owner:
    """Own a run folder for the duration of a `with` block.

    Entering the block raises StoreError if another master owns the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / OWNER
        self._token = secrets.token_hex(8)
        self._released = threading.Event()

    def __enter__(self) -> "Owner":
        me = {"host": socket.gethostname(), "boot": _boot(), "pid": os.getpid(), "started": _started(os.getpid())}
        me["token"] = self._token
        with writing(self._path.parent):
            if not self._create(me):
                self._take_over(me)
        threading.Thread(target=self._touch, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._released.set()
        if (_read(self._path) or {}).get("token") == self._token:
            self._path.with_name(STOP).unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)

    def wait(self, patience_s: float) -> None:
        """Wait until another master releases the folder or is silent, at most `patience_s`.

        Call it before the `with` block.
        """
        deadline, said = time.monotonic() + patience_s, False
        while time.monotonic() < deadline and (owner := _read(self._path)) is not None and self._lives(owner):
            if not said:
                log.info("waiting until %s releases %s, or stops updating it", _name(owner), self._path.parent)
                said = True
            time.sleep(LOOK_S)

    def check(self) -> None:
        """Raise StoreError if another master has taken the folder over.

        A master may do so if this process has not touched owner.json for SILENCE_S seconds.
        """
        owner = _read(self._path)
        if owner is not None and owner.get("token") != self._token:
            raise StoreError(
                f"{self._path.parent}: was taken over by {_name(owner)}; this process writes no more and ends"
            )

    def _create(self, me: Entries) -> bool:
        """Create owner.json with all content in one step; return False if the file exists."""
        mine = self._write(me)
        try:
            os.link(mine, self._path)
        except FileExistsError:
            return False
        finally:
            mine.unlink()
        return True

    def _take_over(self, me: Entries) -> None:
        owner = _read(self._path)
        if owner is not None and self._lives(owner):
            raise StoreError(
                f"{self._path.parent}: is being written by {_name(owner)}; wait until that process ends,"
                f" or stop it (netpyne-tuner stop {self._path.parent}), then run the same command"
            )
        log.info("taking the run folder over from %s", _name(owner or {}))
        self._write(me).replace(self._path)
        # If two masters take over at once, the later one replaces the file of the earlier one. After a short wait, both
        # read the same file, and the earlier one gives up.
        time.sleep(SETTLE_S)
        self.check()

    def _write(self, me: Entries) -> Path:
        mine = self._path.with_name(f".{OWNER}.{self._token}")
        mine.write_text(json.dumps(me))
        return mine

    def _lives(self, owner: Entries) -> bool:
        if _is_here(owner):
            return _runs(owner)
        # Both times come from the file server, so the clocks of the hosts need not agree.
        probe = self._path.with_name(f".{OWNER}.{self._token}.now")
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
        try:
            return now - self._path.stat().st_mtime < SILENCE_S
        except FileNotFoundError:
            return False

    def _touch(self) -> None:
        while not self._released.wait(TOUCH_S):
            try:
                if (_read(self._path) or {}).get("token") == self._token:
                    os.utime(self._path)
                    self._heed_stop()
            except OSError:
                log.debug("the time of owner.json could not be updated")

    def _heed_stop(self) -> None:
        stop = self._path.with_name(STOP)
        if stop.exists() and stop.read_bytes() == self._token.encode():
            stop.unlink()
            log.info("asked to stop")
            handled = signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL
            # Sent to the main thread, which waits for results: a signal to another thread would not wake it.
            waiting = threading.main_thread().ident
            assert waiting is not None, "the main thread has begun"
            signal.pthread_kill(waiting, signal.SIGUSR1 if handled else signal.SIGINT)


def ask_to_stop(folder: Path) -> str:
    """Ask the master of a run folder, on any host, to stop within seconds; return the master's name.

    Raises TunerError if there is no live master.
    """
    owner, sign = _read(folder / OWNER), look(folder)
    if not owner or "token" not in owner or not sign:
        raise TunerError(f"{folder}: no process is writing this run, so there is nothing to stop")
    if not sign.lives:
        raise TunerError(
            f"{folder}: no process is writing this run any more, so there is nothing to stop;"
            f" {sign.name} is dead, or silent for {sign.age_s:.0f} s"
        )
    write_whole(folder / STOP, owner["token"].encode())
    return _name(owner)


@dataclass(frozen=True)
class Sign:
    """Represent the state of a run's master: name, whether alive, and time since the last sign of life [s]."""

    name: str
    lives: bool
    age_s: float


def look(folder: Path) -> Sign | None:
    """Return the state of a run folder's master, without writing anything. None without a master."""
    owner = _read(folder / OWNER) or {}
    try:
        age_s = max(0.0, time.time() - (folder / OWNER).stat().st_mtime)
    except FileNotFoundError:
        return None
    return Sign(_name(owner), _runs(owner) if _is_here(owner) else age_s < SILENCE_S, age_s)


def _is_here(owner: Entries) -> bool:
    # Two machines may have the same name.
    return owner.get("host") == socket.gethostname() and owner.get("boot", _boot()) == _boot()


def _runs(owner: Entries) -> bool:
    return is_alive(owner.get("pid", 0)) and _started(owner.get("pid", 0)) == owner.get("started")


def _name(owner: Entries) -> str:
    if "pid" not in owner:
        return "an unknown process (owner.json is damaged)"
    return f"process {owner.get('pid')} on {owner.get('host')}"


def _read(path: Path) -> Entries | None:
    """Return the content of owner.json. An empty table if damaged, None if the file is missing."""
    try:
        owner = json.loads(path.read_text())
        return owner if isinstance(owner, dict) else {}
    except FileNotFoundError:
        return None
    except ValueError:
        return {}


def _boot() -> str:
    """Return the unique identifier of the last boot of this machine; "" if unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Return the start time of a process in the system's own units; "" if unknown.

    The start time tells a process from a later one with the same number.
    """
    if sys.platform != "linux":
        return ""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
