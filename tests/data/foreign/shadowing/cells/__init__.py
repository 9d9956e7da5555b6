"""The cells of this model."""

DIAM = 18.0
GNABAR = 0.12


def soma(diam=DIAM):
    return {
        "geom": {"diam": diam, "L": diam, "Ra": 100},
        "mechs": {"hh": {"gnabar": GNABAR, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}},
    }
