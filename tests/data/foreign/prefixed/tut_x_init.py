"""
Starts the network of tut_x step by step.

Usage: python tut_x_init.py
"""

from netpyne import sim

cfg, netParams = sim.readCmdLineArgs(simConfigDefault="tut_x_cfg.py", netParamsDefault="tut_x_netParams.py")

# tried by hand: a little more excitation of the interneurons
netParams.connParams["E->I"]["weight"] *= 1.5
cfg.hParams["v_init"] = -70

sim.initialize(simConfig=cfg, netParams=netParams)  # create network object and set cfg and net params
sim.net.createPops()  # instantiate network populations
sim.net.createCells()  # instantiate network cells based on defined populations
sim.net.connectCells()  # create connections between cells based on params
sim.net.addStims()  # add stimulation
sim.setupRecording()  # setup variables to record for each cell (spikes, V traces, etc)
sim.runSim()  # run parallel Neuron simulation
sim.gatherData()  # gather spiking data and cell info from each node
sim.saveData()  # save params, cell info and sim output to file
sim.analysis.plotData()  # plot spike raster
