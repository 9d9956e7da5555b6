"""Files of references, and the spike trains of a reference."""

import json


def written(folder, content, name="data.txt"):
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def trains(reference, population, end_ms=200.0):
    spikes = reference.raster(population, end_ms).spikes(population)
    return [spikes.times[spikes.cells == cell].tolist() for cell in range(spikes.n_cells)]
