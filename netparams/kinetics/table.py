"""Read a reaction scheme of one well-mixed compartment from two tables; concentrations are in mM, times in ms."""

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class Direction:
    """Represent one direction of a reaction: number and constant of the rate, and the order in each species."""

    number: int
    constant: float
    order: Counter[str]


@dataclass(frozen=True)
class Reaction:
    """Represent a reaction by the molecules of each species that enter and leave, and by both directions.

    `backward` is `None` for an irreversible reaction.
    """

    reactants: Counter[str]
    products: Counter[str]
    forward: Direction
    backward: Direction | None


@dataclass(frozen=True)
class Scheme:
    """Represent a reaction scheme: species, initial concentrations [mM], (n_species,), and reactions.

    The rate constants are in mM and ms.
    """

    species: tuple[str, ...]
    initial: np.ndarray
    reactions: tuple[Reaction, ...]

    @cached_property
    def directions(self) -> list[tuple[Direction, Counter[str]]]:
        """Return all directions of all reactions, in the order of the rate numbers.

        Each item is a direction, and the number of molecules that the direction adds to each species.
        """
        found = [(r.forward, _less(r.products, r.reactants)) for r in self.reactions]
        found += [(r.backward, _less(r.reactants, r.products)) for r in self.reactions if r.backward]
        return sorted(found, key=lambda each: each[0].number)

    @cached_property
    def stoichiometry(self) -> np.ndarray:
        """Return the number of molecules that each reaction adds to each species, (n_species, n_reactions)."""
        return np.stack([self.vector(_less(r.products, r.reactants)) for r in self.reactions], axis=1)

    @cached_property
    def moieties(self) -> np.ndarray:
        """Return the weights of the sums of species that no reaction changes, (n_species - rank, n_species).

        The rows are orthonormal. The rank is the rank of `stoichiometry`.
        """
        left, singular, _ = np.linalg.svd(self.stoichiometry)
        rank = int(np.sum(singular > singular[0] * 1e-10))
        return left[:, rank:].T

    def vector(self, amounts: Counter[str]) -> np.ndarray:
        """Return the amounts as an array over all species, (n_species,); 0 for a species without an amount."""
        return np.array([amounts.get(name, 0) for name in self.species], float)


def _less(some: Counter[str], others: Counter[str]) -> Counter[str]:
    difference = Counter(some)
    difference.subtract(others)
    return Counter({name: n for name, n in difference.items() if n})


def read(folder: Path) -> Scheme:
    """Read the scheme from the files species.csv and reactions.csv of a folder.

    Raises
    ------
    ValueError
        If species.csv lists a species twice, if a reaction names a species that is not in species.csv, or if the rates
        are not numbered 0, 1, 2 ..., each number once.
    """
    rows = _rows(folder / "species.csv")
    species = tuple(row["species"] for row in rows)
    initial = np.array([float(row["initial_mM"]) for row in rows])
    reactions = tuple(_reaction(row) for row in _rows(folder / "reactions.csv"))
    scheme = Scheme(species, initial, reactions)
    _check(scheme, folder)
    return scheme


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _reaction(row: dict[str, str]) -> Reaction:
    reactants, products = _side(row["reactants"]), _side(row["products"])
    forward = Direction(int(row["forward"]), float(row["k_forward"]), reactants)
    if not row["backward"]:
        return Reaction(reactants, products, forward, None)
    order = _side(row["backward_order"]) if row["backward_order"] else products
    return Reaction(reactants, products, forward, Direction(int(row["backward"]), float(row["k_backward"]), order))


def _side(text: str) -> Counter[str]:
    """Return the number of molecules of each species on one side, such as "PKA + 4 cAMP"; the side may be empty."""
    side: Counter[str] = Counter()
    for term in text.split(" + ") if text else ():
        number, _, name = term.rpartition(" ")
        side[name] += int(number or 1)
    return side


def _check(scheme: Scheme, folder: Path) -> None:
    if twice := [name for name, n in Counter(scheme.species).items() if n > 1]:
        raise ValueError(f"{folder}: species {twice[0]} is there twice")
    named = {name for direction, change in scheme.directions for name in (*direction.order, *change)}
    if unknown := sorted(named - set(scheme.species)):
        raise ValueError(f"{folder}: no species is called {unknown[0]}")
    if [direction.number for direction, _ in scheme.directions] != list(range(len(scheme.directions))):
        raise ValueError(f"{folder}: rates must be numbered 0, 1, 2 ..., each once")
