"""Labelled models: model text and data frame in, labelled fit out.

    from forwhom import models

    fit = models.sem("f =~ x1 + x2 + x3", data)
    print(fit)

Importing this package does no work; each name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forwhom.models.latent_traits.dif import differential_functioning
    from forwhom.models.latent_traits.model import graded_response
    from forwhom.models.mediating.model import mediation
    from forwhom.models.mixed_effects.compare import compare
    from forwhom.models.mixed_effects.generalised import generalised
    from forwhom.models.mixed_effects.model import mixed
    from forwhom.models.mixed_effects.replicates import mixed_replicates
    from forwhom.models.structural import recipes
    from forwhom.models.structural.climbing import longitudinal_invariance
    from forwhom.models.structural.invariance import invariance
    from forwhom.models.structural.model import sem
    from forwhom.models.structural.modification import modification

_WHERE = {
    "compare": ("forwhom.models.mixed_effects.compare", "compare"),
    "differential_functioning": ("forwhom.models.latent_traits.dif", "differential_functioning"),
    "generalised": ("forwhom.models.mixed_effects.generalised", "generalised"),
    "graded_response": ("forwhom.models.latent_traits.model", "graded_response"),
    "invariance": ("forwhom.models.structural.invariance", "invariance"),
    "mediation": ("forwhom.models.mediating.model", "mediation"),
    "longitudinal_invariance": ("forwhom.models.structural.climbing", "longitudinal_invariance"),
    "mixed": ("forwhom.models.mixed_effects.model", "mixed"),
    "mixed_replicates": ("forwhom.models.mixed_effects.replicates", "mixed_replicates"),
    "modification": ("forwhom.models.structural.modification", "modification"),
    "recipes": ("forwhom.models.structural.recipes", ""),
    "sem": ("forwhom.models.structural.model", "sem"),
}

__all__ = [
    "compare",
    "differential_functioning",
    "generalised",
    "graded_response",
    "invariance",
    "longitudinal_invariance",
    "mediation",
    "mixed",
    "mixed_replicates",
    "modification",
    "recipes",
    "sem",
]


def __getattr__(name: str) -> object:
    if name in _WHERE:
        module, attribute = _WHERE[name]
        made = getattr(import_module(module), attribute) if attribute else import_module(module)
        globals()[name] = made
        return made
    raise AttributeError(f"forwhom.models has no {name!r}. It has: {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted(__all__)
