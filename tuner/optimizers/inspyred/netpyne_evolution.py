"""NetPyNE's own evolutionary algorithm, `custom`: as it is, and mended."""

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
    """Return inspyred's variator that mutates each of the candidates."""
    variator: Variation = variators.mutator(mutate)
    return variator


def towards_bound(random: Random, gene: float, low: float, high: float, strength: float) -> float:
    """A gene moved to one of its bounds by the share 1 - u ** strength, u uniform in 0 to 1.

    Uniform between gene and bound if the strength is 1; mostly near the gene if it is small.
    """
    bound = high if random.random() <= 0.5 else low
    share: float = 1.0 - random.random() ** strength
    return gene + (bound - gene) * share


@of_all
def mutate_all(random: Random, candidate: Candidate, arguments: dict[str, Any]) -> Candidate:
    """The candidate with every gene moved towards a bound."""
    bounder, strength = arguments["_ec"].bounder, arguments["mutation_strength"]
    genes = zip(candidate, bounder.lower_bound, bounder.upper_bound, strict=True)
    return [towards_bound(random, *gene, strength) for gene in genes]


@of_all
def mutate_some(random: Random, candidate: Candidate, arguments: dict[str, Any]) -> Candidate:
    """The candidate with each gene moved towards a bound with chance `mutation_rate`, less far as time goes on."""
    computation, rate = arguments["_ec"], arguments["mutation_rate"]
    shrunk = 1.0 + computation.num_generations / arguments["shrinking_generations"]
    strength = arguments["mutation_strength"] / shrunk
    genes = zip(candidate, computation.bounder.lower_bound, computation.bounder.upper_bound, strict=True)
    return [towards_bound(random, *gene, strength) if random.random() < rate else gene[0] for gene in genes]


@OPTIMIZERS.entering("netpyne_custom", place=8)
class NetPyNECustom(Evolution):
    """NetPyNE's `custom` as it is: tournaments, uniform crossover, every gene of every child moved far, no elites.

    There is no `mutation_rate`: NetPyNE takes one and ignores it.
    """

    COMPONENTS = {
        "selector": selectors.tournament_selection,
        "variator": [variators.uniform_crossover, mutate_all],
        "replacer": replacers.generational_replacement,
    }
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
    """NetPyNE's `custom`, mended: `mutation_rate` is obeyed, the best is kept, and steps are smaller and shrink.

    After `shrinking_generations` mutation is half as strong as at first, after twice as many a third.
    """

    COMPONENTS = NetPyNECustom.COMPONENTS | {"variator": [variators.uniform_crossover, mutate_some]}
    SETTINGS = NetPyNECustom.SETTINGS | {
        "mutation_rate": Key("number", 0.5, at_least=0, at_most=1),
        "mutation_strength": Key("number", 0.2, above=0),
        "shrinking_generations": Key("number", 10.0, above=0),
        "num_elites": Key("whole", 1, at_least=0),
    }
