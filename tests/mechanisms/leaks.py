"""Folders of NMODL files of leak currents."""

LEAK = """COMMENT
POINT_PROCESS not_this
ENDCOMMENT
NEURON {{ SUFFIX {name} : SUFFIX nor_this
  NONSPECIFIC_CURRENT i
  RANGE g, e
}}
UNITS {{ (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }}
PARAMETER {{ g = {g} (S/cm2) e = -70 (mV) }}
ASSIGNED {{ v (mV) i (mA/cm2) }}
BREAKPOINT {{ i = g * (v - e) }}
"""


def folder(tmp_path, name, **mechanism_g):
    path = tmp_path / name
    path.mkdir()
    for mechanism, g in mechanism_g.items():
        (path / f"{mechanism}.mod").write_text(LEAK.format(name=mechanism, g=g))
    return path
