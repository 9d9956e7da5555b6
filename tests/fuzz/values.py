"""Values and bytes that no reader expects, and ways to put them into tables and files."""

import copy
import json
import math
import os
from pathlib import Path
from random import Random

NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 10**30, -(10**30), 0.0, -0.0, 5e-324, 1e308, -1e308, 1e-9, 0.5)
NOT_FINITE = (math.nan, math.inf, -math.inf)
TEXTS = (
    "", " ", "x", "x" * 5000, "\x1b]0;title\x07\x1b[31mred", "\u202egnp.exe", "a\nb", "a\0b", "../../../VICTIM",
    "/dev/zero", "<script>alert(1)</script>", "$\\frac{", "%s%n{0}{x}", "evil.py:f", "NaN", "-1", "true",
    "\U0001f9e0", "é" * 200,
)  # fmt: skip


def hostile(random: Random, *, json_only: bool = True) -> object:
    """Return a value of any kind; a TOML file has no null."""
    kind = random.randrange(10)
    if kind < 4:
        return random.choice(NUMBERS)
    if kind < 7:
        return random.choice(TEXTS)
    nested: object = [] if random.random() < 0.5 else {}
    for _ in range(random.choice((0, 0, 1, 3, 60, 150))):
        nested = [nested, 1.5] if random.random() < 0.5 else {random.choice(TEXTS): nested}
    rest = [nested, random.random() < 0.5, random.choice(NOT_FINITE), None if json_only else "null"]
    return random.choice(rest)


def mutated(table: object, random: Random, **how: bool) -> object:
    """Return a copy of plain data in which one to three entries are replaced, removed, renamed, repeated or moved."""
    table = copy.deepcopy(table)
    for _ in range(random.choice((1, 1, 2, 3))):
        places = list(_places(table))
        if not places:
            return table
        _change(*random.choice(places), random.choice(places), random, how)
    return table


def _places(data: object) -> list[tuple]:
    """Return the container and the key of each entry."""
    found = []
    for key in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        found += [(data, key), *_places(data[key])]
    return found


def _change(holder, key, other, random, how):
    if isinstance(holder, dict) and key not in holder or isinstance(holder, list) and key >= len(holder):
        return
    kind = random.randrange(6)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[random.choice((random.choice(TEXTS), f"{key}x"))] = holder.pop(key)
    elif kind == 2 and isinstance(other[0], dict) and other[1] in other[0]:
        holder[key] = copy.deepcopy(other[0][other[1]])
    else:
        holder[key] = hostile(random, **how)


def broken(content: bytes, random: Random) -> bytes:
    """Return bytes that are cut, changed, repeated or mixed up."""
    kind, size = random.randrange(7), len(content)
    here, there = sorted((random.randint(0, size), random.randint(0, size)))
    lines = content.splitlines(keepends=True)
    if kind == 0:
        return content[:here]
    if kind == 1:
        return content[:here] + bytes(random.randrange(256) for _ in range(random.randint(1, 9))) + content[here:]
    if kind == 2:
        return content[:here] + content[there:]
    if kind == 3 and lines:
        return content + random.choice(lines)
    if kind == 4 and lines:
        random.shuffle(lines)
        return b"".join(lines)
    if kind == 5:
        return random.choice((b"[", b'{"a":')) * random.choice((50, 100_000))
    return content[:here] + b"\0" * (there - here) + content[there:]


def with_another_kind(path: Path, away: Path, random: Random) -> None:
    """Put a folder, a pipe, a device or a link in the place of a file."""
    path.unlink(missing_ok=True)
    kind = random.randrange(6)
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        os.mkfifo(path)
    else:
        path.symlink_to(("/dev/zero", path, away, away / "nothing")[kind - 2])


def json_text(table: object) -> str:
    """Return JSON as a damaged or hostile writer writes it, with NaN and with numbers beyond a float."""
    return json.dumps(table).replace("1e+308", "1e+999")
