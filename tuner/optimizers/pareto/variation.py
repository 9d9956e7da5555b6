"""How children come from parents: tournaments, simulated binary crossover, polynomial mutation, in the unit cube.

Rows are candidates, columns parameters. Spread and step are those without bounds, cut at the bounds: on ZDT and on ZDT
with its optimum moved inside, they found better fronts than the forms that know the bounds.
"""

import numpy as np


def tournament(place: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """At least n winners (an even number) of binary tournaments between neighbours of random permutations.

    `place` is each candidate's place in the order, 0 the best; there must be two. Two permutations give everyone two
    fights, so the best wins twice and the worst never; of an odd number the last of each permutation sits out.
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
    """Simulated binary crossover of neighbouring rows; as many children as parents.

    Deb & Agrawal 1995, Complex Syst. 9:115: a pair is crossed with chance `rate`; then each `blended` gene is spread
    with chance 0.5, and the children exchange each gene with chance 0.5, those that belong `together` all or none:
    without that no gene ever meets another.
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
    """beta of uniform numbers u in [0, 1): the children's distance over the parents' (Deb & Agrawal 1995)."""
    return np.where(u <= 0.5, 2.0 * u, 0.5 / (1.0 - u)) ** (1.0 / (eta + 1.0))


def spread_apart(first: np.ndarray, second: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two children of parents whose distance becomes beta times as large, about the same middle."""
    middle, half = (first + second) / 2.0, beta * (first - second) / 2.0
    return np.where(beta == 1.0, first, middle + half), np.where(beta == 1.0, second, middle - half)


def mutate(points: np.ndarray, changed: np.ndarray, eta: float, random: np.random.Generator) -> np.ndarray:
    """Polynomial mutation of the genes that are `changed` (Deb & Goyal 1996, Comput. Sci. Inform. 26:30)."""
    u = random.random(points.shape)
    power = 1.0 / (eta + 1.0)
    step = np.where(u < 0.5, (2.0 * u) ** power - 1.0, 1.0 - (2.0 * (1.0 - u)) ** power)
    return np.clip(np.where(changed, points + step, points), 0.0, 1.0)
