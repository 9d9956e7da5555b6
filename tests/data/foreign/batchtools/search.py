"""Searches by Ray. Run from this folder: python search.py"""

from netpyne.batchtools.search import search

params = {
    "weight.EI": [0.0005, 0.01],  # two numbers: uniform between them
    "weight.IE": [0.001, 0.02],
    "probabilities.0": [0.1, 0.3, 0.5],  # more: a choice
}

run_config = {"command": "python init.py"}

result = search(
    job_type="sh",
    comm_type="socket",
    label="rates",
    params=params,
    output_path="./batch",
    checkpoint_path="./ckpt",
    run_config=run_config,
    num_samples=8,
    metric="loss",
    mode="min",
    algorithm="optuna",
    max_concurrent=2,
)
