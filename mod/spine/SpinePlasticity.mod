COMMENT
Signalling of a dendritic spine head of 0.5 fl, from pulses of influx to its AMPA receptors: 204 species, 262 reactions.
Written by netparams/kinetics from the tables in netparams/data/spine: change these, not this file.

Source: Maki-Marttunen, Iannella, Edwards, Einevoll & Blackwell 2020, eLife 9:e55714; ModelDB 260971 (CC BY 4.0).

conductance is that of all AMPA receptors in the membrane, tetramers drawn at random from its GluR1 and GluR2.
Variable time step, with an absolute tolerance of 1e-8 mM: concentrations that decide are as low as 1e-6 mM.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS SpinePlasticity
    RANGE conductance, peak_Ca, influx
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
    peak_Ca (mM)
    influx (1) : sum of the weights of the pulses that are on
    pulses (1)
}

STATE {
    c_Ca (mM)
    c_CaOut (mM)
    c_CaOutLeak (mM)
    c_Leak (mM)
    c_Calbin (mM)
    c_CalbinC (mM)
    c_LOut (mM)
    c_Epac1 (mM)
    c_Epac1cAMP (mM)
    c_PMCA (mM)
    c_NCX (mM)
    c_PMCACa (mM)
    c_NCXCa (mM)
    c_L (mM)
    c_R (mM)
    c_Gs (mM)
    c_Gi (mM)
    c_LR (mM)
    c_LRGs (mM)
    c_PKAcLR (mM)
    c_PKAcpLR (mM)
    c_PKAcppLR (mM)
    c_PKAcpppLR (mM)
    c_pLR (mM)
    c_ppLR (mM)
    c_pppLR (mM)
    c_ppppLR (mM)
    c_ppppLRGi (mM)
    c_ppppLRGibg (mM)
    c_PKAcR (mM)
    c_PKAcpR (mM)
    c_PKAcppR (mM)
    c_PKAcpppR (mM)
    c_pR (mM)
    c_ppR (mM)
    c_pppR (mM)
    c_ppppR (mM)
    c_ppppRGi (mM)
    c_ppppRGibg (mM)
    c_GsR (mM)
    c_GsaGTP (mM)
    c_GsaGDP (mM)
    c_GiaGTP (mM)
    c_GiaGDP (mM)
    c_Gibg (mM)
    c_Gsbg (mM)
    c_LRGsbg (mM)
    c_AC1 (mM)
    c_AC1GsaGTP (mM)
    c_AC1GsaGTPCaMCa4 (mM)
    c_AC1GsaGTPCaMCa4ATP (mM)
    c_AC1GiaGTP (mM)
    c_AC1GiaGTPCaMCa4 (mM)
    c_AC1GiaGTPCaMCa4ATP (mM)
    c_AC1GsaGTPGiaGTP (mM)
    c_AC1GsaGTPGiaGTPCaMCa4 (mM)
    c_AC1GsGiCaMCa4ATP (mM)
    c_ATP (mM)
    c_cAMP (mM)
    c_AC1CaMCa4 (mM)
    c_AC1CaMCa4ATP (mM)
    c_AC8 (mM)
    c_AC8CaMCa4 (mM)
    c_AC8CaMCa4ATP (mM)
    c_PDE1 (mM)
    c_PDE1CaMCa4 (mM)
    c_PDE1CaMCa4cAMP (mM)
    c_AMP (mM)
    c_Ng (mM)
    c_NgCaM (mM)
    c_CaM (mM)
    c_CaMCa2 (mM)
    c_CaMCa3 (mM)
    c_CaMCa4 (mM)
    c_PP2B (mM)
    c_PP2BCaM (mM)
    c_PP2BCaMCa2 (mM)
    c_PP2BCaMCa3 (mM)
    c_PP2BCaMCa4 (mM)
    c_CK (mM)
    c_CKCaMCa4 (mM)
    c_CKpCaMCa4 (mM)
    c_CKp (mM)
    c_Complex (mM)
    c_pComplex (mM)
    c_CKpPP1 (mM)
    c_CKpCaMCa4PP1 (mM)
    c_PKA (mM)
    c_PKAcAMP4 (mM)
    c_PKAr (mM)
    c_PKAc (mM)
    c_I1 (mM)
    c_I1PKAc (mM)
    c_Ip35 (mM)
    c_PP1 (mM)
    c_Ip35PP1 (mM)
    c_Ip35PP2BCaMCa4 (mM)
    c_Ip35PP1PP2BCaMCa4 (mM)
    c_PP1PP2BCaMCa4 (mM)
    c_GluR1 (mM)
    c_GluR1_S845 (mM)
    c_GluR1_S831 (mM)
    c_GluR1_S845_S831 (mM)
    c_GluR1_PKAc (mM)
    c_GluR1_CKCam (mM)
    c_GluR1_CKpCam (mM)
    c_GluR1_CKp (mM)
    c_GluR1_PKCt (mM)
    c_GluR1_PKCp (mM)
    c_GluR1_S845_CKCam (mM)
    c_GluR1_S845_CKpCam (mM)
    c_GluR1_S845_CKp (mM)
    c_GluR1_S845_PKCt (mM)
    c_GluR1_S845_PKCp (mM)
    c_GluR1_S831_PKAc (mM)
    c_GluR1_S845_PP1 (mM)
    c_GluR1_S845_S831_PP1 (mM)
    c_GluR1_S831_PP1 (mM)
    c_GluR1_S845_PP2B (mM)
    c_GluR1_S845_S831_PP2B (mM)
    c_GluR1_memb (mM)
    c_GluR1_memb_S845 (mM)
    c_GluR1_memb_S831 (mM)
    c_GluR1_memb_S845_S831 (mM)
    c_GluR1_memb_PKAc (mM)
    c_GluR1_memb_CKCam (mM)
    c_GluR1_memb_CKpCam (mM)
    c_GluR1_memb_CKp (mM)
    c_GluR1_memb_PKCt (mM)
    c_GluR1_memb_PKCp (mM)
    c_GluR1_memb_S845_CKCam (mM)
    c_GluR1_memb_S845_CKpCam (mM)
    c_GluR1_memb_S845_CKp (mM)
    c_GluR1_memb_S845_PKCt (mM)
    c_GluR1_memb_S845_PKCp (mM)
    c_GluR1_memb_S831_PKAc (mM)
    c_GluR1_memb_S845_PP1 (mM)
    c_GluR1_memb_S845_S831_PP1 (mM)
    c_GluR1_memb_S831_PP1 (mM)
    c_GluR1_memb_S845_PP2B (mM)
    c_GluR1_memb_S845_S831_PP2B (mM)
    c_PDE4 (mM)
    c_PDE4cAMP (mM)
    c_PKAcPDE4 (mM)
    c_pPDE4 (mM)
    c_pPDE4cAMP (mM)
    c_PKAc_PDE4_cAMP (mM)
    c_fixedbuffer (mM)
    c_fixedbufferCa (mM)
    c_Glu (mM)
    c_MGluR (mM)
    c_MGluR_Glu (mM)
    c_MGluR_Glu_desens (mM)
    c_MGluR_Gqabg_Glu (mM)
    c_GluOut (mM)
    c_Gqabg (mM)
    c_GqaGTP (mM)
    c_GqaGDP (mM)
    c_PLC (mM)
    c_PLCCa (mM)
    c_PLCCaGqaGTP (mM)
    c_PLCGqaGTP (mM)
    c_Pip2 (mM)
    c_PLCCaPip2 (mM)
    c_PLCCaGqaGTPPip2 (mM)
    c_Ip3 (mM)
    c_PLCCaDAG (mM)
    c_PLCCaGqaGTPDAG (mM)
    c_PIkinase (mM)
    c_Ip3degPIk (mM)
    c_PKC (mM)
    c_PKCCa (mM)
    c_PKCt (mM)
    c_PKCp (mM)
    c_DAG (mM)
    c_DAGK (mM)
    c_DAGKdag (mM)
    c_PA (mM)
    c_DGL (mM)
    c_CaDGL (mM)
    c_DAGCaDGL (mM)
    c_2AG (mM)
    c_2AGdegrad (mM)
    c_Ip3degrad (mM)
    c_GluR2 (mM)
    c_GluR2_PKCt (mM)
    c_GluR2_PKCp (mM)
    c_GluR2_S880 (mM)
    c_GluR2_S880_PP2A (mM)
    c_GluR2_memb (mM)
    c_GluR2_memb_PKCt (mM)
    c_GluR2_memb_PKCp (mM)
    c_GluR2_memb_S880 (mM)
    c_GluR2_memb_S880_PP2A (mM)
    c_PP2A (mM)
    c_ACh (mM)
    c_M1R (mM)
    c_AChM1R (mM)
    c_M1RGq (mM)
    c_AChM1RGq (mM)
    c_PLA2 (mM)
    c_CaPLA2 (mM)
    c_CaPLA2Pip2 (mM)
    c_AA (mM)
}

INITIAL {
    c_Ca = 0
    c_CaOut = 1.9 * amount_CaOut
    c_CaOutLeak = 0
    c_Leak = 0.002 * amount_Leak
    c_Calbin = 0.15 * amount_Calbin
    c_CalbinC = 0.015 * amount_CalbinC
    c_LOut = 2.5 * amount_LOut
    c_Epac1 = 0.0005 * amount_Epac1
    c_Epac1cAMP = 0
    c_PMCA = 0.022 * amount_PMCA
    c_NCX = 0.54 * amount_NCX
    c_PMCACa = 0
    c_NCXCa = 0
    c_L = 1e-05 * amount_L
    c_R = 0.0016 * amount_R
    c_Gs = 0.013 * amount_Gs
    c_Gi = 0.0026 * amount_Gi
    c_LR = 0
    c_LRGs = 0
    c_PKAcLR = 0
    c_PKAcpLR = 0
    c_PKAcppLR = 0
    c_PKAcpppLR = 0
    c_pLR = 0
    c_ppLR = 0
    c_pppLR = 0
    c_ppppLR = 0
    c_ppppLRGi = 0
    c_ppppLRGibg = 0
    c_PKAcR = 0
    c_PKAcpR = 0
    c_PKAcppR = 0
    c_PKAcpppR = 0
    c_pR = 0
    c_ppR = 0
    c_pppR = 0
    c_ppppR = 0
    c_ppppRGi = 0
    c_ppppRGibg = 0
    c_GsR = 0
    c_GsaGTP = 0
    c_GsaGDP = 0
    c_GiaGTP = 0
    c_GiaGDP = 0
    c_Gibg = 0
    c_Gsbg = 0
    c_LRGsbg = 0
    c_AC1 = 0.00043 * amount_AC1
    c_AC1GsaGTP = 0
    c_AC1GsaGTPCaMCa4 = 0
    c_AC1GsaGTPCaMCa4ATP = 0
    c_AC1GiaGTP = 0
    c_AC1GiaGTPCaMCa4 = 0
    c_AC1GiaGTPCaMCa4ATP = 0
    c_AC1GsaGTPGiaGTP = 0
    c_AC1GsaGTPGiaGTPCaMCa4 = 0
    c_AC1GsGiCaMCa4ATP = 0
    c_ATP = 2 * amount_ATP
    c_cAMP = 0
    c_AC1CaMCa4 = 0
    c_AC1CaMCa4ATP = 0
    c_AC8 = 0.00037 * amount_AC8
    c_AC8CaMCa4 = 0
    c_AC8CaMCa4ATP = 0
    c_PDE1 = 0.012 * amount_PDE1
    c_PDE1CaMCa4 = 0
    c_PDE1CaMCa4cAMP = 0
    c_AMP = 0.00098 * amount_AMP
    c_Ng = 0.02 * amount_Ng
    c_NgCaM = 0
    c_CaM = 0.06 * amount_CaM
    c_CaMCa2 = 0
    c_CaMCa3 = 0
    c_CaMCa4 = 0
    c_PP2B = 0.0023 * amount_PP2B
    c_PP2BCaM = 0
    c_PP2BCaMCa2 = 0
    c_PP2BCaMCa3 = 0
    c_PP2BCaMCa4 = 0
    c_CK = 0.023 * amount_CK
    c_CKCaMCa4 = 0
    c_CKpCaMCa4 = 0
    c_CKp = 0
    c_Complex = 0
    c_pComplex = 0
    c_CKpPP1 = 0
    c_CKpCaMCa4PP1 = 0
    c_PKA = 0.0064 * amount_PKA
    c_PKAcAMP4 = 0
    c_PKAr = 0
    c_PKAc = 0
    c_I1 = 0.0022 * amount_I1
    c_I1PKAc = 0
    c_Ip35 = 0
    c_PP1 = 0.0016 * amount_PP1
    c_Ip35PP1 = 0
    c_Ip35PP2BCaMCa4 = 0
    c_Ip35PP1PP2BCaMCa4 = 0
    c_PP1PP2BCaMCa4 = 0
    c_GluR1 = 0.00018 * amount_GluR1
    c_GluR1_S845 = 0
    c_GluR1_S831 = 0
    c_GluR1_S845_S831 = 0
    c_GluR1_PKAc = 0
    c_GluR1_CKCam = 0
    c_GluR1_CKpCam = 0
    c_GluR1_CKp = 0
    c_GluR1_PKCt = 0
    c_GluR1_PKCp = 0
    c_GluR1_S845_CKCam = 0
    c_GluR1_S845_CKpCam = 0
    c_GluR1_S845_CKp = 0
    c_GluR1_S845_PKCt = 0
    c_GluR1_S845_PKCp = 0
    c_GluR1_S831_PKAc = 0
    c_GluR1_S845_PP1 = 0
    c_GluR1_S845_S831_PP1 = 0
    c_GluR1_S831_PP1 = 0
    c_GluR1_S845_PP2B = 0
    c_GluR1_S845_S831_PP2B = 0
    c_GluR1_memb = 9e-05 * amount_GluR1_memb
    c_GluR1_memb_S845 = 0
    c_GluR1_memb_S831 = 0
    c_GluR1_memb_S845_S831 = 0
    c_GluR1_memb_PKAc = 0
    c_GluR1_memb_CKCam = 0
    c_GluR1_memb_CKpCam = 0
    c_GluR1_memb_CKp = 0
    c_GluR1_memb_PKCt = 0
    c_GluR1_memb_PKCp = 0
    c_GluR1_memb_S845_CKCam = 0
    c_GluR1_memb_S845_CKpCam = 0
    c_GluR1_memb_S845_CKp = 0
    c_GluR1_memb_S845_PKCt = 0
    c_GluR1_memb_S845_PKCp = 0
    c_GluR1_memb_S831_PKAc = 0
    c_GluR1_memb_S845_PP1 = 0
    c_GluR1_memb_S845_S831_PP1 = 0
    c_GluR1_memb_S831_PP1 = 0
    c_GluR1_memb_S845_PP2B = 0
    c_GluR1_memb_S845_S831_PP2B = 0
    c_PDE4 = 0.00067 * amount_PDE4
    c_PDE4cAMP = 0
    c_PKAcPDE4 = 0
    c_pPDE4 = 0
    c_pPDE4cAMP = 0
    c_PKAc_PDE4_cAMP = 0
    c_fixedbuffer = 0.5 * amount_fixedbuffer
    c_fixedbufferCa = 0
    c_Glu = 0
    c_MGluR = 0.0008 * amount_MGluR
    c_MGluR_Glu = 0
    c_MGluR_Glu_desens = 0
    c_MGluR_Gqabg_Glu = 0
    c_GluOut = 1 * amount_GluOut
    c_Gqabg = 0.0014 * amount_Gqabg
    c_GqaGTP = 0
    c_GqaGDP = 0
    c_PLC = 0.00025 * amount_PLC
    c_PLCCa = 0
    c_PLCCaGqaGTP = 0
    c_PLCGqaGTP = 0
    c_Pip2 = 0.024 * amount_Pip2
    c_PLCCaPip2 = 0
    c_PLCCaGqaGTPPip2 = 0
    c_Ip3 = 0
    c_PLCCaDAG = 0
    c_PLCCaGqaGTPDAG = 0
    c_PIkinase = 0.00029 * amount_PIkinase
    c_Ip3degPIk = 0.0004 * amount_Ip3degPIk
    c_PKC = 0.015 * amount_PKC
    c_PKCCa = 0
    c_PKCt = 0
    c_PKCp = 0
    c_DAG = 9e-05 * amount_DAG
    c_DAGK = 0.0003 * amount_DAGK
    c_DAGKdag = 0
    c_PA = 0
    c_DGL = 0.0016 * amount_DGL
    c_CaDGL = 0.00025 * amount_CaDGL
    c_DAGCaDGL = 9e-05 * amount_DAGCaDGL
    c_2AG = 0
    c_2AGdegrad = 0
    c_Ip3degrad = 0.0006 * amount_Ip3degrad
    c_GluR2 = 1.4e-05 * amount_GluR2
    c_GluR2_PKCt = 0
    c_GluR2_PKCp = 0
    c_GluR2_S880 = 0
    c_GluR2_S880_PP2A = 0
    c_GluR2_memb = 0.000256 * amount_GluR2_memb
    c_GluR2_memb_PKCt = 0
    c_GluR2_memb_PKCp = 0
    c_GluR2_memb_S880 = 0
    c_GluR2_memb_S880_PP2A = 0
    c_PP2A = 0.0005 * amount_PP2A
    c_ACh = 0
    c_M1R = 0.00045 * amount_M1R
    c_AChM1R = 0
    c_M1RGq = 0
    c_AChM1RGq = 0
    c_PLA2 = 0.001 * amount_PLA2
    c_CaPLA2 = 0
    c_CaPLA2Pip2 = 0
    c_AA = 0
    peak_Ca = c_Ca
    influx = 0
    pulses = 0
    measure()
}

BREAKPOINT {
    SOLVE reactions METHOD sparse
}

AFTER SOLVE {
    measure()
}

KINETIC reactions {
    ~ c_Ca << (influx * flux_Ca * 3.32115576221e-06)
    ~ c_L << (influx * flux_L * 3.32115576221e-06)
    ~ c_Glu << (influx * flux_Glu * 3.32115576221e-06)
    ~ c_ACh << (influx * flux_ACh * 3.32115576221e-06)
    ~ c_Ca + c_PMCA <-> c_PMCACa (50.0, 0.007)
    ~ c_PMCACa <-> c_PMCA + c_CaOut (0.0035, 0)
    ~ c_Ca + c_NCX <-> c_NCXCa (16.8, 0.0112)
    ~ c_NCXCa <-> c_NCX + c_CaOut (0.0056, 0)
    ~ c_CaOut + c_Leak <-> c_CaOutLeak (1.5, 0.0011)
    ~ c_CaOutLeak <-> c_Ca + c_Leak (0.0011, 0)
    ~ c_Ca + c_Calbin <-> c_CalbinC (28.0, 0.0196)
    ~ c_L <-> c_LOut (0.0005, 2e-09)
    ~ c_L + c_R <-> c_LR (5.555, 0.005)
    ~ c_LR + c_Gs <-> c_LRGs (0.6, 1e-06)
    ~ c_Gs + c_R <-> c_GsR (0.04, 3e-07)
    ~ c_GsR + c_L <-> c_LRGs (2.5, 0.0005)
    ~ c_LRGs <-> c_LRGsbg + c_GsaGTP (0.02, 0)
    ~ c_LRGsbg <-> c_LR + c_Gsbg (0.08, 0)
    ~ c_LR + c_PKAc <-> c_PKAcLR (0.8, 0.00448)
    ~ c_PKAcLR <-> c_pLR + c_PKAc (0.001, 0)
    ~ c_pLR + c_PKAc <-> c_PKAcpLR (0.8, 0.00448)
    ~ c_PKAcpLR <-> c_ppLR + c_PKAc (0.001, 0)
    ~ c_ppLR + c_PKAc <-> c_PKAcppLR (17.12, 0.00448)
    ~ c_PKAcppLR <-> c_pppLR + c_PKAc (0.001, 0)
    ~ c_pppLR + c_PKAc <-> c_PKAcpppLR (1712.0, 0.00448)
    ~ c_PKAcpppLR <-> c_ppppLR + c_PKAc (0.001, 0)
    ~ c_ppppLR + c_Gi <-> c_ppppLRGi (150.0, 0.00025)
    ~ c_ppppLRGi <-> c_ppppLRGibg + c_GiaGTP (0.000125, 0)
    ~ c_ppppLRGibg <-> c_ppppLR + c_Gibg (0.001, 0)
    ~ c_pLR <-> c_LR (2.5e-06, 0)
    ~ c_ppLR <-> c_pLR (2.5e-06, 0)
    ~ c_pppLR <-> c_ppLR (2.5e-06, 0)
    ~ c_ppppLR <-> c_pppLR (2.5e-06, 0)
    ~ c_R + c_PKAc <-> c_PKAcR (0.04, 0.00448)
    ~ c_PKAcR <-> c_pR + c_PKAc (0.001, 0)
    ~ c_pR + c_PKAc <-> c_PKAcpR (0.4, 0.00448)
    ~ c_PKAcpR <-> c_ppR + c_PKAc (0.001, 0)
    ~ c_ppR + c_PKAc <-> c_PKAcppR (4.0, 0.00448)
    ~ c_PKAcppR <-> c_pppR + c_PKAc (0.001, 0)
    ~ c_pppR + c_PKAc <-> c_PKAcpppR (400.0, 0.00448)
    ~ c_PKAcpppR <-> c_ppppR + c_PKAc (0.001, 0)
    ~ c_ppppR + c_Gi <-> c_ppppRGi (75.0, 0.000125)
    ~ c_ppppRGi <-> c_ppppRGibg + c_GiaGTP (6.25e-05, 0)
    ~ c_ppppRGibg <-> c_ppppR + c_Gibg (0.001, 0)
    ~ c_pR <-> c_R (2.5e-06, 0)
    ~ c_ppR <-> c_pR (2.5e-06, 0)
    ~ c_pppR <-> c_ppR (2.5e-06, 0)
    ~ c_ppppR <-> c_pppR (2.5e-06, 0)
    ~ c_GsaGTP <-> c_GsaGDP (0.01, 0)
    ~ c_GsaGDP + c_Gsbg <-> c_Gs (100000.0, 0)
    ~ c_GiaGTP <-> c_GiaGDP (0.000125, 0)
    ~ c_GiaGDP + c_Gibg <-> c_Gi (1250.0, 0)
    ~ c_GsaGTP + c_AC1 <-> c_AC1GsaGTP (38.5, 0.01)
    ~ c_AC1GsaGTP + c_CaMCa4 <-> c_AC1GsaGTPCaMCa4 (6.0, 0.0009)
    ~ c_AC1GsaGTPCaMCa4 + c_ATP <-> c_AC1GsaGTPCaMCa4ATP (10.0, 2.273)
    ~ c_AC1GsaGTPCaMCa4ATP <-> c_cAMP + c_AC1GsaGTPCaMCa4 (0.02842, 0)
    ~ c_GiaGTP + c_AC1GsaGTP <-> c_AC1GsaGTPGiaGTP (62.5, 0.01)
    ~ c_AC1GsaGTPGiaGTP + c_CaMCa4 <-> c_AC1GsaGTPGiaGTPCaMCa4 (6.0, 0.0009)
    ~ c_AC1GsaGTPGiaGTPCaMCa4 + c_ATP <-> c_AC1GsGiCaMCa4ATP (10.0, 2.273)
    ~ c_AC1GsGiCaMCa4ATP <-> c_cAMP + c_AC1GsaGTPGiaGTPCaMCa4 (0.002842, 0)
    ~ c_GiaGTP + c_AC1CaMCa4 <-> c_AC1GiaGTPCaMCa4 (62.5, 0.01)
    ~ c_AC1GiaGTPCaMCa4 + c_ATP <-> c_AC1GiaGTPCaMCa4ATP (10.0, 2.273)
    ~ c_AC1GiaGTPCaMCa4ATP <-> c_cAMP + c_AC1GiaGTPCaMCa4 (0.0005684, 0)
    ~ c_AC1 + c_CaMCa4 <-> c_AC1CaMCa4 (6.0, 0.0009)
    ~ c_AC1CaMCa4 + c_ATP <-> c_AC1CaMCa4ATP (10.0, 2.273)
    ~ c_AC1CaMCa4ATP <-> c_cAMP + c_AC1CaMCa4 (0.005684, 0)
    ~ c_AC1GiaGTP + c_GsaGTP <-> c_AC1GsaGTPGiaGTP (62.5, 0.01)
    ~ c_AC8 + c_CaMCa4 <-> c_AC8CaMCa4 (1.25, 0.001)
    ~ c_AC8CaMCa4 + c_ATP <-> c_AC8CaMCa4ATP (10.0, 2.273)
    ~ c_AC8CaMCa4ATP <-> c_cAMP + c_AC8CaMCa4 (0.002842, 0)
    ~ c_CaM + 2 c_Ca <-> c_CaMCa2 (17000.0, 0.035)
    ~ c_CaMCa2 + c_Ca <-> c_CaMCa3 (14.0, 0.228)
    ~ c_CaMCa3 + c_Ca <-> c_CaMCa4 (26.0, 0.064)
    ~ c_CaM + c_Ng <-> c_NgCaM (28.0, 0.036)
    ~ c_CaM + c_PP2B <-> c_PP2BCaM (4.6, 1.2e-06)
    ~ c_CaMCa2 + c_PP2B <-> c_PP2BCaMCa2 (46.0, 1.2e-06)
    ~ c_CaMCa4 + c_PP2B <-> c_PP2BCaMCa4 (46.0, 1.2e-06)
    ~ c_PP2BCaM + 2 c_Ca <-> c_PP2BCaMCa2 (170000.0, 0.35)
    ~ c_PP2BCaMCa2 + c_Ca <-> c_PP2BCaMCa3 (14.0, 0.228)
    ~ c_PP2BCaMCa3 + c_Ca <-> c_PP2BCaMCa4 (26.0, 0.064)
    ~ c_CaMCa4 + c_CK <-> c_CKCaMCa4 (10.0, 0.003)
    ~ 2 c_CKCaMCa4 <-> c_Complex (0.1, 0.01)
    ~ c_CKpCaMCa4 + c_CKCaMCa4 <-> c_pComplex (0.1, 0.01)
    ~ c_CKpCaMCa4 + c_Complex <-> c_CKpCaMCa4 + c_pComplex (0.1, 0)
    ~ c_CKCaMCa4 + c_Complex <-> c_CKCaMCa4 + c_pComplex (rate_125 * 0.1, 0)
    ~ 2 c_Complex <-> c_Complex + c_pComplex (rate_126 * 10.0, 0)
    ~ c_Complex + c_pComplex <-> 2 c_pComplex (rate_127 * 30.0, 0)
    ~ c_CKpCaMCa4 <-> c_CaMCa4 + c_CKp (8e-07, 10.0)
    ~ c_CKp + c_PP1 <-> c_CKpPP1 (0.004, 0.00034)
    ~ c_CKpPP1 <-> c_PP1 + c_CK (8.6e-05, 0)
    ~ c_CKpCaMCa4 + c_PP1 <-> c_CKpCaMCa4PP1 (0.004, 0.00034)
    ~ c_CKpCaMCa4PP1 <-> c_PP1 + c_CKCaMCa4 (8.6e-05, 0)
    ~ c_PKA + 4 c_cAMP <-> c_PKAcAMP4 (1600000000.0, 6e-05)
    ~ c_Epac1 + c_cAMP <-> c_Epac1cAMP (0.031, 6.51e-05)
    ~ c_I1 + c_PKAc <-> c_I1PKAc (1.4, 0.0056)
    ~ c_I1PKAc <-> c_Ip35 + c_PKAc (0.0014, 0)
    ~ c_Ip35 + c_PP1 <-> c_Ip35PP1 (1.0, 1.1e-06)
    ~ c_Ip35 + c_PP2BCaMCa4 <-> c_Ip35PP2BCaMCa4 (96.25, 0.33)
    ~ c_Ip35PP2BCaMCa4 <-> c_I1 + c_PP2BCaMCa4 (0.055, 0)
    ~ c_Ip35PP1 + c_PP2BCaMCa4 <-> c_Ip35PP1PP2BCaMCa4 (96.25, 0.33)
    ~ c_Ip35PP1PP2BCaMCa4 <-> c_I1 + c_PP1PP2BCaMCa4 (0.055, 0)
    ~ c_PP1PP2BCaMCa4 <-> c_PP1 + c_PP2BCaMCa4 (0.0015, 0)
    ~ c_GluR1 + c_PKAc <-> c_GluR1_PKAc (4.02, 0.024)
    ~ c_GluR1_PKAc <-> c_GluR1_S845 + c_PKAc (rate_154 * 0.006, 0)
    ~ c_GluR1 + c_CKCaMCa4 <-> c_GluR1_CKCam (0.02224, 0.0016)
    ~ c_GluR1_CKCam <-> c_GluR1_S831 + c_CKCaMCa4 (rate_157 * 0.0004, 0)
    ~ c_GluR1 + c_CKpCaMCa4 <-> c_GluR1_CKpCam (0.0278, 0.002)
    ~ c_GluR1_CKpCam <-> c_GluR1_S831 + c_CKpCaMCa4 (rate_160 * 0.0005, 0)
    ~ c_GluR1 + c_CKp <-> c_GluR1_CKp (0.02224, 0.0016)
    ~ c_GluR1_CKp <-> c_GluR1_S831 + c_CKp (rate_163 * 0.0004, 0)
    ~ c_GluR1 + c_PKCt <-> c_GluR1_PKCt (0.0278, 0.002)
    ~ c_GluR1_PKCt <-> c_GluR1_S831 + c_PKCt (rate_166 * 0.0005, 0)
    ~ c_GluR1 + c_PKCp <-> c_GluR1_PKCp (0.0278, 0.002)
    ~ c_GluR1_PKCp <-> c_GluR1_S831 + c_PKCp (rate_169 * 0.0005, 0)
    ~ c_GluR1_S845 + c_CKCaMCa4 <-> c_GluR1_S845_CKCam (0.02224, 0.0016)
    ~ c_GluR1_S845_CKCam <-> c_GluR1_S845_S831 + c_CKCaMCa4 (rate_172 * 0.0004, 0)
    ~ c_GluR1_S845 + c_CKpCaMCa4 <-> c_GluR1_S845_CKpCam (0.0278, 0.002)
    ~ c_GluR1_S845_CKpCam <-> c_GluR1_S845_S831 + c_CKpCaMCa4 (rate_175 * 0.0005, 0)
    ~ c_GluR1_S845 + c_CKp <-> c_GluR1_S845_CKp (0.02224, 0.0016)
    ~ c_GluR1_S845_CKp <-> c_GluR1_S845_S831 + c_CKp (rate_178 * 0.0004, 0)
    ~ c_GluR1_S845 + c_PKCt <-> c_GluR1_S845_PKCt (0.0278, 0.002)
    ~ c_GluR1_S845_PKCt <-> c_GluR1_S845_S831 + c_PKCt (rate_181 * 0.0005, 0)
    ~ c_GluR1_S845 + c_PKCp <-> c_GluR1_S845_PKCp (0.0278, 0.002)
    ~ c_GluR1_S845_PKCp <-> c_GluR1_S845_S831 + c_PKCp (rate_184 * 0.0005, 0)
    ~ c_GluR1_S831 + c_PKAc <-> c_GluR1_S831_PKAc (4.0, 0.024)
    ~ c_GluR1_S831_PKAc <-> c_GluR1_S845_S831 + c_PKAc (rate_187 * 0.006, 0)
    ~ c_GluR1_S845 + c_PP1 <-> c_GluR1_S845_PP1 (0.87, 0.00068)
    ~ c_GluR1_S845_PP1 <-> c_GluR1 + c_PP1 (0.00017, 0)
    ~ c_GluR1_S845_S831 + c_PP1 <-> c_GluR1_S845_S831_PP1 (0.875, 0.0014)
    ~ c_GluR1_S845_S831_PP1 <-> c_GluR1_S845 + c_PP1 (0.00035, 0)
    ~ c_GluR1_S845_S831_PP1 <-> c_GluR1_S831 + c_PP1 (0.00035, 0)
    ~ c_GluR1_S831 + c_PP1 <-> c_GluR1_S831_PP1 (0.875, 0.0014)
    ~ c_GluR1_S831_PP1 <-> c_GluR1 + c_PP1 (0.00035, 0)
    ~ c_GluR1_S845 + c_PP2BCaMCa4 <-> c_GluR1_S845_PP2B (2.01, 0.008)
    ~ c_GluR1_S845_PP2B <-> c_GluR1 + c_PP2BCaMCa4 (0.002, 0)
    ~ c_GluR1_S845_S831 + c_PP2BCaMCa4 <-> c_GluR1_S845_S831_PP2B (2.01, 0.008)
    ~ c_GluR1_S845_S831_PP2B <-> c_GluR1_S831 + c_PP2BCaMCa4 (0.002, 0)
    ~ c_GluR1_memb + c_PKAc <-> c_GluR1_memb_PKAc (4.02, 0.024)
    ~ c_GluR1_memb_PKAc <-> c_GluR1_memb_S845 + c_PKAc (rate_206 * 0.006, 0)
    ~ c_GluR1_memb + c_CKCaMCa4 <-> c_GluR1_memb_CKCam (0.02224, 0.0016)
    ~ c_GluR1_memb_CKCam <-> c_GluR1_memb_S831 + c_CKCaMCa4 (rate_209 * 0.0004, 0)
    ~ c_GluR1_memb + c_CKpCaMCa4 <-> c_GluR1_memb_CKpCam (0.0278, 0.002)
    ~ c_GluR1_memb_CKpCam <-> c_GluR1_memb_S831 + c_CKpCaMCa4 (rate_212 * 0.0005, 0)
    ~ c_GluR1_memb + c_CKp <-> c_GluR1_memb_CKp (0.02224, 0.0016)
    ~ c_GluR1_memb_CKp <-> c_GluR1_memb_S831 + c_CKp (rate_215 * 0.0004, 0)
    ~ c_GluR1_memb + c_PKCt <-> c_GluR1_memb_PKCt (0.0278, 0.002)
    ~ c_GluR1_memb_PKCt <-> c_GluR1_memb_S831 + c_PKCt (rate_218 * 0.0005, 0)
    ~ c_GluR1_memb + c_PKCp <-> c_GluR1_memb_PKCp (0.0278, 0.002)
    ~ c_GluR1_memb_PKCp <-> c_GluR1_memb_S831 + c_PKCp (rate_221 * 0.0005, 0)
    ~ c_GluR1_memb_S845 + c_CKCaMCa4 <-> c_GluR1_memb_S845_CKCam (0.02224, 0.0016)
    ~ c_GluR1_memb_S845_CKCam <-> c_GluR1_memb_S845_S831 + c_CKCaMCa4 (rate_224 * 0.0004, 0)
    ~ c_GluR1_memb_S845 + c_CKpCaMCa4 <-> c_GluR1_memb_S845_CKpCam (0.0278, 0.002)
    ~ c_GluR1_memb_S845_CKpCam <-> c_GluR1_memb_S845_S831 + c_CKpCaMCa4 (rate_227 * 0.0005, 0)
    ~ c_GluR1_memb_S845 + c_CKp <-> c_GluR1_memb_S845_CKp (0.02224, 0.0016)
    ~ c_GluR1_memb_S845_CKp <-> c_GluR1_memb_S845_S831 + c_CKp (rate_230 * 0.0004, 0)
    ~ c_GluR1_memb_S845 + c_PKCt <-> c_GluR1_memb_S845_PKCt (0.0278, 0.002)
    ~ c_GluR1_memb_S845_PKCt <-> c_GluR1_memb_S845_S831 + c_PKCt (rate_233 * 0.0005, 0)
    ~ c_GluR1_memb_S845 + c_PKCp <-> c_GluR1_memb_S845_PKCp (0.0278, 0.002)
    ~ c_GluR1_memb_S845_PKCp <-> c_GluR1_memb_S845_S831 + c_PKCp (rate_236 * 0.0005, 0)
    ~ c_GluR1_memb_S831 + c_PKAc <-> c_GluR1_memb_S831_PKAc (4.0, 0.024)
    ~ c_GluR1_memb_S831_PKAc <-> c_GluR1_memb_S845_S831 + c_PKAc (rate_239 * 0.006, 0)
    ~ c_GluR1_memb_S845 + c_PP1 <-> c_GluR1_memb_S845_PP1 (0.87, 0.00068)
    ~ c_GluR1_memb_S845_PP1 <-> c_GluR1_memb + c_PP1 (0.00017, 0)
    ~ c_GluR1_memb_S845_S831 + c_PP1 <-> c_GluR1_memb_S845_S831_PP1 (0.875, 0.0014)
    ~ c_GluR1_memb_S845_S831_PP1 <-> c_GluR1_memb_S845 + c_PP1 (0.00035, 0)
    ~ c_GluR1_memb_S845_S831_PP1 <-> c_GluR1_memb_S831 + c_PP1 (0.00035, 0)
    ~ c_GluR1_memb_S831 + c_PP1 <-> c_GluR1_memb_S831_PP1 (0.875, 0.0014)
    ~ c_GluR1_memb_S831_PP1 <-> c_GluR1_memb + c_PP1 (0.00035, 0)
    ~ c_GluR1_memb_S845 + c_PP2BCaMCa4 <-> c_GluR1_memb_S845_PP2B (2.01, 0.008)
    ~ c_GluR1_memb_S845_PP2B <-> c_GluR1_memb + c_PP2BCaMCa4 (0.002, 0)
    ~ c_GluR1_memb_S845_S831 + c_PP2BCaMCa4 <-> c_GluR1_memb_S845_S831_PP2B (2.01, 0.008)
    ~ c_GluR1_memb_S845_S831_PP2B <-> c_GluR1_memb_S831 + c_PP2BCaMCa4 (0.002, 0)
    ~ c_GluR1 <-> c_GluR1_memb (2e-07, 8e-07)
    ~ c_GluR1_PKAc <-> c_GluR1_memb_PKAc (2e-07, 8e-07)
    ~ c_GluR1_CKCam <-> c_GluR1_memb_CKCam (2e-07, 8e-07)
    ~ c_GluR1_CKpCam <-> c_GluR1_memb_CKpCam (2e-07, 8e-07)
    ~ c_GluR1_CKp <-> c_GluR1_memb_CKp (2e-07, 8e-07)
    ~ c_GluR1_PKCt <-> c_GluR1_memb_PKCt (2e-07, 8e-07)
    ~ c_GluR1_PKCp <-> c_GluR1_memb_PKCp (2e-07, 8e-07)
    ~ c_GluR1_S831 <-> c_GluR1_memb_S831 (2e-07, 8e-07)
    ~ c_GluR1_S831_PKAc <-> c_GluR1_memb_S831_PKAc (2e-07, 8e-07)
    ~ c_GluR1_S831_PP1 <-> c_GluR1_memb_S831_PP1 (2e-07, 8e-07)
    ~ c_GluR1_S845 <-> c_GluR1_memb_S845 (3.28e-05, 8e-06)
    ~ c_GluR1_S845_CKCam <-> c_GluR1_memb_S845_CKCam (3.28e-05, 8e-06)
    ~ c_GluR1_S845_CKpCam <-> c_GluR1_memb_S845_CKpCam (3.28e-05, 8e-06)
    ~ c_GluR1_S845_CKp <-> c_GluR1_memb_S845_CKp (3.28e-05, 8e-06)
    ~ c_GluR1_S845_PKCt <-> c_GluR1_memb_S845_PKCt (3.28e-05, 8e-06)
    ~ c_GluR1_S845_PKCp <-> c_GluR1_memb_S845_PKCp (3.28e-05, 8e-06)
    ~ c_GluR1_S845_S831 <-> c_GluR1_memb_S845_S831 (3.28e-05, 8e-06)
    ~ c_GluR1_S845_PP1 <-> c_GluR1_memb_S845_PP1 (3.28e-05, 8e-06)
    ~ c_GluR1_S845_S831_PP1 <-> c_GluR1_memb_S845_S831_PP1 (3.28e-05, 8e-06)
    ~ c_GluR1_S845_PP2B <-> c_GluR1_memb_S845_PP2B (3.28e-05, 8e-06)
    ~ c_GluR1_S845_S831_PP2B <-> c_GluR1_memb_S845_S831_PP2B (3.28e-05, 8e-06)
    ~ c_PDE1 + c_CaMCa4 <-> c_PDE1CaMCa4 (100.0, 0.001)
    ~ c_PDE1CaMCa4 + c_cAMP <-> c_PDE1CaMCa4cAMP (4.6, 0.044)
    ~ c_PDE1CaMCa4cAMP <-> c_PDE1CaMCa4 + c_AMP (0.011, 0)
    ~ c_AMP <-> c_ATP (0.001, 0)
    ~ c_PDE4 + c_cAMP <-> c_PDE4cAMP (21.66, 0.0034656)
    ~ c_PDE4cAMP <-> c_PDE4 + c_AMP (0.017233, 0)
    ~ c_PKAc + c_PDE4 <-> c_PKAcPDE4 (0.25, 8e-05)
    ~ c_PKAcPDE4 <-> c_pPDE4 + c_PKAc (2e-05, 0)
    ~ c_pPDE4 <-> c_PDE4 (2.5e-06, 0)
    ~ c_pPDE4 + c_cAMP <-> c_pPDE4cAMP (433.175, 0.069308)
    ~ c_pPDE4cAMP <-> c_pPDE4 + c_AMP (0.3446674, 0)
    ~ c_PDE4cAMP + c_PKAc <-> c_PKAc_PDE4_cAMP (0.25, 8e-05)
    ~ c_PKAc_PDE4_cAMP <-> c_pPDE4cAMP + c_PKAc (2e-05, 0)
    ~ c_PKAcAMP4 <-> c_PKAr + 2 c_PKAc (rate_317 * 0.00024, 25.5 / (c_PKAc + 1e-15))
    ~ c_Ca + c_fixedbuffer <-> c_fixedbufferCa (400.0, 20.0)
    ~ c_Glu <-> c_GluOut (0.0005, 2e-10)
    ~ c_Ca + c_PLC <-> c_PLCCa (0.4, 0.001)
    ~ c_GqaGTP + c_PLC <-> c_PLCGqaGTP (0.7, 0.0007)
    ~ c_Ca + c_PLCGqaGTP <-> c_PLCCaGqaGTP (80.0, 0.04)
    ~ c_GqaGTP + c_PLCCa <-> c_PLCCaGqaGTP (100.0, 0.01)
    ~ c_PLCCa + c_Pip2 <-> c_PLCCaPip2 (0.03, 0.01)
    ~ c_PLCCaPip2 <-> c_PLCCaDAG + c_Ip3 (0.0003, 0)
    ~ c_PLCCaDAG <-> c_PLCCa + c_DAG (0.2, 0)
    ~ c_PLCCaGqaGTP + c_Pip2 <-> c_PLCCaGqaGTPPip2 (15.0, 0.075)
    ~ c_PLCCaGqaGTPPip2 <-> c_PLCCaGqaGTPDAG + c_Ip3 (0.25, 0)
    ~ c_PLCCaGqaGTPDAG <-> c_PLCCaGqaGTP + c_DAG (1.0, 0)
    ~ c_Ip3degrad + c_PIkinase <-> c_Ip3degPIk (2.0, 0.001)
    ~ c_Ip3degPIk <-> c_PIkinase + c_Pip2 (0.001, 0)
    ~ c_PLCGqaGTP <-> c_PLC + c_GqaGDP (0.012, 0)
    ~ c_PLCCaGqaGTP <-> c_PLCCa + c_GqaGDP (0.012, 0)
    ~ c_GqaGTP <-> c_GqaGDP (0.001, 0)
    ~ c_GqaGDP <-> c_Gqabg (0.01, 0)
    ~ c_Ca + c_DGL <-> c_CaDGL (125.0, 0.05)
    ~ c_DAG + c_CaDGL <-> c_DAGCaDGL (0.5, 0.001)
    ~ c_DAGCaDGL <-> c_CaDGL + c_2AG (0.00025, 0)
    ~ c_Ip3 <-> c_Ip3degrad (0.01, 0)
    ~ c_2AG <-> c_2AGdegrad (0.005, 0)
    ~ c_DAG + c_DAGK <-> c_DAGKdag (0.07, 0.0008)
    ~ c_DAGKdag <-> c_DAGK + c_PA (0.0002, 0)
    ~ c_Ca + c_PKC <-> c_PKCCa (13.3, 0.05)
    ~ c_PKCCa + c_DAG <-> c_PKCt (0.015, 0.00015)
    ~ c_Glu + c_MGluR <-> c_MGluR_Glu (0.0168, 0.0001)
    ~ c_MGluR_Glu <-> c_MGluR_Glu_desens (6.25e-05, 1e-06)
    ~ c_Gqabg + c_MGluR_Glu <-> c_MGluR_Gqabg_Glu (9.0, 0.00136)
    ~ c_MGluR_Gqabg_Glu <-> c_GqaGTP + c_MGluR_Glu (0.0015, 0)
    ~ c_GluR2 + c_PKCt <-> c_GluR2_PKCt (0.4, 0.0008)
    ~ c_GluR2_PKCt <-> c_GluR2_S880 + c_PKCt (0.0047, 0)
    ~ c_GluR2 + c_PKCp <-> c_GluR2_PKCp (0.4, 0.0008)
    ~ c_GluR2_PKCp <-> c_GluR2_S880 + c_PKCp (0.0047, 0)
    ~ c_GluR2_S880 + c_PP2A <-> c_GluR2_S880_PP2A (0.5, 0.005)
    ~ c_GluR2_S880_PP2A <-> c_GluR2 + c_PP2A (0.00015, 0)
    ~ c_GluR2_memb + c_PKCt <-> c_GluR2_memb_PKCt (0.4, 0.0008)
    ~ c_GluR2_memb_PKCt <-> c_GluR2_memb_S880 + c_PKCt (0.0047, 0)
    ~ c_GluR2_memb + c_PKCp <-> c_GluR2_memb_PKCp (0.4, 0.0008)
    ~ c_GluR2_memb_PKCp <-> c_GluR2_memb_S880 + c_PKCp (0.0047, 0)
    ~ c_GluR2_memb_S880 + c_PP2A <-> c_GluR2_memb_S880_PP2A (0.5, 0.005)
    ~ c_GluR2_memb_S880_PP2A <-> c_GluR2_memb + c_PP2A (0.00015, 0)
    ~ c_GluR2 <-> c_GluR2_memb (0.00024545, 0.0003)
    ~ c_GluR2_PKCt <-> c_GluR2_memb_PKCt (0.00024545, 0.0003)
    ~ c_GluR2_PKCp <-> c_GluR2_memb_PKCp (0.00024545, 0.0003)
    ~ c_GluR2_S880 <-> c_GluR2_memb_S880 (0.0055, 0.07)
    ~ c_GluR2_S880_PP2A <-> c_GluR2_memb_S880_PP2A (0.0055, 0.07)
    ~ c_ACh + c_M1R <-> c_AChM1R (0.095, 0.0025)
    ~ c_Gqabg + c_AChM1R <-> c_AChM1RGq (24.0, 0.00042)
    ~ c_Gqabg + c_M1R <-> c_M1RGq (0.576, 0.00042)
    ~ c_ACh + c_M1RGq <-> c_AChM1RGq (3.96, 0.0025)
    ~ c_AChM1RGq <-> c_GqaGTP + c_AChM1R (0.0005, 0)
    ~ c_ACh -> (0.006)
    ~ c_Ca + c_PLA2 <-> c_CaPLA2 (0.6, 0.003)
    ~ c_CaPLA2 + c_Pip2 <-> c_CaPLA2Pip2 (22.0, 0.444)
    ~ c_CaPLA2Pip2 <-> c_CaPLA2 + c_AA (0.111, 0)
    ~ c_AA <-> c_Pip2 (0.001, 0)
    ~ c_PKCt + c_AA <-> c_PKCp (0.005, 1.76e-07)
}

PROCEDURE measure() {
    LOCAL one, two, marked, a, b, c
    one = 0
    one = one + c_GluR1_memb + c_GluR1_memb_S845 + c_GluR1_memb_S831 + c_GluR1_memb_S845_S831
    one = one + c_GluR1_memb_PKAc + c_GluR1_memb_CKCam + c_GluR1_memb_CKpCam + c_GluR1_memb_CKp
    one = one + c_GluR1_memb_PKCt + c_GluR1_memb_PKCp + c_GluR1_memb_S845_CKCam + c_GluR1_memb_S845_CKpCam
    one = one + c_GluR1_memb_S845_CKp + c_GluR1_memb_S845_PKCt + c_GluR1_memb_S845_PKCp
    one = one + c_GluR1_memb_S831_PKAc + c_GluR1_memb_S845_PP1 + c_GluR1_memb_S845_S831_PP1
    one = one + c_GluR1_memb_S831_PP1 + c_GluR1_memb_S845_PP2B + c_GluR1_memb_S845_S831_PP2B
    one = 301100 * one
    two = 0
    two = two + c_GluR2_memb + c_GluR2_memb_PKCt + c_GluR2_memb_PKCp + c_GluR2_memb_S880
    two = two + c_GluR2_memb_S880_PP2A
    two = 301100 * two
    marked = 0
    marked = marked + c_GluR1_memb_S831 + c_GluR1_memb_S845_S831 + c_GluR1_memb_S831_PKAc
    marked = marked + c_GluR1_memb_S845_S831_PP1 + c_GluR1_memb_S831_PP1 + c_GluR1_memb_S845_S831_PP2B
    marked = 301100 * marked
    a = (one - marked) / (one + two)
    b = one / (one + two)
    c = two / (one + two)
    conductance = 12.4 * a^4 + 18.9 * (b^4 - a^4) + 2.2 * c^4 + 2.5 * (1 - b^4 - c^4)
    conductance = conductance * (one + two) / 4
    if (c_Ca > peak_Ca) { peak_Ca = c_Ca }
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
