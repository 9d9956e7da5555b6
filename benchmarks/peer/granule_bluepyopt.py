"""Evaluate or optimise the granule cell of the study `granule` with BluePyOpt.

Cell, mechanisms, protocols, features and scores are the same as in the study. Run `python granule_bluepyopt.py
TASK.json` in an environment that has BluePyOpt. The program evaluates the `vectors` of the task one after the other. If
the task has `generations`, BluePyOpt's DEAP optimisation searches instead. The result is printed as a line of JSON.
"""

import contextlib
import json
import sys
import time
from pathlib import Path

import bluepyopt
import bluepyopt.ephys as ephys

SOMATIC, DENDRITIC, HILLOCK, AXONAL = "somatic", "basal", "axonal", "myelinated"
PLACES = {"soma": SOMATIC, "dend": DENDRITIC, "axon0": HILLOCK, "axon1": AXONAL}


class Morphology(ephys.morphologies.NrnFileMorphology):
    """Load soma and dendrites from a file, and create hillock and axon."""

    @staticmethod
    def replace_axon(sim: object = None, icell: object = None, **_: object) -> None:
        sim.neuron.h.execute("create axon[1], myelin[1]", icell)
        hillock, axon = icell.axon[0], icell.myelin[0]
        hillock.L, hillock.diam, hillock.nseg = 2.5, 1.5, 1
        axon.L, axon.diam, axon.nseg = 70.0, 0.3, 3
        for section, names in ((hillock, (icell.axonal, icell.all)), (axon, (icell.myelinated, icell.all))):
            for name in names:
                name.append(sec=section)
        hillock.connect(icell.soma[0](1.0), 0.0)
        axon.connect(hillock(1.0), 0.0)


def morphology(folder: Path) -> str:
    """Write the morphology file of the cell, and return the path of the file.

    The soma is a cylinder with the area of the study's soma. Four dendrites start from the middle of the soma.
    """
    half = 5.710481 / 2
    lines = [f"1 1 0 0 0 {half} -1", f"2 1 0 {-half} 0 {half} 1", f"3 1 0 {half} 0 {half} 1"]
    for dendrite in range(4):
        first, x = 4 + 2 * dendrite, (-1) ** dendrite * (1 + dendrite // 2)
        lines += [f"{first} 3 {x} 0 0 0.375 1", f"{first + 1} 3 {x} 0 15 0.375 {first}"]
    file = folder / "granule.swc"
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def at(place: str) -> list[object]:
    return [ephys.locations.NrnSeclistLocation(place, seclist_name=PLACES[place])]


def model(task: dict, folder: Path) -> ephys.models.CellModel:
    mechanisms = [
        ephys.mechanisms.NrnMODMechanism(name=f"{name}_{place}", suffix=name, locations=at(place))
        for place, names in task["mechanisms"].items()
        for name in names
    ]
    parameters = [
        ephys.parameters.NrnGlobalParameter(name=name, param_name=name, frozen=True, value=value)
        for name, value in (("celsius", 37.0), ("v_init", -70.0))
    ]
    for place, table in task["fixed"].items():
        parameters += [
            ephys.parameters.NrnSectionParameter(
                name=f"{name}_{place}", param_name=name, value=value, frozen=True, locations=at(place)
            )
            for name, value in table.items()
        ]
    for name, (place, variable, low, high) in task["free"].items():
        parameters.append(
            ephys.parameters.NrnSectionParameter(
                name=name, param_name=variable, bounds=[low, high], locations=at(place)
            )
        )
    return ephys.models.CellModel(
        "granule", morph=Morphology(morphology(folder), do_replace_axon=True), mechs=mechanisms, params=parameters
    )


def evaluator(task: dict, folder: Path) -> ephys.evaluators.CellEvaluator:
    soma = ephys.locations.NrnSeclistCompLocation("soma", seclist_name=SOMATIC, sec_index=0, comp_x=0.5)
    protocols, objectives = {}, []
    for name, amp in task["currents"].items():
        stimulus = ephys.stimuli.NrnSquarePulse(amp, 100, 2000, location=soma, total_duration=2200)
        recording = ephys.recordings.CompRecording(name=f"{name}.soma.v", location=soma, variable="v")
        protocols[name] = ephys.protocols.SweepProtocol(name, [stimulus], [recording])
    for name, (protocol, feature, mean, deviation) in task["targets"].items():
        measured = ephys.efeatures.eFELFeature(
            name, efel_feature_name=feature, recording_names={"": f"{protocol}.soma.v"}, stim_start=100,
            stim_end=2100, exp_mean=mean, exp_std=deviation, max_score=250, force_max_score=True,
        )  # fmt: skip
        objectives.append(ephys.objectives.SingletonObjective(name, measured))
    return ephys.evaluators.CellEvaluator(
        cell_model=model(task, folder),
        param_names=list(task["free"]),
        fitness_protocols=protocols,
        fitness_calculator=ephys.objectivescalculators.ObjectivesCalculator(objectives),
        sim=ephys.simulators.NrnSimulator(cvode_active=True),
    )


def main() -> None:
    file = Path(sys.argv[1])
    task = json.loads(file.read_text())
    with contextlib.redirect_stdout(sys.stderr):
        evaluate = evaluator(task, file.parent)
        evaluate.sim.neuron.h.nrn_load_dll(task["library"])
        evaluate.evaluate_with_lists(task["vectors"][0])
        began = time.perf_counter()
        if task["generations"]:
            search = bluepyopt.deapext.optimisations.DEAPOptimisation(evaluate, offspring_size=10, seed=task["seed"])
            history = search.run(max_ngen=task["generations"])[3]
            result = {"best": min(sum(each.fitness.values) for each in history.genealogy_history.values())}
        else:
            result = {"totals": [sum(evaluate.evaluate_with_lists(vector)) for vector in task["vectors"]]}
    print(json.dumps({**result, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
