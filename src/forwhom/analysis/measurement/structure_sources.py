"""Whom the structure of a scale cites."""

from __future__ import annotations

MUTHEN = (
    "Muthén BO. A general structural equation model with dichotomous, ordered categorical, and "
    "continuous latent variable indicators. Psychometrika 1984;49:115-132."
)
YUAN = (
    "Yuan KH, Bentler PM. Three likelihood-based methods for mean and covariance structure analysis with "
    "nonnormal missing data. Sociol Methodol 2000;30:165-200."
)
HU = (
    "Hu L, Bentler PM. Cutoff criteria for fit indexes in covariance structure analysis. Struct Equ "
    "Modeling 1999;6:1-55."
)
REISE = "Reise SP. The rediscovery of bifactor measurement models. Multivariate Behav Res 2012;47:667-696."
MEREDITH = (
    "Meredith W. Measurement invariance, factor analysis and factorial invariance. Psychometrika 1993;58:525-543."
)
WU = (
    "Wu H, Estabrook R. Identification of confirmatory factor analysis models of different levels of "
    "invariance for ordered categorical outcomes. Psychometrika 2016;81:1014-1045."
)
CHEUNG = (
    "Cheung GW, Rensvold RB. Evaluating goodness-of-fit indexes for testing measurement invariance. "
    "Struct Equ Modeling 2002;9:233-255."
)
