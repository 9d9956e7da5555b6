COMMENT
Calcium of the granule cell of 2020: one shell below the membrane with a pump, a mobile buffer and calretinin.

The shell is the outermost of the 11 that the original's numbers divide a compartment into; calcium does not pass on
from it. The pump moves no charge. Calretinin has two alike pairs of sites, of which the second site of a pair binds
once the first has, and a fifth site, which competes with them: Cij has i calciums in one pair and j in the other, CF
one in the fifth. It starts empty, so it takes calcium up at first. Nothing depends on temperature.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX GRC2020_CABUFFER
    USEION ca READ ica WRITE cai
    RANGE cai0, pumps, mobile_total, calretinin_total, thickness
}

UNITS {
    (mA) = (milliamp)
    (mM) = (milli/liter)
    (um) = (micron)
    (mol) = (1)
    F = 96485.33 (coulomb)
}

PARAMETER {
    cai0 = 45e-6 (mM)
    pumps = 1e-9 (mol/cm2)
    mobile_total = 60.9091 (mM)
    calretinin_total = 0.9 (mM)
}

ASSIGNED {
    diam (um)
    ica (mA/cm2)
    thickness (um)
}

STATE {
    cai (mM)
    pump (mM)
    pumpca (mM)
    mobile (mM)
    mobileca (mM)
    C00 (mM)
    C10 (mM)
    C20 (mM)
    C01 (mM)
    C11 (mM)
    C21 (mM)
    C02 (mM)
    C12 (mM)
    C22 (mM)
    CF (mM)
}

BREAKPOINT {
    SOLVE scheme METHOD sparse
}

: thickness is the shell's volume over the membrane's area; 1e10 makes mM of mol/cm2 over um.
INITIAL {
    LOCAL depth
    depth = 0.5 / (10.9495 - 1) / 2
    thickness = diam * 2 * depth * (0.5 - depth / 2)
    cai = cai0
    pump = 1e10 * pumps / thickness
    pumpca = 0
    mobile = mobile_total / (1 + 0.1435 * cai0 / 0.0014)
    mobileca = mobile_total - mobile
    C00 = calretinin_total
    C10 = 0
    C20 = 0
    C01 = 0
    C11 = 0
    C21 = 0
    C02 = 0
    C12 = 0
    C22 = 0
    CF = 0
}

: 1e4 makes mM/ms of mA/cm2 over coulomb/mol and um; forward rates are in /(mM ms), backward ones and the pump's in /ms.
KINETIC scheme {
    ~ cai << (-ica * 1e4 / (2 * F * thickness))
    ~ cai + pump <-> pumpca (3e-3, 1.75e-5)
    ~ pumpca <-> pump (7.255e-5, 0)
    ~ cai + mobile <-> mobileca (0.1435, 0.0014)
    ~ cai + C00 <-> C10 (1.8, 0.053)
    ~ cai + C01 <-> C11 (1.8, 0.053)
    ~ cai + C02 <-> C12 (1.8, 0.053)
    ~ cai + C10 <-> C20 (310, 0.02)
    ~ cai + C11 <-> C21 (310, 0.02)
    ~ cai + C12 <-> C22 (310, 0.02)
    ~ cai + C00 <-> C01 (1.8, 0.053)
    ~ cai + C10 <-> C11 (1.8, 0.053)
    ~ cai + C20 <-> C21 (1.8, 0.053)
    ~ cai + C01 <-> C02 (310, 0.02)
    ~ cai + C11 <-> C12 (310, 0.02)
    ~ cai + C21 <-> C22 (310, 0.02)
    ~ cai + C00 <-> CF (7.3, 0.24)
}
