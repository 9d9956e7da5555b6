"""Produce children from parents in the unit cube: tournaments, simulated binary crossover, polynomial mutation.

Rows are candidates, columns are parameters. Crossover and mutation are the versions without bounds, and results are
clipped to the cube. Measured: on the problems ZDT, and on ZDT with the optimum moved inside the bounds, these versions
found better fronts than the versions with bounds.

Equations, with u uniform in [0, 1):

    beta = (2 u)^(1 / (eta + 1)) if u <= 0.5, else (1 / (2 (1 - u)))^(1 / (eta + 1))    (1)
    c = (p + q) / 2 +- beta (p - q) / 2                                                 (2)
    delta = (2 u)^(1 / (eta + 1)) - 1 if u < 0.5, else 1 - (2 (1 - u))^(1 / (eta + 1))  (3)

Eqs. 1 and 2 are the crossover of Deb & Agrawal 1995, Complex Syst. 9:115, for parents p, q and children c. Eq. 3 is the
mutation step of Deb & Goyal 1996, Comput. Sci. Inform. 26:30.
"""

import numpy as np


def tournament(place: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Return the winners of binary tournaments between neighbours in random permutations: n, or n + 1 for odd n.

    `place` is the place of each of at least two candidates in the order, 0 for the best. In two permutations every
    candidate has two tournaments: the best wins both, and the worst wins no tournament. With an odd number of
    candidates the last of each permutation has no tournament.
    """
    wanted = n + n % 2
    winners = np.empty(0, int)
    while len(winners) < wanted:
        pairs = random.permutation(len(place))[: len(place) // 2 * 2].reshape(-1, 2)
        winners = np.append(winners, pairs[np.arange(len(pairs)), np.argmin(place[pairs], axis=1)])
    return winners[:wanted]


def crossover(
    parents: np.ndarray,
    rate: float,
    eta: float,
    random: np.random.Generator,
    blended: np.ndarray | bool = True,
    together: np.ndarray | bool = False,
) -> np.ndarray:
    """Cross neighbouring rows by simulated binary crossover; there are as many children as parents.

    A pair is crossed with probability `rate`. Then each `blended` gene is spread with probability 0.5 (eqs. 1, 2), and
    the children exchange each gene with probability 0.5. The genes `together` are exchanged all or none. Without the
    exchange each child would have almost all genes of one parent. The probability of 0.5 is that of Deb's NSGA-II code.
    """
    first, second = parents[0::2], parents[1::2]
    crossed = random.random((len(first), 1)) < rate
    spread = crossed & (random.random(first.shape) < 0.5) & blended
    beta = np.where(spread, spread_factors(random.random(first.shape), eta), 1.0)
    one, other = spread_apart(first, second, beta)
    chance = np.where(together, random.random((len(first), 1)), random.random(first.shape))
    exchanged = crossed & (chance < 0.5)
    pairs = np.where(exchanged, other, one), np.where(exchanged, one, other)
    children: np.ndarray = np.clip(np.stack(pairs, axis=1).reshape(parents.shape), 0.0, 1.0)
    return children


def spread_factors(u: np.ndarray, eta: float) -> np.ndarray:
    """Return beta (eq. 1) of uniform numbers u: the distance of the children over the distance of the parents."""
    return np.where(u <= 0.5, 2.0 * u, 0.5 / (1.0 - u)) ** (1.0 / (eta + 1.0))  # eq. 1


def spread_apart(first: np.ndarray, second: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two children with the same middle as the parents and beta times the distance (eq. 2)."""
    middle, half = (first + second) / 2.0, beta * (first - second) / 2.0  # eq. 2
    return np.where(beta == 1.0, first, middle + half), np.where(beta == 1.0, second, middle - half)


def mutate(points: np.ndarray, changed: np.ndarray, eta: float, random: np.random.Generator) -> np.ndarray:
    """Mutate the genes that are `changed` by polynomial mutation (eq. 3)."""
    u = random.random(points.shape)
    power = 1.0 / (eta + 1.0)
    step = np.where(u < 0.5, (2.0 * u) ** power - 1.0, 1.0 - (2.0 * (1.0 - u)) ** power)  # eq. 3
    return np.clip(np.where(changed, points + step, points), 0.0, 1.0)
