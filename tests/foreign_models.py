"""Models as users have them, in tests/data/foreign: how each is started, what is odd about it, what changes it.

All are small (10 to 32 cells, 120 to 250 ms), spike in two populations, are driven by NetStims and give the same raster
in every process. The entries lie in tests/data/foreign; `CASES[case].tunable` has a change of cfg and one of netParams
that both show in the raster.

case          | entry                  | tunable (cfg unless said)      | what is odd about it
--------------|------------------------|--------------------------------|-----------------------------------------------
indexed       | indexed                | gkslow probability weightEI    | src/; data file relative to the top; an .inc;
              | (index.npjson)         | weightIE weightEE numE         | an unused mod file does not compile (NetPyNE
              |                        |                                | then prints errors, goes on without kslow)
indexed_small | indexed/small.npjson   | the same                       | simConfig_variable and netParams_variable name
              |                        |                                | others: fewer cells, another background
pair          | pair                   | weights[i] probability noise   | simConfig, not cfg; int labels; numpy weight;
              |                        | IClamp1['amp']                 | string weight; own seeds; utils.py; recordLFP
              |                        | tune['soma']['Ra']             | raises; weightEtoI scaleGABA prob_IE unread;
              |                        |                                | hParams['celsius'] overwritten by netParams
prefixed      | prefixed/tut_x_init.py | drive weightIE                 | netParams imports tut_x_cfg by name, never
              |                        | netParams E->I weight          | __main__.cfg; init.py changes E->I weight and
              |                        |                                | v_init; step by step calls
src_pair      | src_pair               | gain gshunt                    | src/ without index; mod at the top; hoc cell;
              | (src/init.py)          |                                | populations from a csv relative to the top
shadowing     | shadowing              | probability weightScale        | imports its own cells, batch, network,
              |                        | rates['A']                     | netparams, store, model by name
tutorial      | script/tutorial.py     | netParams S->M weight, noise   | runs when imported; tail writes, fails, quits;
              |                        | rate; duration                 | saves pictures
interactive   | script/interactive.py  | weight                         | createSimulateAnalyze() reads __main__; writes
              |                        | netParams feedback weight      | log.txt before creating; prints 10,000 lines
saved_json    | saved/network.json     | netParams A->B B->A A->A       | as NetPyNE saves it, without net
saved_pkl     | saved/network.pkl      | weight, probability;           | the same, a dict pickled
saved_specs   | saved/specs.pkl        | seeds['stim']                  | (NetParams, SimConfig) pickled
one_file      | one_file               | weight                         | executed twice: netParams reads the cfg of the
              | (index.npjson)         |                                | second time, the simulation that of the first
batch_evol    | batch_evol/batch.py    | probEI weightEI                | init.py is the plain run; batch_dotted.py has
              |                        | conn['IE']['weight'],['delay'] | a label NetPyNE 1.1.1 cannot set
              |                        | IClamp1['amp']                 |
batch_windows | batch_windows/batch.py | rate1 rate2 weightEE           | popRates by window; also batch_maximize,
              |                        | weightEI weightIE              | batch_evol_maximize, batch_asd, batch_grid
              |                        |                                | (paths count from src), batch_objects,
              |                        |                                | batch_blackbox (netParamsFile lacks its .py)
batchtools    | batchtools/search.py   | weight['EI'] weight['IE']      | needs batchtk and Ray: a stand-in for both in
              |                        | probabilities[i] rate          | the plain run of init.py
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

FOREIGN = Path(__file__).resolve().parent / "data" / "foreign"


class Spot(NamedTuple):
    """Where a model's file may be edited: an object is complete at the file's end, or before a line that starts so."""

    file: str
    variable: str
    before: str = ""


@dataclass(frozen=True)
class Case:
    """One model and the way its user starts it."""

    entry: str  # what a user would name, below FOREIGN
    way: str  # index, script, pair, saved or pickled
    cfg: Spot | None = None
    net_params: Spot | None = None
    start: str = ""  # the script or index file, in the model's folder
    mods: str = ""  # the folder of the mod files, in the model's folder
    does_not_compile: tuple[str, ...] = ()
    ends_before: str = ""  # the script is run up to the line that starts so
    needs: str = ""  # what has to be changed in cfg for NetPyNE to run it at all
    tunable: dict[str, str] = field(default_factory=dict)  # a change of each kind that shows in the raster

    @property
    def folder(self) -> str:
        return self.entry.split("/")[0]


CFG, NET = Spot("cfg.py", "cfg"), Spot("netParams.py", "netParams")
SRC_CFG, SRC_NET = Spot("src/cfg.py", "cfg"), Spot("src/netParams.py", "netParams")
CREATE = "# Create network and run simulation"

CASES = {
    "indexed": Case(
        "indexed",
        "index",
        SRC_CFG,
        SRC_NET,
        start="index.npjson",
        mods="mod",
        does_not_compile=("oldstim.mod",),
        tunable={"cfg": "cfg.gkslow = 0.003", "netParams": "netParams.connParams['E->I']['weight'] = 0.008"},
    ),
    "indexed_small": Case(
        "indexed/small.npjson",
        "index",
        Spot("src/cfg.py", "cfg_small"),
        Spot("src/netParams.py", "netParams_small"),
        start="small.npjson",
        mods="mod",
        does_not_compile=("oldstim.mod",),
        tunable={"cfg": "cfg.numE = 9", "netParams": "netParams.connParams['E->I']['weight'] = 0.02"},
    ),
    "pair": Case(
        "pair",
        "pair",
        Spot("cfg.py", "simConfig"),
        NET,
        needs="cfg.recordLFP = []",
        tunable={"cfg": "cfg.IClamp1['amp'] = 0.3", "netParams": "netParams.connParams[0]['weight'] = 0.008"},
    ),
    "prefixed": Case(
        "prefixed",
        "script",
        Spot("tut_x_cfg.py", "cfg"),
        Spot("tut_x_netParams.py", "netParams"),
        start="tut_x_init.py",
        tunable={"cfg": "cfg.drive = 120.0", "netParams": "netParams.connParams['E->I']['weight'] = 0.004"},
    ),
    "src_pair": Case(
        "src_pair",
        "script",
        SRC_CFG,
        SRC_NET,
        start="src/init.py",
        mods=".",
        tunable={"cfg": "cfg.gshunt = 0.0005", "netParams": "netParams.connParams['ExcInh']['weight'] = 0.01"},
    ),
    "shadowing": Case(
        "shadowing",
        "pair",
        CFG,
        NET,
        tunable={"cfg": "cfg.probability = 0.7", "netParams": "netParams.connParams['AB']['weight'] = 0.01"},
    ),
    "tutorial": Case(
        "script/tutorial.py",
        "script",
        Spot("tutorial.py", "simConfig", CREATE),
        Spot("tutorial.py", "netParams", CREATE),
        start="tutorial.py",
        ends_before="# After the run",
        tunable={"cfg": "cfg.duration = 150", "netParams": "netParams.connParams['S->M']['weight'] = 0.02"},
    ),
    "interactive": Case(
        "script/interactive.py",
        "script",
        Spot("interactive.py", "simConfig", "netParams.connParams['recurrent']"),
        Spot("interactive.py", "netParams", "if __name__"),
        start="interactive.py",
        tunable={"cfg": "cfg.weight = 0.02", "netParams": "netParams.connParams['feedback']['weight'] = 0.03"},
    ),
    "saved_json": Case(
        "saved/network.json",
        "saved",
        start="network.json",
        tunable={"cfg": "cfg.seeds['stim'] = 60", "netParams": "netParams.connParams['A->B']['weight'] = 0.01"},
    ),
    "saved_pkl": Case(
        "saved/network.pkl",
        "saved",
        start="network.pkl",
        tunable={"cfg": "cfg.seeds['stim'] = 60", "netParams": "netParams.connParams['A->B']['weight'] = 0.01"},
    ),
    "saved_specs": Case(
        "saved/specs.pkl",
        "pickled",
        start="specs.pkl",
        tunable={"cfg": "cfg.seeds['stim'] = 60", "netParams": "netParams.connParams['A->B']['weight'] = 0.01"},
    ),
    "one_file": Case(
        "one_file",
        "index",
        Spot("model.py", "cfg", "# Network parameters"),
        Spot("model.py", "netParams"),
        start="index.npjson",
        tunable={"cfg": "cfg.weight = 0.01", "netParams": "netParams.connParams['in->out']['weight'] = 0.01"},
    ),
    "batch_evol": Case(
        "batch_evol",
        "script",
        CFG,
        NET,
        start="init.py",
        tunable={
            "cfg": "cfg.conn['IE']['weight'] = 0.02",
            "netParams": "netParams.connParams['E->I']['weight'] = 0.01",
        },
    ),
    "batch_windows": Case(
        "batch_windows",
        "script",
        SRC_CFG,
        SRC_NET,
        start="src/init.py",
        tunable={"cfg": "cfg.rate2 = 150.0", "netParams": "netParams.connParams['EI']['weight'] = 0.01"},
    ),
    "batchtools": Case(
        "batchtools",
        "script",
        CFG,
        NET,
        start="init.py",
        tunable={"cfg": "cfg.weight['EI'] = 0.01", "netParams": "netParams.connParams['I->E']['weight'] = 0.02"},
    ),
}
