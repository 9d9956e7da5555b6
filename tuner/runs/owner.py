"""Who writes a run folder: one master at a time, on any host, without locks that a network file system breaks.

The file owner.json names host, process and a token; its owner touches it every few seconds, and looks whether a file
`stop` beside it, which anybody may have written on any host, bears that token.
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
# Of who waits: longer than an owner may be silent.
PATIENCE_S = SILENCE_S + 2 * TOUCH_S

log = logging.getLogger(__name__)
# What owner.json holds.
Entries = dict[str, Any]


class Owner:
    """Ownership of a run folder for as long as the `with` block lasts; StoreError if another master has it."""

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
        """Before the `with` block: waits so long for another master to let go or to fall silent."""
        deadline, said = time.monotonic() + patience_s, False
        while time.monotonic() < deadline and (owner := _read(self._path)) is not None and self._lives(owner):
            if not said:
                log.info("waiting for %s to let go of %s, or to fall silent", _name(owner), self._path.parent)
                said = True
            time.sleep(LOOK_S)

    def check(self) -> None:
        """Raises StoreError if another master has taken the folder over, as one does after a minute of silence."""
        owner = _read(self._path)
        if owner is not None and owner.get("token") != self._token:
            raise StoreError(f"{self._path.parent}: was taken over by {_name(owner)}")

    def _create(self, me: Entries) -> bool:
        """Makes the owner's file with all its content in one step; False if there is one."""
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
                f"{self._path.parent}: is being written by {_name(owner)};"
                " wait for it or end it, then run the same command"
            )
        log.info("taking over from %s", _name(owner or {}))
        self._write(me).replace(self._path)
        # Of two that take over at once the later replaces the earlier; both must see who it was.
        time.sleep(SETTLE_S)
        self.check()

    def _write(self, me: Entries) -> Path:
        mine = self._path.with_name(f".{OWNER}.{self._token}")
        mine.write_text(json.dumps(me))
        return mine

    def _lives(self, owner: Entries) -> bool:
        if _is_here(owner):
            return _runs(owner)
        # Both times are the file server's, so that clocks need not agree.
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
                log.debug("owner.json could not be touched")

    def _heed_stop(self) -> None:
        stop = self._path.with_name(STOP)
        if stop.exists() and stop.read_bytes() == self._token.encode():
            stop.unlink()
            log.info("asked to stop")
            handled = signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL
            # Sent to the thread that waits, or it would go on waiting.
            waiting = threading.main_thread().ident
            assert waiting is not None, "the main thread has begun"
            signal.pthread_kill(waiting, signal.SIGUSR1 if handled else signal.SIGINT)


def ask_to_stop(folder: Path) -> str:
    """Asks the master of a run folder, on whatever host, to stop within seconds; says who it is.

    TunerError if there is none, or none that lives.
    """
    owner, sign = _read(folder / OWNER), look(folder)
    if not owner or "token" not in owner or not sign:
        raise TunerError(f"{folder}: nobody is writing it")
    if not sign.lives:
        raise TunerError(
            f"{folder}: nobody is writing it any more; {sign.name} is dead, or silent for {sign.age_s:.0f} s"
        )
    write_whole(folder / STOP, owner["token"].encode())
    return _name(owner)


@dataclass(frozen=True)
class Sign:
    """What a run folder says of its master: who it is, whether it lives, and the age of its last sign [s]."""

    name: str
    lives: bool
    age_s: float


def look(folder: Path) -> Sign | None:
    """The sign of a run folder's master, read without writing anything; None if it has none."""
    owner = _read(folder / OWNER) or {}
    try:
        age_s = max(0.0, time.time() - (folder / OWNER).stat().st_mtime)
    except FileNotFoundError:
        return None
    return Sign(_name(owner), _runs(owner) if _is_here(owner) else age_s < SILENCE_S, age_s)


def _is_here(owner: Entries) -> bool:
    # Two machines may bear one name.
    return owner.get("host") == socket.gethostname() and owner.get("boot", _boot()) == _boot()


def _runs(owner: Entries) -> bool:
    return is_alive(owner.get("pid", 0)) and _started(owner.get("pid", 0)) == owner.get("started")


def _name(owner: Entries) -> str:
    if "pid" not in owner:
        return "a process that nobody knows, for its owner.json is damaged"
    return f"process {owner.get('pid')} on {owner.get('host')}"


def _read(path: Path) -> Entries | None:
    """The owner's file; an empty table if it is damaged, None if it is gone."""
    try:
        owner = json.loads(path.read_text())
        return owner if isinstance(owner, dict) else {}
    except FileNotFoundError:
        return None
    except ValueError:
        return {}


def _boot() -> str:
    """What this machine calls its last start, which no other machine calls so; "" if unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process began, in the system's own words, so that a reused number is not taken for it; "" if unknown."""
    if sys.platform != "linux":
        return ""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
