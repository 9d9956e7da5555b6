"""Which steps of a script act on the created network, from its text alone."""

from tests.loops import loop_over
from tuner.study import live_steps

CREATE = "sim.initialize(a, b)\npops = sim.net.createPops()\nsim.net.createCells()\nsim.net.connectCells()\n"
STEPS = f"from netpyne import sim\n{CREATE}sim.net.addStims()\nsim.setupRecording()\n"
HEAD = "from netpyne import sim\n"
OWN = "from netpyne import sim\ndef change():\n    sim.h.celsius = 30\ndef read():\n    print(sim.net.cells)\n"
CLASS = "class A:\n def go(self):\n  sim.create(a)\n  self.f()\n def f(self):\n  x.y = 1\nA().go()\n"


def _file(tmp_path, text):
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "init.py").write_text(text)
    return tmp_path / "init.py"


@loop_over(
    "text",
    [
        STEPS + "sim.runSim()\nsim.gatherData()\n",
        STEPS + "print(len(sim.net.cells))\nif sim.rank == 0:\n    print('ready')\nsim.simulate()\n",
        HEAD + "def main():\n    sim.create(a, b)\n    sim.simulate()\nif __name__ == '__main__':\n    main()\n",
        HEAD + "import time\nsim.create(a, b)\nbegan = time.time()\nsim.saveData()\nsim.simulate()\n",
        HEAD + "from own import read\nsim.create(a, b)\nread()\nsim.simulate()\n",
        "import netpyne.sim as s\ns.createSimulateAnalyze(a, b)\n",
        HEAD + "for each in values:\n    sim.createSimulate(a, b)\n",
        "netParams = make()\nsimConfig = make()\n",
        "this is not Python\n",
    ],
)
def test_scripts_that_leave_the_network_alone(text, tmp_path):
    assert live_steps.read(_file(tmp_path, text), [tmp_path]).reason == ""


@loop_over(
    ("text", "place"),
    [
        (STEPS + "for cell in sim.net.cells:\n    cell.secs['a']['hObj'].g_pas = 0\nsim.runSim()\n", "init.py:9"),
        (HEAD + "sim.create(a, b)\nsim.h.celsius = 40\nsim.simulate()\n", "init.py:3"),
        (HEAD + "sim.create(a, b)\nsim.net.modifyCells({})\nsim.simulate()\n", "init.py:3"),
        (HEAD + "def tweak():\n    sim.cfg.dt = 1\nsim.create(a, b)\ntweak()\nsim.simulate()\n", "init.py:3"),
        (
            HEAD + "class One:\n def go(self):\n  sim.create(a)\n  self.f()\n def f(self):\n  x.y = 1\nOne().go()\n",
            "init.py:7",
        ),
        (HEAD + "from own import change\nsim.create(a, b)\nchange()\nsim.simulate()\n", "own.py:3"),
        (HEAD + "import own\nsim.create(a, b)\nwith open('a') as f:\n    own.change()\nsim.simulate()\n", "own.py:3"),
        (HEAD + "sim.create(a, b)\nunknown(sim.net)\nsim.simulate()\n", "init.py:3"),
        (HEAD + "sim.create(a, b)\nsim.runSimWithIntervalFunc(10, f)\n", "init.py:3"),
        (STEPS.replace("sim.net.addStims()\n", "") + "sim.runSim()\n", "init.py:6"),
        (STEPS + "sim.setupRecording()\nsim.runSim()\n", "init.py:8"),
        (HEAD + "if a:\n    sim.create(a, b)\nsim.simulate()\n", "init.py:2"),
        (HEAD + "h.FInitializeHandler(f)\nsim.createSimulate(a, b)\n", "init.py:2"),
        (HEAD + "def never():\n    sim.create(a, b)\n", "init.py:3"),
    ],
)
def test_scripts_that_change_the_network_or_may_do_so(text, place, tmp_path):
    reason = live_steps.read(_file(tmp_path, text), [tmp_path]).reason
    assert reason.startswith("the script ") and reason.endswith(f"({place})"), reason


def test_steps_after_the_first_simulation_are_named_each_in_a_line(tmp_path):
    text = """from netpyne import sim
def go():
    sim.simulate()
sim.create(a, b)
go()
sim.net.modifyConns({})
go()
sim.analysis.plotRaster(saveFig=True)
for cell in sim.net.cells:
    cell.secs['soma']['hObj'].gnabar_hh = 0
result = dict(sim.allSimData)
result['rate'] = 5
sim.cfg.saveJson = True
sim.saveData()
sim.cfg.duration = 500
print(sim.net.cells[0].gid)
sim.h.run()
"""
    lines = live_steps.read(_file(tmp_path, text), [tmp_path]).not_done
    named = {6: "sim.net.modifyConns(...)", 7: "go(...)", 10: "cell.secs['soma']['hObj'].gnabar_hh = ..."}
    named |= {15: "sim.cfg.duration = ...", 17: "sim.h.run(...)"}
    words = "not done: what the script does after its first simulation"
    assert list(lines) == [f"init.py:{line}: {words} ({what})" for line, what in named.items()]


def test_a_duration_set_between_creation_and_simulation_is_seen(tmp_path):
    before = HEAD + "sim.cfg.duration = 5\nsim.create(a, b)\nsim.simulate()\nsim.cfg.duration = 6\n"
    assert not live_steps.read(_file(tmp_path, before), [tmp_path]).sets_duration
    between = HEAD + "sim.create(a, b)\nsim.cfg.duration = 5\nsim.simulate()\n"
    (tmp_path / "other").mkdir()
    assert live_steps.read(_file(tmp_path / "other", between), [tmp_path]).sets_duration
