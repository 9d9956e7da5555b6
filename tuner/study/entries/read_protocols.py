"""Read the protocols of a study, and check names that become names of folders."""

from collections.abc import Mapping
from typing import Any

from tuner.protocols import DEFAULT, Protocol
from tuner.study.entries.read_parameters import read_values
from tuner.study.schema import Key, Place, fill
from tuner.words import cut, shown

LONGEST_NAME = 200
# The longest simulation lasts nearly three hours, so rates in bins of 1 ms fit into memory many times.
DURATION_MS = Key("number", above=0, at_least=0.001, at_most=1e7)
PROTOCOL_KEYS = {"values": Key("table", {}), "duration_ms": DURATION_MS}


def check_name(name: str, place: Place) -> None:
    """Raise StudyError if a name cannot be the name of a folder."""
    size = len(name.encode(errors="surrogatepass"))
    if size > LONGEST_NAME:
        raise place.error(f"is {size} bytes long, must have at most {LONGEST_NAME}")
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise place.error(f"is {cut(ascii(name))}, which is not valid Unicode text")
    if name in ("", ".", "..") or name != name.strip() or any(c in "/\\" or ord(c) < 32 or ord(c) == 127 for c in name):
        raise place.error(f"is {shown(name)}, must be a plain file name (it names a folder)")


def read_protocols(table: Mapping[str, Any], duration_ms: float | None, place: Place) -> tuple[Protocol, ...]:
    """Return the protocols in the order of the table; an empty table gives one protocol, called default."""
    protocols = []
    for name, entry in table.items():
        check_name(name, place.at(name))
        filled = fill(entry, PROTOCOL_KEYS, place.at(name))
        values = read_values(filled["values"], place.at(name).at("values"))
        protocols.append(Protocol(name, filled.get("duration_ms", duration_ms), values))
    return tuple(protocols) or (Protocol(DEFAULT, duration_ms),)
