"""Run NetPyNE's evolutionary algorithm `custom`, unchanged and corrected."""

from collections.abc import Callable
from random import Random
from typing import Any

from inspyred.ec import replacers, selectors, variators

from tuner.optimizers.inspyred.evolution import CROSSOVER, TOURNAMENT, Evolution, population_size
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key

Candidate = list[float]
Mutation = Callable[[Random, Candidate, dict[str, Any]], Candidate]
Variation = Callable[[Random, list[Candidate], dict[str, Any]], list[Candidate]]


def of_all(mutate: Mutation) -> Variation:
    """Return a variator of inspyred that mutates each candidate."""
    variator: Variation = variators.mutator(mutate)
    return variator


def towards_bound(random: Random, gene: float, low: float, high: float, strength: float) -> float:
    """Move a gene towards a random bound by the fraction 1 - u ** strength, u uniform in 0 to 1.

    With strength 1 the result is uniform between gene and bound. With a small strength it is mostly close to the gene.
    """
    bound = high if random.random() <= 0.5 else low
    share: float = 1.0 - random.random() ** strength
    return gene + (bound - gene) * share


@of_all
def mutate_all(random: Random, candidate: Candidate, arguments: dict[str, Any]) -> Candidate:
    """Move every gene of a candidate towards a bound."""
    bounder, strength = arguments["_ec"].bounder, arguments["mutation_strength"]
    genes = zip(candidate, bounder.lower_bound, bounder.upper_bound, strict=True)
    return [towards_bound(random, *gene, strength) for gene in genes]


@of_all
def mutate_some(random: Random, candidate: Candidate, arguments: dict[str, Any]) -> Candidate:
    """Move each gene of a candidate with probability `mutation_rate` towards a bound, less far in later generations."""
    computation, rate = arguments["_ec"], arguments["mutation_rate"]
    shrunk = 1.0 + computation.num_generations / arguments["shrinking_generations"]
    strength = arguments["mutation_strength"] / shrunk
    genes = zip(candidate, computation.bounder.lower_bound, computation.bounder.upper_bound, strict=True)
    return [towards_bound(random, *gene, strength) if random.random() < rate else gene[0] for gene in genes]


@OPTIMIZERS.entering("netpyne_custom", place=8)
class NetPyNECustom(Evolution):
    """Search with NetPyNE's `custom`, unchanged: tournaments, uniform crossover, strong mutation of all genes.

    No candidate is kept by default. There is no `mutation_rate`: NetPyNE accepts one and ignores it.
    """

    COMPONENTS = {
        "selector": selectors.tournament_selection,
        "variator": [variators.uniform_crossover, mutate_all],
        "replacer": replacers.generational_replacement,
    }
    # Names and defaults are NetPyNE's or inspyred's; population_size is chosen.
    SETTINGS = {
        **population_size(10, at_least=2),
        **TOURNAMENT,
        **CROSSOVER,
        "ux_bias": Key("number", 0.5, at_least=0, at_most=1),
        "mutation_strength": Key("number", 1.0, above=0),
        "num_elites": Key("whole", 0, at_least=0),
    }


@OPTIMIZERS.entering("custom", place=7)
class Custom(NetPyNECustom):
    """Search with NetPyNE's `custom`, corrected: `mutation_rate` works, the best candidate is kept, steps shrink.

    After `shrinking_generations` generations mutation is half as strong as at first, after twice as many a third.
    """

    COMPONENTS = NetPyNECustom.COMPONENTS | {"variator": [variators.uniform_crossover, mutate_some]}
    # Chosen: a fifth of NetPyNE's mutation_strength, so that half of the genes move by small steps.
    SETTINGS = NetPyNECustom.SETTINGS | {
        "mutation_rate": Key("number", 0.5, at_least=0, at_most=1),
        "mutation_strength": Key("number", 0.2, above=0),
        "shrinking_generations": Key("number", 10.0, above=0),
        "num_elites": Key("whole", 1, at_least=0),
    }
