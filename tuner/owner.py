"""Who writes a run folder: one master at a time, on any host, without locks that a network file system breaks.

The file owner.json names host, process and a token; its owner touches it every few seconds.
"""

import json
import logging
import os
import secrets
import socket
import sys
import threading
import time
from pathlib import Path

from tuner.errors import StoreError
from tuner.store import writing

OWNER = "owner.json"
SILENCE_S = 60.0
TOUCH_S = 5.0
SETTLE_S = 0.3

log = logging.getLogger(__name__)


class Owner:
    """Ownership of a run folder for as long as the `with` block lasts; StoreError if another master has it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / OWNER
        self._token = secrets.token_hex(8)
        self._released = threading.Event()

    def __enter__(self) -> "Owner":
        me = {"host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid()), "token": self._token}
        with writing(self._path.parent):
            if not self._create(me):
                self._take_over(me)
        threading.Thread(target=self._touch, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._released.set()
        if (_read(self._path) or {}).get("token") == self._token:
            self._path.unlink(missing_ok=True)

    def check(self) -> None:
        """Raises StoreError if another master has taken the folder over, as one does after a minute of silence."""
        owner = _read(self._path)
        if owner is not None and owner.get("token") != self._token:
            other = f"process {owner.get('pid')} on {owner.get('host')}"
            raise StoreError(f"{self._path.parent}: was taken over by {other}")

    def _create(self, me: dict) -> bool:
        """Makes the owner's file with all its content in one step; False if there is one."""
        mine = self._write(me)
        try:
            os.link(mine, self._path)
        except FileExistsError:
            return False
        finally:
            mine.unlink()
        return True

    def _take_over(self, me: dict) -> None:
        owner = _read(self._path)
        if owner is not None and self._lives(owner):
            raise StoreError(
                f"{self._path.parent}: is being written by process {owner.get('pid')} on {owner.get('host')};"
                " wait for it or end it, then run the same command"
            )
        log.info("taking over from process %s on %s", (owner or {}).get("pid"), (owner or {}).get("host"))
        self._write(me).replace(self._path)
        # Of two that take over at once the later replaces the earlier; both must see who it was.
        time.sleep(SETTLE_S)
        self.check()

    def _write(self, me: dict) -> Path:
        mine = self._path.with_name(f".{OWNER}.{self._token}")
        mine.write_text(json.dumps(me))
        return mine

    def _lives(self, owner: dict) -> bool:
        if owner.get("host") == socket.gethostname():
            return _alive(owner.get("pid", 0)) and _started(owner.get("pid", 0)) == owner.get("started")
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
            except OSError:
                log.debug("owner.json could not be touched")


def _read(path: Path) -> dict | None:
    """The owner's file; an empty table if it is damaged, None if it is gone."""
    try:
        owner = json.loads(path.read_text())
        return owner if isinstance(owner, dict) else {}
    except FileNotFoundError:
        return None
    except ValueError:
        return {}


def _alive(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> str:
    """When a process began, in the system's own words, so that a reused number is not taken for it; "" if unknown."""
    if sys.platform != "linux":
        return ""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
