COMMENT
Signalling of a dendritic spine head of 0.5 fl, from pulses of influx to its AMPA receptors: 204 species, 262 reactions.
Written by netparams/kinetics from the tables in netparams/data/spine: change these, not this file.

Source: Maki-Marttunen, Iannella, Edwards, Einevoll & Blackwell 2020, eLife 9:e55714; ModelDB 260971 (CC BY 4.0).

conductance is that of all AMPA receptors in the membrane, tetramers drawn at random from its GluR1 and GluR2, whose
molecules these are; S831 are those of GluR1 that are phosphorylated there.
Variable time step, with an absolute tolerance of 1e-9 mM: concentrations that decide are as low as 1e-6 mM, and the
conductance at rest is right to 0.02 % (0.05 % with 1e-8 mM).
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS SpinePlasticity
    RANGE conductance, GluR1, GluR2, S831, Ca, peak_Ca, influx
    RANGE pulse_duration, flux_Ca, flux_L, flux_Glu, flux_ACh
    RANGE amount_CaOut, amount_Leak, amount_Calbin, amount_CalbinC, amount_LOut, amount_Epac1, amount_PMCA, amount_NCX
    RANGE amount_L, amount_R, amount_Gs, amount_Gi, amount_AC1, amount_ATP, amount_AC8, amount_PDE1, amount_AMP
    RANGE amount_Ng, amount_CaM, amount_PP2B, amount_CK, amount_PKA, amount_I1, amount_PP1, amount_GluR1
    RANGE amount_GluR1_memb, amount_PDE4, amount_fixedbuffer, amount_MGluR, amount_GluOut, amount_Gqabg, amount_PLC
    RANGE amount_Pip2, amount_PIkinase, amount_Ip3degPIk, amount_PKC, amount_DAG, amount_DAGK, amount_DGL, amount_CaDGL
    RANGE amount_DAGCaDGL, amount_Ip3degrad, amount_GluR2, amount_GluR2_memb, amount_PP2A, amount_M1R, amount_PLA2
    RANGE rate_125, rate_126, rate_127, rate_154, rate_157, rate_160, rate_163, rate_166, rate_169, rate_172, rate_175
    RANGE rate_178, rate_181, rate_184, rate_187, rate_206, rate_209, rate_212, rate_215, rate_218, rate_221, rate_224
    RANGE rate_227, rate_230, rate_233, rate_236, rate_239, rate_317
}

UNITS {
    (mM) = (milli/liter)
    (pS) = (picosiemens)
}

PARAMETER {
    pulse_duration = 3 (ms)
    flux_Ca = 1900 (/ms) : molecules
    flux_L = 10 (/ms) : molecules
    flux_Glu = 20 (/ms) : molecules
    flux_ACh = 20 (/ms) : molecules
    amount_CaOut = 1 (1)
    amount_Leak = 1 (1)
    amount_Calbin = 1 (1)
    amount_CalbinC = 1 (1)
    amount_LOut = 1 (1)
    amount_Epac1 = 1 (1)
    amount_PMCA = 1 (1)
    amount_NCX = 1 (1)
    amount_L = 1 (1)
    amount_R = 1 (1)
    amount_Gs = 1 (1)
    amount_Gi = 1 (1)
    amount_AC1 = 1 (1)
    amount_ATP = 1 (1)
    amount_AC8 = 1 (1)
    amount_PDE1 = 1 (1)
    amount_AMP = 1 (1)
    amount_Ng = 1 (1)
    amount_CaM = 1 (1)
    amount_PP2B = 1 (1)
    amount_CK = 1 (1)
    amount_PKA = 1 (1)
    amount_I1 = 1 (1)
    amount_PP1 = 1 (1)
    amount_GluR1 = 1 (1)
    amount_GluR1_memb = 1 (1)
    amount_PDE4 = 1 (1)
    amount_fixedbuffer = 1 (1)
    amount_MGluR = 1 (1)
    amount_GluOut = 1 (1)
    amount_Gqabg = 1 (1)
    amount_PLC = 1 (1)
    amount_Pip2 = 1 (1)
    amount_PIkinase = 1 (1)
    amount_Ip3degPIk = 1 (1)
    amount_PKC = 1 (1)
    amount_DAG = 1 (1)
    amount_DAGK = 1 (1)
    amount_DGL = 1 (1)
    amount_CaDGL = 1 (1)
    amount_DAGCaDGL = 1 (1)
    amount_Ip3degrad = 1 (1)
    amount_GluR2 = 1 (1)
    amount_GluR2_memb = 1 (1)
    amount_PP2A = 1 (1)
    amount_M1R = 1 (1)
    amount_PLA2 = 1 (1)
    rate_125 = 1 (1)
    rate_126 = 1 (1)
    rate_127 = 1 (1)
    rate_154 = 1 (1)
    rate_157 = 1 (1)
    rate_160 = 1 (1)
    rate_163 = 1 (1)
    rate_166 = 1 (1)
    rate_169 = 1 (1)
    rate_172 = 1 (1)
    rate_175 = 1 (1)
    rate_178 = 1 (1)
    rate_181 = 1 (1)
    rate_184 = 1 (1)
    rate_187 = 1 (1)
    rate_206 = 1 (1)
    rate_209 = 1 (1)
    rate_212 = 1 (1)
    rate_215 = 1 (1)
    rate_218 = 1 (1)
    rate_221 = 1 (1)
    rate_224 = 1 (1)
    rate_227 = 1 (1)
    rate_230 = 1 (1)
    rate_233 = 1 (1)
    rate_236 = 1 (1)
    rate_239 = 1 (1)
    rate_317 = 1 (1)
}

ASSIGNED {
    conductance (pS)
    GluR1 (1)
    GluR2 (1)
    S831 (1)
    Ca (mM)
    peak_Ca (mM)
    influx (1) : sum of the weights of the pulses that are on
    pulses (1)
}

STATE {
    c[204] (mM)
}

INITIAL {
    influx = 0
    pulses = 0
    c[0] = 0 : Ca
    c[1] = 1.9 * amount_CaOut : CaOut
    c[2] = 0 : CaOutLeak
    c[3] = 0.002 * amount_Leak : Leak
    c[4] = 0.15 * amount_Calbin : Calbin
    c[5] = 0.015 * amount_CalbinC : CalbinC
    c[6] = 2.5 * amount_LOut : LOut
    c[7] = 0.0005 * amount_Epac1 : Epac1
    c[8] = 0 : Epac1cAMP
    c[9] = 0.022 * amount_PMCA : PMCA
    c[10] = 0.54 * amount_NCX : NCX
    c[11] = 0 : PMCACa
    c[12] = 0 : NCXCa
    c[13] = 1e-05 * amount_L : L
    c[14] = 0.0016 * amount_R : R
    c[15] = 0.013 * amount_Gs : Gs
    c[16] = 0.0026 * amount_Gi : Gi
    c[17] = 0 : LR
    c[18] = 0 : LRGs
    c[19] = 0 : PKAcLR
    c[20] = 0 : PKAcpLR
    c[21] = 0 : PKAcppLR
    c[22] = 0 : PKAcpppLR
    c[23] = 0 : pLR
    c[24] = 0 : ppLR
    c[25] = 0 : pppLR
    c[26] = 0 : ppppLR
    c[27] = 0 : ppppLRGi
    c[28] = 0 : ppppLRGibg
    c[29] = 0 : PKAcR
    c[30] = 0 : PKAcpR
    c[31] = 0 : PKAcppR
    c[32] = 0 : PKAcpppR
    c[33] = 0 : pR
    c[34] = 0 : ppR
    c[35] = 0 : pppR
    c[36] = 0 : ppppR
    c[37] = 0 : ppppRGi
    c[38] = 0 : ppppRGibg
    c[39] = 0 : GsR
    c[40] = 0 : GsaGTP
    c[41] = 0 : GsaGDP
    c[42] = 0 : GiaGTP
    c[43] = 0 : GiaGDP
    c[44] = 0 : Gibg
    c[45] = 0 : Gsbg
    c[46] = 0 : LRGsbg
    c[47] = 0.00043 * amount_AC1 : AC1
    c[48] = 0 : AC1GsaGTP
    c[49] = 0 : AC1GsaGTPCaMCa4
    c[50] = 0 : AC1GsaGTPCaMCa4ATP
    c[51] = 0 : AC1GiaGTP
    c[52] = 0 : AC1GiaGTPCaMCa4
    c[53] = 0 : AC1GiaGTPCaMCa4ATP
    c[54] = 0 : AC1GsaGTPGiaGTP
    c[55] = 0 : AC1GsaGTPGiaGTPCaMCa4
    c[56] = 0 : AC1GsGiCaMCa4ATP
    c[57] = 2 * amount_ATP : ATP
    c[58] = 0 : cAMP
    c[59] = 0 : AC1CaMCa4
    c[60] = 0 : AC1CaMCa4ATP
    c[61] = 0.00037 * amount_AC8 : AC8
    c[62] = 0 : AC8CaMCa4
    c[63] = 0 : AC8CaMCa4ATP
    c[64] = 0.012 * amount_PDE1 : PDE1
    c[65] = 0 : PDE1CaMCa4
    c[66] = 0 : PDE1CaMCa4cAMP
    c[67] = 0.00098 * amount_AMP : AMP
    c[68] = 0.02 * amount_Ng : Ng
    c[69] = 0 : NgCaM
    c[70] = 0.06 * amount_CaM : CaM
    c[71] = 0 : CaMCa2
    c[72] = 0 : CaMCa3
    c[73] = 0 : CaMCa4
    c[74] = 0.0023 * amount_PP2B : PP2B
    c[75] = 0 : PP2BCaM
    c[76] = 0 : PP2BCaMCa2
    c[77] = 0 : PP2BCaMCa3
    c[78] = 0 : PP2BCaMCa4
    c[79] = 0.023 * amount_CK : CK
    c[80] = 0 : CKCaMCa4
    c[81] = 0 : CKpCaMCa4
    c[82] = 0 : CKp
    c[83] = 0 : Complex
    c[84] = 0 : pComplex
    c[85] = 0 : CKpPP1
    c[86] = 0 : CKpCaMCa4PP1
    c[87] = 0.0064 * amount_PKA : PKA
    c[88] = 0 : PKAcAMP4
    c[89] = 0 : PKAr
    c[90] = 0 : PKAc
    c[91] = 0.0022 * amount_I1 : I1
    c[92] = 0 : I1PKAc
    c[93] = 0 : Ip35
    c[94] = 0.0016 * amount_PP1 : PP1
    c[95] = 0 : Ip35PP1
    c[96] = 0 : Ip35PP2BCaMCa4
    c[97] = 0 : Ip35PP1PP2BCaMCa4
    c[98] = 0 : PP1PP2BCaMCa4
    c[99] = 0.00018 * amount_GluR1 : GluR1
    c[100] = 0 : GluR1_S845
    c[101] = 0 : GluR1_S831
    c[102] = 0 : GluR1_S845_S831
    c[103] = 0 : GluR1_PKAc
    c[104] = 0 : GluR1_CKCam
    c[105] = 0 : GluR1_CKpCam
    c[106] = 0 : GluR1_CKp
    c[107] = 0 : GluR1_PKCt
    c[108] = 0 : GluR1_PKCp
    c[109] = 0 : GluR1_S845_CKCam
    c[110] = 0 : GluR1_S845_CKpCam
    c[111] = 0 : GluR1_S845_CKp
    c[112] = 0 : GluR1_S845_PKCt
    c[113] = 0 : GluR1_S845_PKCp
    c[114] = 0 : GluR1_S831_PKAc
    c[115] = 0 : GluR1_S845_PP1
    c[116] = 0 : GluR1_S845_S831_PP1
    c[117] = 0 : GluR1_S831_PP1
    c[118] = 0 : GluR1_S845_PP2B
    c[119] = 0 : GluR1_S845_S831_PP2B
    c[120] = 9e-05 * amount_GluR1_memb : GluR1_memb
    c[121] = 0 : GluR1_memb_S845
    c[122] = 0 : GluR1_memb_S831
    c[123] = 0 : GluR1_memb_S845_S831
    c[124] = 0 : GluR1_memb_PKAc
    c[125] = 0 : GluR1_memb_CKCam
    c[126] = 0 : GluR1_memb_CKpCam
    c[127] = 0 : GluR1_memb_CKp
    c[128] = 0 : GluR1_memb_PKCt
    c[129] = 0 : GluR1_memb_PKCp
    c[130] = 0 : GluR1_memb_S845_CKCam
    c[131] = 0 : GluR1_memb_S845_CKpCam
    c[132] = 0 : GluR1_memb_S845_CKp
    c[133] = 0 : GluR1_memb_S845_PKCt
    c[134] = 0 : GluR1_memb_S845_PKCp
    c[135] = 0 : GluR1_memb_S831_PKAc
    c[136] = 0 : GluR1_memb_S845_PP1
    c[137] = 0 : GluR1_memb_S845_S831_PP1
    c[138] = 0 : GluR1_memb_S831_PP1
    c[139] = 0 : GluR1_memb_S845_PP2B
    c[140] = 0 : GluR1_memb_S845_S831_PP2B
    c[141] = 0.00067 * amount_PDE4 : PDE4
    c[142] = 0 : PDE4cAMP
    c[143] = 0 : PKAcPDE4
    c[144] = 0 : pPDE4
    c[145] = 0 : pPDE4cAMP
    c[146] = 0 : PKAc_PDE4_cAMP
    c[147] = 0.5 * amount_fixedbuffer : fixedbuffer
    c[148] = 0 : fixedbufferCa
    c[149] = 0 : Glu
    c[150] = 0.0008 * amount_MGluR : MGluR
    c[151] = 0 : MGluR_Glu
    c[152] = 0 : MGluR_Glu_desens
    c[153] = 0 : MGluR_Gqabg_Glu
    c[154] = 1 * amount_GluOut : GluOut
    c[155] = 0.0014 * amount_Gqabg : Gqabg
    c[156] = 0 : GqaGTP
    c[157] = 0 : GqaGDP
    c[158] = 0.00025 * amount_PLC : PLC
    c[159] = 0 : PLCCa
    c[160] = 0 : PLCCaGqaGTP
    c[161] = 0 : PLCGqaGTP
    c[162] = 0.024 * amount_Pip2 : Pip2
    c[163] = 0 : PLCCaPip2
    c[164] = 0 : PLCCaGqaGTPPip2
    c[165] = 0 : Ip3
    c[166] = 0 : PLCCaDAG
    c[167] = 0 : PLCCaGqaGTPDAG
    c[168] = 0.00029 * amount_PIkinase : PIkinase
    c[169] = 0.0004 * amount_Ip3degPIk : Ip3degPIk
    c[170] = 0.015 * amount_PKC : PKC
    c[171] = 0 : PKCCa
    c[172] = 0 : PKCt
    c[173] = 0 : PKCp
    c[174] = 9e-05 * amount_DAG : DAG
    c[175] = 0.0003 * amount_DAGK : DAGK
    c[176] = 0 : DAGKdag
    c[177] = 0 : PA
    c[178] = 0.0016 * amount_DGL : DGL
    c[179] = 0.00025 * amount_CaDGL : CaDGL
    c[180] = 9e-05 * amount_DAGCaDGL : DAGCaDGL
    c[181] = 0 : 2AG
    c[182] = 0 : 2AGdegrad
    c[183] = 0.0006 * amount_Ip3degrad : Ip3degrad
    c[184] = 1.4e-05 * amount_GluR2 : GluR2
    c[185] = 0 : GluR2_PKCt
    c[186] = 0 : GluR2_PKCp
    c[187] = 0 : GluR2_S880
    c[188] = 0 : GluR2_S880_PP2A
    c[189] = 0.000256 * amount_GluR2_memb : GluR2_memb
    c[190] = 0 : GluR2_memb_PKCt
    c[191] = 0 : GluR2_memb_PKCp
    c[192] = 0 : GluR2_memb_S880
    c[193] = 0 : GluR2_memb_S880_PP2A
    c[194] = 0.0005 * amount_PP2A : PP2A
    c[195] = 0 : ACh
    c[196] = 0.00045 * amount_M1R : M1R
    c[197] = 0 : AChM1R
    c[198] = 0 : M1RGq
    c[199] = 0 : AChM1RGq
    c[200] = 0.001 * amount_PLA2 : PLA2
    c[201] = 0 : CaPLA2
    c[202] = 0 : CaPLA2Pip2
    c[203] = 0 : AA
    peak_Ca = c[0]
    measure()
}

BREAKPOINT {
    SOLVE reactions METHOD sparse
}

AFTER SOLVE {
    measure()
}

VERBATIM
#pragma GCC optimize ("O1")
ENDVERBATIM

KINETIC reactions {
    VERBATIM
    double* const _states = c;
    double* const _slopes = Dc;
    #pragma push_macro("c")
    #pragma push_macro("Dc")
    #undef c
    #undef Dc
    #define c _states
    #define Dc _slopes
    ENDVERBATIM
    ~ c[0] << (influx * flux_Ca * 3.32115576221e-06)
    ~ c[13] << (influx * flux_L * 3.32115576221e-06)
    ~ c[149] << (influx * flux_Glu * 3.32115576221e-06)
    ~ c[195] << (influx * flux_ACh * 3.32115576221e-06)
    ~ c[0] + c[9] <-> c[11] (50.0, 0.007)
    ~ c[11] <-> c[9] + c[1] (0.0035, 0)
    ~ c[0] + c[10] <-> c[12] (16.8, 0.0112)
    ~ c[12] <-> c[10] + c[1] (0.0056, 0)
    ~ c[1] + c[3] <-> c[2] (1.5, 0.0011)
    ~ c[2] <-> c[0] + c[3] (0.0011, 0)
    ~ c[0] + c[4] <-> c[5] (28.0, 0.0196)
    ~ c[13] <-> c[6] (0.0005, 2e-09)
    ~ c[13] + c[14] <-> c[17] (5.555, 0.005)
    ~ c[17] + c[15] <-> c[18] (0.6, 1e-06)
    ~ c[15] + c[14] <-> c[39] (0.04, 3e-07)
    ~ c[39] + c[13] <-> c[18] (2.5, 0.0005)
    ~ c[18] <-> c[46] + c[40] (0.02, 0)
    ~ c[46] <-> c[17] + c[45] (0.08, 0)
    ~ c[17] + c[90] <-> c[19] (0.8, 0.00448)
    ~ c[19] <-> c[23] + c[90] (0.001, 0)
    ~ c[23] + c[90] <-> c[20] (0.8, 0.00448)
    ~ c[20] <-> c[24] + c[90] (0.001, 0)
    ~ c[24] + c[90] <-> c[21] (17.12, 0.00448)
    ~ c[21] <-> c[25] + c[90] (0.001, 0)
    ~ c[25] + c[90] <-> c[22] (1712.0, 0.00448)
    ~ c[22] <-> c[26] + c[90] (0.001, 0)
    ~ c[26] + c[16] <-> c[27] (150.0, 0.00025)
    ~ c[27] <-> c[28] + c[42] (0.000125, 0)
    ~ c[28] <-> c[26] + c[44] (0.001, 0)
    ~ c[23] <-> c[17] (2.5e-06, 0)
    ~ c[24] <-> c[23] (2.5e-06, 0)
    ~ c[25] <-> c[24] (2.5e-06, 0)
    ~ c[26] <-> c[25] (2.5e-06, 0)
    ~ c[14] + c[90] <-> c[29] (0.04, 0.00448)
    ~ c[29] <-> c[33] + c[90] (0.001, 0)
    ~ c[33] + c[90] <-> c[30] (0.4, 0.00448)
    ~ c[30] <-> c[34] + c[90] (0.001, 0)
    ~ c[34] + c[90] <-> c[31] (4.0, 0.00448)
    ~ c[31] <-> c[35] + c[90] (0.001, 0)
    ~ c[35] + c[90] <-> c[32] (400.0, 0.00448)
    ~ c[32] <-> c[36] + c[90] (0.001, 0)
    ~ c[36] + c[16] <-> c[37] (75.0, 0.000125)
    ~ c[37] <-> c[38] + c[42] (6.25e-05, 0)
    ~ c[38] <-> c[36] + c[44] (0.001, 0)
    ~ c[33] <-> c[14] (2.5e-06, 0)
    ~ c[34] <-> c[33] (2.5e-06, 0)
    ~ c[35] <-> c[34] (2.5e-06, 0)
    ~ c[36] <-> c[35] (2.5e-06, 0)
    ~ c[40] <-> c[41] (0.01, 0)
    ~ c[41] + c[45] <-> c[15] (100000.0, 0)
    ~ c[42] <-> c[43] (0.000125, 0)
    ~ c[43] + c[44] <-> c[16] (1250.0, 0)
    ~ c[40] + c[47] <-> c[48] (38.5, 0.01)
    ~ c[48] + c[73] <-> c[49] (6.0, 0.0009)
    ~ c[49] + c[57] <-> c[50] (10.0, 2.273)
    ~ c[50] <-> c[58] + c[49] (0.02842, 0)
    ~ c[42] + c[48] <-> c[54] (62.5, 0.01)
    ~ c[54] + c[73] <-> c[55] (6.0, 0.0009)
    ~ c[55] + c[57] <-> c[56] (10.0, 2.273)
    ~ c[56] <-> c[58] + c[55] (0.002842, 0)
    ~ c[42] + c[59] <-> c[52] (62.5, 0.01)
    ~ c[52] + c[57] <-> c[53] (10.0, 2.273)
    ~ c[53] <-> c[58] + c[52] (0.0005684, 0)
    ~ c[47] + c[73] <-> c[59] (6.0, 0.0009)
    ~ c[59] + c[57] <-> c[60] (10.0, 2.273)
    ~ c[60] <-> c[58] + c[59] (0.005684, 0)
    ~ c[51] + c[40] <-> c[54] (62.5, 0.01)
    ~ c[61] + c[73] <-> c[62] (1.25, 0.001)
    ~ c[62] + c[57] <-> c[63] (10.0, 2.273)
    ~ c[63] <-> c[58] + c[62] (0.002842, 0)
    ~ c[70] + 2 c[0] <-> c[71] (17000.0, 0.035)
    ~ c[71] + c[0] <-> c[72] (14.0, 0.228)
    ~ c[72] + c[0] <-> c[73] (26.0, 0.064)
    ~ c[70] + c[68] <-> c[69] (28.0, 0.036)
    ~ c[70] + c[74] <-> c[75] (4.6, 1.2e-06)
    ~ c[71] + c[74] <-> c[76] (46.0, 1.2e-06)
    ~ c[73] + c[74] <-> c[78] (46.0, 1.2e-06)
    ~ c[75] + 2 c[0] <-> c[76] (170000.0, 0.35)
    ~ c[76] + c[0] <-> c[77] (14.0, 0.228)
    ~ c[77] + c[0] <-> c[78] (26.0, 0.064)
    ~ c[73] + c[79] <-> c[80] (10.0, 0.003)
    ~ 2 c[80] <-> c[83] (0.1, 0.01)
    ~ c[81] + c[80] <-> c[84] (0.1, 0.01)
    ~ c[81] + c[83] <-> c[81] + c[84] (0.1, 0)
    ~ c[80] + c[83] <-> c[80] + c[84] (rate_125 * 0.1, 0)
    ~ 2 c[83] <-> c[83] + c[84] (rate_126 * 10.0, 0)
    ~ c[83] + c[84] <-> 2 c[84] (rate_127 * 30.0, 0)
    ~ c[81] <-> c[73] + c[82] (8e-07, 10.0)
    ~ c[82] + c[94] <-> c[85] (0.004, 0.00034)
    ~ c[85] <-> c[94] + c[79] (8.6e-05, 0)
    ~ c[81] + c[94] <-> c[86] (0.004, 0.00034)
    ~ c[86] <-> c[94] + c[80] (8.6e-05, 0)
    ~ c[87] + 4 c[58] <-> c[88] (1600000000.0, 6e-05)
    ~ c[7] + c[58] <-> c[8] (0.031, 6.51e-05)
    ~ c[91] + c[90] <-> c[92] (1.4, 0.0056)
    ~ c[92] <-> c[93] + c[90] (0.0014, 0)
    ~ c[93] + c[94] <-> c[95] (1.0, 1.1e-06)
    ~ c[93] + c[78] <-> c[96] (96.25, 0.33)
    ~ c[96] <-> c[91] + c[78] (0.055, 0)
    ~ c[95] + c[78] <-> c[97] (96.25, 0.33)
    ~ c[97] <-> c[91] + c[98] (0.055, 0)
    ~ c[98] <-> c[94] + c[78] (0.0015, 0)
    ~ c[99] + c[90] <-> c[103] (4.02, 0.024)
    ~ c[103] <-> c[100] + c[90] (rate_154 * 0.006, 0)
    ~ c[99] + c[80] <-> c[104] (0.02224, 0.0016)
    ~ c[104] <-> c[101] + c[80] (rate_157 * 0.0004, 0)
    ~ c[99] + c[81] <-> c[105] (0.0278, 0.002)
    ~ c[105] <-> c[101] + c[81] (rate_160 * 0.0005, 0)
    ~ c[99] + c[82] <-> c[106] (0.02224, 0.0016)
    ~ c[106] <-> c[101] + c[82] (rate_163 * 0.0004, 0)
    ~ c[99] + c[172] <-> c[107] (0.0278, 0.002)
    ~ c[107] <-> c[101] + c[172] (rate_166 * 0.0005, 0)
    ~ c[99] + c[173] <-> c[108] (0.0278, 0.002)
    ~ c[108] <-> c[101] + c[173] (rate_169 * 0.0005, 0)
    ~ c[100] + c[80] <-> c[109] (0.02224, 0.0016)
    ~ c[109] <-> c[102] + c[80] (rate_172 * 0.0004, 0)
    ~ c[100] + c[81] <-> c[110] (0.0278, 0.002)
    ~ c[110] <-> c[102] + c[81] (rate_175 * 0.0005, 0)
    ~ c[100] + c[82] <-> c[111] (0.02224, 0.0016)
    ~ c[111] <-> c[102] + c[82] (rate_178 * 0.0004, 0)
    ~ c[100] + c[172] <-> c[112] (0.0278, 0.002)
    ~ c[112] <-> c[102] + c[172] (rate_181 * 0.0005, 0)
    ~ c[100] + c[173] <-> c[113] (0.0278, 0.002)
    ~ c[113] <-> c[102] + c[173] (rate_184 * 0.0005, 0)
    ~ c[101] + c[90] <-> c[114] (4.0, 0.024)
    ~ c[114] <-> c[102] + c[90] (rate_187 * 0.006, 0)
    ~ c[100] + c[94] <-> c[115] (0.87, 0.00068)
    ~ c[115] <-> c[99] + c[94] (0.00017, 0)
    ~ c[102] + c[94] <-> c[116] (0.875, 0.0014)
    ~ c[116] <-> c[100] + c[94] (0.00035, 0)
    ~ c[116] <-> c[101] + c[94] (0.00035, 0)
    ~ c[101] + c[94] <-> c[117] (0.875, 0.0014)
    ~ c[117] <-> c[99] + c[94] (0.00035, 0)
    ~ c[100] + c[78] <-> c[118] (2.01, 0.008)
    ~ c[118] <-> c[99] + c[78] (0.002, 0)
    ~ c[102] + c[78] <-> c[119] (2.01, 0.008)
    ~ c[119] <-> c[101] + c[78] (0.002, 0)
    ~ c[120] + c[90] <-> c[124] (4.02, 0.024)
    ~ c[124] <-> c[121] + c[90] (rate_206 * 0.006, 0)
    ~ c[120] + c[80] <-> c[125] (0.02224, 0.0016)
    ~ c[125] <-> c[122] + c[80] (rate_209 * 0.0004, 0)
    ~ c[120] + c[81] <-> c[126] (0.0278, 0.002)
    ~ c[126] <-> c[122] + c[81] (rate_212 * 0.0005, 0)
    ~ c[120] + c[82] <-> c[127] (0.02224, 0.0016)
    ~ c[127] <-> c[122] + c[82] (rate_215 * 0.0004, 0)
    ~ c[120] + c[172] <-> c[128] (0.0278, 0.002)
    ~ c[128] <-> c[122] + c[172] (rate_218 * 0.0005, 0)
    ~ c[120] + c[173] <-> c[129] (0.0278, 0.002)
    ~ c[129] <-> c[122] + c[173] (rate_221 * 0.0005, 0)
    ~ c[121] + c[80] <-> c[130] (0.02224, 0.0016)
    ~ c[130] <-> c[123] + c[80] (rate_224 * 0.0004, 0)
    ~ c[121] + c[81] <-> c[131] (0.0278, 0.002)
    ~ c[131] <-> c[123] + c[81] (rate_227 * 0.0005, 0)
    ~ c[121] + c[82] <-> c[132] (0.02224, 0.0016)
    ~ c[132] <-> c[123] + c[82] (rate_230 * 0.0004, 0)
    ~ c[121] + c[172] <-> c[133] (0.0278, 0.002)
    ~ c[133] <-> c[123] + c[172] (rate_233 * 0.0005, 0)
    ~ c[121] + c[173] <-> c[134] (0.0278, 0.002)
    ~ c[134] <-> c[123] + c[173] (rate_236 * 0.0005, 0)
    ~ c[122] + c[90] <-> c[135] (4.0, 0.024)
    ~ c[135] <-> c[123] + c[90] (rate_239 * 0.006, 0)
    ~ c[121] + c[94] <-> c[136] (0.87, 0.00068)
    ~ c[136] <-> c[120] + c[94] (0.00017, 0)
    ~ c[123] + c[94] <-> c[137] (0.875, 0.0014)
    ~ c[137] <-> c[121] + c[94] (0.00035, 0)
    ~ c[137] <-> c[122] + c[94] (0.00035, 0)
    ~ c[122] + c[94] <-> c[138] (0.875, 0.0014)
    ~ c[138] <-> c[120] + c[94] (0.00035, 0)
    ~ c[121] + c[78] <-> c[139] (2.01, 0.008)
    ~ c[139] <-> c[120] + c[78] (0.002, 0)
    ~ c[123] + c[78] <-> c[140] (2.01, 0.008)
    ~ c[140] <-> c[122] + c[78] (0.002, 0)
    ~ c[99] <-> c[120] (2e-07, 8e-07)
    ~ c[103] <-> c[124] (2e-07, 8e-07)
    ~ c[104] <-> c[125] (2e-07, 8e-07)
    ~ c[105] <-> c[126] (2e-07, 8e-07)
    ~ c[106] <-> c[127] (2e-07, 8e-07)
    ~ c[107] <-> c[128] (2e-07, 8e-07)
    ~ c[108] <-> c[129] (2e-07, 8e-07)
    ~ c[101] <-> c[122] (2e-07, 8e-07)
    ~ c[114] <-> c[135] (2e-07, 8e-07)
    ~ c[117] <-> c[138] (2e-07, 8e-07)
    ~ c[100] <-> c[121] (3.28e-05, 8e-06)
    ~ c[109] <-> c[130] (3.28e-05, 8e-06)
    ~ c[110] <-> c[131] (3.28e-05, 8e-06)
    ~ c[111] <-> c[132] (3.28e-05, 8e-06)
    ~ c[112] <-> c[133] (3.28e-05, 8e-06)
    ~ c[113] <-> c[134] (3.28e-05, 8e-06)
    ~ c[102] <-> c[123] (3.28e-05, 8e-06)
    ~ c[115] <-> c[136] (3.28e-05, 8e-06)
    ~ c[116] <-> c[137] (3.28e-05, 8e-06)
    ~ c[118] <-> c[139] (3.28e-05, 8e-06)
    ~ c[119] <-> c[140] (3.28e-05, 8e-06)
    ~ c[64] + c[73] <-> c[65] (100.0, 0.001)
    ~ c[65] + c[58] <-> c[66] (4.6, 0.044)
    ~ c[66] <-> c[65] + c[67] (0.011, 0)
    ~ c[67] <-> c[57] (0.001, 0)
    ~ c[141] + c[58] <-> c[142] (21.66, 0.0034656)
    ~ c[142] <-> c[141] + c[67] (0.017233, 0)
    ~ c[90] + c[141] <-> c[143] (0.25, 8e-05)
    ~ c[143] <-> c[144] + c[90] (2e-05, 0)
    ~ c[144] <-> c[141] (2.5e-06, 0)
    ~ c[144] + c[58] <-> c[145] (433.175, 0.069308)
    ~ c[145] <-> c[144] + c[67] (0.3446674, 0)
    ~ c[142] + c[90] <-> c[146] (0.25, 8e-05)
    ~ c[146] <-> c[145] + c[90] (2e-05, 0)
    ~ c[88] <-> c[89] + 2 c[90] (rate_317 * 0.00024, 25.5 / (c[90] + 1e-15))
    ~ c[0] + c[147] <-> c[148] (400.0, 20.0)
    ~ c[149] <-> c[154] (0.0005, 2e-10)
    ~ c[0] + c[158] <-> c[159] (0.4, 0.001)
    ~ c[156] + c[158] <-> c[161] (0.7, 0.0007)
    ~ c[0] + c[161] <-> c[160] (80.0, 0.04)
    ~ c[156] + c[159] <-> c[160] (100.0, 0.01)
    ~ c[159] + c[162] <-> c[163] (0.03, 0.01)
    ~ c[163] <-> c[166] + c[165] (0.0003, 0)
    ~ c[166] <-> c[159] + c[174] (0.2, 0)
    ~ c[160] + c[162] <-> c[164] (15.0, 0.075)
    ~ c[164] <-> c[167] + c[165] (0.25, 0)
    ~ c[167] <-> c[160] + c[174] (1.0, 0)
    ~ c[183] + c[168] <-> c[169] (2.0, 0.001)
    ~ c[169] <-> c[168] + c[162] (0.001, 0)
    ~ c[161] <-> c[158] + c[157] (0.012, 0)
    ~ c[160] <-> c[159] + c[157] (0.012, 0)
    ~ c[156] <-> c[157] (0.001, 0)
    ~ c[157] <-> c[155] (0.01, 0)
    ~ c[0] + c[178] <-> c[179] (125.0, 0.05)
    ~ c[174] + c[179] <-> c[180] (0.5, 0.001)
    ~ c[180] <-> c[179] + c[181] (0.00025, 0)
    ~ c[165] <-> c[183] (0.01, 0)
    ~ c[181] <-> c[182] (0.005, 0)
    ~ c[174] + c[175] <-> c[176] (0.07, 0.0008)
    ~ c[176] <-> c[175] + c[177] (0.0002, 0)
    ~ c[0] + c[170] <-> c[171] (13.3, 0.05)
    ~ c[171] + c[174] <-> c[172] (0.015, 0.00015)
    ~ c[149] + c[150] <-> c[151] (0.0168, 0.0001)
    ~ c[151] <-> c[152] (6.25e-05, 1e-06)
    ~ c[155] + c[151] <-> c[153] (9.0, 0.00136)
    ~ c[153] <-> c[156] + c[151] (0.0015, 0)
    ~ c[184] + c[172] <-> c[185] (0.4, 0.0008)
    ~ c[185] <-> c[187] + c[172] (0.0047, 0)
    ~ c[184] + c[173] <-> c[186] (0.4, 0.0008)
    ~ c[186] <-> c[187] + c[173] (0.0047, 0)
    ~ c[187] + c[194] <-> c[188] (0.5, 0.005)
    ~ c[188] <-> c[184] + c[194] (0.00015, 0)
    ~ c[189] + c[172] <-> c[190] (0.4, 0.0008)
    ~ c[190] <-> c[192] + c[172] (0.0047, 0)
    ~ c[189] + c[173] <-> c[191] (0.4, 0.0008)
    ~ c[191] <-> c[192] + c[173] (0.0047, 0)
    ~ c[192] + c[194] <-> c[193] (0.5, 0.005)
    ~ c[193] <-> c[189] + c[194] (0.00015, 0)
    ~ c[184] <-> c[189] (0.00024545, 0.0003)
    ~ c[185] <-> c[190] (0.00024545, 0.0003)
    ~ c[186] <-> c[191] (0.00024545, 0.0003)
    ~ c[187] <-> c[192] (0.0055, 0.07)
    ~ c[188] <-> c[193] (0.0055, 0.07)
    ~ c[195] + c[196] <-> c[197] (0.095, 0.0025)
    ~ c[155] + c[197] <-> c[199] (24.0, 0.00042)
    ~ c[155] + c[196] <-> c[198] (0.576, 0.00042)
    ~ c[195] + c[198] <-> c[199] (3.96, 0.0025)
    ~ c[199] <-> c[156] + c[197] (0.0005, 0)
    ~ c[195] -> (0.006)
    ~ c[0] + c[200] <-> c[201] (0.6, 0.003)
    ~ c[201] + c[162] <-> c[202] (22.0, 0.444)
    ~ c[202] <-> c[201] + c[203] (0.111, 0)
    ~ c[203] <-> c[162] (0.001, 0)
    ~ c[172] + c[203] <-> c[173] (0.005, 1.76e-07)
    VERBATIM
    #pragma pop_macro("c")
    #pragma pop_macro("Dc")
    ENDVERBATIM
}

PROCEDURE measure() {
    LOCAL one, two, plain
    GluR1 = 0
    GluR1 = GluR1 + c[120] + c[121] + c[122] + c[123] + c[124] + c[125] + c[126] + c[127] + c[128] + c[129]
    GluR1 = GluR1 + c[130] + c[131] + c[132] + c[133] + c[134] + c[135] + c[136] + c[137] + c[138] + c[139]
    GluR1 = GluR1 + c[140]
    GluR1 = 301100 * GluR1
    GluR2 = 0
    GluR2 = GluR2 + c[189] + c[190] + c[191] + c[192] + c[193]
    GluR2 = 301100 * GluR2
    S831 = 0
    S831 = S831 + c[122] + c[123] + c[135] + c[137] + c[138] + c[140]
    S831 = 301100 * S831
    one = GluR1 / (GluR1 + GluR2)
    two = GluR2 / (GluR1 + GluR2)
    plain = (GluR1 - S831) / (GluR1 + GluR2)
    conductance = 12.4 * plain^4 + 18.9 * (one^4 - plain^4) + 2.2 * two^4
    conductance = (conductance + 2.5 * (1 - one^4 - two^4)) * (GluR1 + GluR2) / 4
    Ca = c[0]
    if (Ca > peak_Ca) { peak_Ca = Ca }
}

NET_RECEIVE(weight) {
    measure()
    if (flag == 0) {
        influx = influx + weight
        pulses = pulses + 1
        net_send(pulse_duration, 1)
    } else {
        influx = influx - weight
        pulses = pulses - 1
        if (pulses == 0) { influx = 0 }
    }
}
