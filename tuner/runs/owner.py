"""Ensure that only one master at a time writes a run folder, on any host.

File locks are not used, because they fail on some network file systems. The file owner.json holds host, process and a
random token of the owner. The owner touches this file every few seconds. It also looks for a file `stop` with its
token, which a process on any host may write.

Whether a process lives is asked only where its number means the same process: on the same machine since the same boot,
in the same PID namespace. Containers of one host share the name and the boot, but have namespaces of their own.
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
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from tuner.errors import StoreError, TunerError
from tuner.regular_files import parse_json, read_regular
from tuner.runs.json_files import write_whole, writing
from tuner.signals import is_alive

OWNER, STOP = "owner.json", "stop"
SILENCE_S = 60.0
TOUCH_S = 5.0
LOOK_S = 1.0
SETTLE_S = 0.3
# Longest wait for another owner. It is longer than an owner may be silent.
PATIENCE_S = SILENCE_S + 2 * TOUCH_S

# Time after which a file with a time in the future is looked at again.
FUTURE_S = 3 * TOUCH_S
MOST_BYTES = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entries:
    """Represent the content of owner.json; `namespace` is the PID namespace, "" for files of older versions."""

    host: str = ""
    boot: str = ""
    namespace: str = ""
    pid: int = 0
    started: str = ""
    token: str = ""


class Owner:
    """Own a run folder for the duration of a `with` block.

    Entering the block raises StoreError if another master owns the folder. `token` tells this master from all others.
    `took_over` says whether another master has not released the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / OWNER
        self.token = secrets.token_hex(8)
        self.took_over = False
        self._released = threading.Event()

    def __enter__(self) -> "Owner":
        pid = os.getpid()
        me = Entries(socket.gethostname(), _boot(), _namespace(), pid, _started(pid), self.token)
        with writing(self._path.parent):
            if not self._create(me):
                self._take_over(me)
        threading.Thread(target=self._touch, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._released.set()
        if _token(self._path) == self.token:
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
        """Raise StoreError if another master has taken the folder over, and perhaps released the folder again.

        A master may do so if this process has not touched owner.json for SILENCE_S seconds.
        """
        owner = _read(self._path)
        if owner is None or owner.token != self.token:
            by = f"by {_name(owner)}" if owner else "by another process, or owner.json was deleted"
            raise StoreError(f"{self._path.parent}: was taken over {by}; this process writes no more and ends")

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
        log.info("taking the run folder over from %s", _name(owner or Entries()))
        self.took_over = True
        self._write(me).replace(self._path)
        # If two masters take over at once, the later one replaces the file of the earlier one. After a short wait, both
        # read the same file, and the earlier one gives up.
        time.sleep(SETTLE_S)
        self.check()

    def _write(self, me: Entries) -> Path:
        mine = self._path.with_name(f".{OWNER}.{self.token}")
        mine.write_text(json.dumps(asdict(me)))
        return mine

    def _lives(self, owner: Entries) -> bool:
        if _is_here(owner):
            return _runs(owner)
        age_s = self._age_s()
        if age_s is not None and age_s < -TOUCH_S:
            # The clock of the file server was set back, or someone has set the time. A live owner changes the time.
            before = _changed(self._path)
            time.sleep(FUTURE_S)
            return _changed(self._path) not in (before, None)
        return age_s is not None and age_s < SILENCE_S

    def _age_s(self) -> float | None:
        """Return the age of owner.json [s]; None without the file."""
        # Both times come from the file server, so the clocks of the hosts need not agree.
        probe = self._path.with_name(f".{OWNER}.{self.token}.now")
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
        changed = _changed(self._path)
        return None if changed is None else now - changed

    def _touch(self) -> None:
        while not self._released.wait(TOUCH_S):
            try:
                if _token(self._path) == self.token:
                    os.utime(self._path)
                    self._heed_stop()
            except (OSError, ValueError, StoreError):
                log.debug("the time of owner.json could not be updated")

    def _heed_stop(self) -> None:
        stop = self._path.with_name(STOP)
        if stop.exists() and read_regular(stop, MOST_BYTES) == self.token.encode():
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
    if not owner or not owner.token or not sign:
        raise TunerError(f"{folder}: no process is writing this run, so there is nothing to stop")
    if not sign.lives:
        raise TunerError(
            f"{folder}: no process is writing this run any more, so there is nothing to stop;"
            f" {sign.name} is dead, or silent for {sign.age_s:.0f} s"
        )
    write_whole(folder / STOP, owner.token.encode())
    return _name(owner)


@dataclass(frozen=True)
class Sign:
    """Represent the state of a run's master: name, whether alive, and time since the last sign of life [s]."""

    name: str
    lives: bool
    age_s: float


def look(folder: Path) -> Sign | None:
    """Return the state of a run folder's master, without writing anything. None without a master."""
    changed = _changed(folder / OWNER)
    if changed is None:
        return None
    owner, age_s = _read(folder / OWNER) or Entries(), time.time() - changed
    lives = _runs(owner) if _is_here(owner) else abs(age_s) < SILENCE_S
    return Sign(_name(owner), lives, max(0.0, age_s))


def _is_here(owner: Entries) -> bool:
    # Two machines may have the same name. Older versions noted neither boot nor namespace.
    places = (owner.boot, _boot()), (owner.namespace, _namespace())
    return owner.host == socket.gethostname() and all(noted in ("", here) for noted, here in places)


def _runs(owner: Entries) -> bool:
    return is_alive(owner.pid) and _started(owner.pid) == owner.started


def _name(owner: Entries) -> str:
    if not owner.pid:
        return "an unknown process (owner.json is damaged)"
    return f"process {owner.pid} on {owner.host:.80}"


def _token(path: Path) -> str:
    return (_read(path) or Entries()).token


def _changed(path: Path) -> float | None:
    """Return the time of the last change of a file [s]; None without the file."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def _read(path: Path) -> Entries | None:
    """Return the content of owner.json. All entries have defaults if damaged; None if the file is missing."""
    try:
        return msgspec.convert(parse_json(read_regular(path, MOST_BYTES)), Entries)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        return Entries()


def _namespace() -> str:
    """Return the identifier of the PID namespace of this process; "" if unknown."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


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
