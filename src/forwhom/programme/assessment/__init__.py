"""What an assessment finds: attachment strategies, the mentalizing profile, triggers. Pure rules over marks."""

from forwhom.programme.assessment.model import Catalogue, Episode, Mark, Observation, Rated
from forwhom.programme.assessment.profile import Profile, Square, profile
from forwhom.programme.assessment.reading import catalogue, read
from forwhom.programme.assessment.strategies import RULE, Side, Verdict, latest, verdict
from forwhom.programme.assessment.triggers import TriggerRow, trigger_map

__all__ = [
    "RULE",
    "Catalogue",
    "Episode",
    "Mark",
    "Observation",
    "Profile",
    "Rated",
    "Side",
    "Square",
    "TriggerRow",
    "Verdict",
    "catalogue",
    "latest",
    "profile",
    "read",
    "trigger_map",
    "verdict",
]
