"""What the review (S1) tells of each region, marker and predictor, as a reader finds it; writes by_hand.csv.

Written from the text with its lines, not from the ledger. One tuple per place, group of people and contrast:
lines of the text, places, task, what each sample found, with its studies.
"""

from __future__ import annotations

import csv
from pathlib import Path

INPATIENT, FNIRS = "dbt-inpatient-fmri", "dbt-outpatient-fnirs"
SCHNELL, GOODMAN, FARRES = "schnell-dbt-inpatient", "goodman-dbt-outpatient", "farres-dbt-modules"
TFP = "perez-tfp"
UP, DOWN, SAME, MIXED, OPEN = "increase", "decrease", "none", "mixed", "not stated"
LOST = "concluded"  # A deactivation before treatment that was not there after it; no test of the change is told.

Found = dict[str, tuple[str, tuple[str, ...]]]
"""By sample: direction, studies."""


def one(sample: str, direction: str, *studies: str) -> Found:
    """A single sample."""
    return {sample: (direction, studies)}


ACTIVATION = [
    # Dialectical behavior therapy, all patients, change over time
    ("138-146", "caudal-acc", "dbt", "all", "time", "", one(SCHNELL, DOWN, "schnell-herpertz-2007")),
    ("138-146", "pcc", "dbt", "all", "time", "", one(SCHNELL, DOWN, "schnell-herpertz-2007")),
    ("138-146", "middle-temporal", "dbt", "all", "time", "", one(SCHNELL, DOWN, "schnell-herpertz-2007")),
    ("138-146; 387-389", "anterior-insula", "dbt", "all", "time", "",
     one(SCHNELL, DOWN, "schnell-herpertz-2007") | one(FARRES, UP, "farres-2019")),
    ("387-389", "frontal-operculum", "dbt", "all", "time", "", one(FARRES, UP, "farres-2019")),
    ("394-396", "default-mode-network", "dbt", "all", "time", "", one(FARRES, SAME, "farres-2019")),
    ("161-163; 346-351", "amygdala", "dbt", "all", "time", "",
     one(GOODMAN, DOWN, "goodman-2014") | one(INPATIENT, LOST, "niedtfeld-2017")),
    ("431-434", "middle-frontal", "dbt", "all", "time", "", one(FNIRS, DOWN, "rodrigo-2015")),
    ("431-434", "inferior-frontal", "dbt", "all", "time", "", one(FNIRS, DOWN, "rodrigo-2015")),
    ("431-434", "medial-pfc", "dbt", "all", "time", "", one(FNIRS, UP, "rodrigo-2015")),
    # … against healthy controls, usual care, another part of the treatment
    ("166-169", "amygdala", "dbt", "all", "healthy", "", one(GOODMAN, DOWN, "goodman-2014")),
    ("191-194", "anterior-insula", "dbt", "all", "healthy", "", one(INPATIENT, DOWN, "schmitt-2016")),
    ("191-194", "dorsal-acc", "dbt", "all", "healthy", "", one(INPATIENT, DOWN, "schmitt-2016")),
    ("194-196", "orbitofrontal", "dbt", "all", "healthy", "", one(INPATIENT, SAME, "schmitt-2016")),
    ("194-196", "dlpfc", "dbt", "all", "healthy", "", one(INPATIENT, SAME, "schmitt-2016")),
    ("319-325", "inferior-parietal", "dbt", "all", "healthy", "", one(INPATIENT, DOWN, "winter-2016")),
    ("319-325", "supramarginal", "dbt", "all", "healthy", "", one(INPATIENT, DOWN, "winter-2016")),
    ("319-325", "inferior-parietal", "dbt", "all", "usual-care", "", one(INPATIENT, DOWN, "winter-2016")),
    ("319-325", "supramarginal", "dbt", "all", "usual-care", "", one(INPATIENT, DOWN, "winter-2016")),
    *(("390-394", place, "dbt", "all", "other-form", "", one(FARRES, DOWN, "farres-2019"))
      for place in ("medial-occipital", "calcarine", "cuneus", "superior-occipital")),
    # … responders
    *(("145-148", place, "dbt", "responders", "time", "", one(SCHNELL, DOWN, "schnell-herpertz-2007"))
      for place in ("inferior-frontal", "medial-frontal", "amygdala", "hippocampus")),
    ("327-328", "perigenual-acc", "dbt", "responders", "time", "", one(INPATIENT, DOWN, "winter-2016")),
    *(("202-206", place, "dbt", "responders", "others", "", one(INPATIENT, DOWN, "schmitt-2016"))
      for place in ("amygdala", "subgenual-acc", "perigenual-acc", "dorsal-acc", "medial-ofc", "orbitofrontal", "dlpfc")),
    # … by improvement in one symptom
    *(("438-460", place, "dbt", scope, "time", outcome, one(FNIRS, direction, "rodrigo-2015"))
      for scope, outcome, place, direction in (
          ("less-improved", "affective-symptoms", "medial-pfc", UP),
          ("more-improved", "affective-symptoms", "lateral-pfc", UP),
          ("less-improved", "cognitive-symptoms", "lateral-pfc", UP),
          ("more-improved", "cognitive-symptoms", "lateral-pfc", UP),
          ("more-improved", "cognitive-symptoms", "prefrontal-cortex", UP),
          ("less-improved", "impulsivity", "medial-pfc", UP),
          ("more-improved", "impulsivity", "medial-pfc", MIXED),
          ("less-improved", "interpersonal-symptoms", "medial-pfc", UP),
          ("more-improved", "interpersonal-symptoms", "prefrontal-cortex", UP),
      )),
    # Other treatments of the discussion
    ("596-607; 607-612", "amygdala", "neurofeedback", "all", "time", "",
     one("paret-2016-sample", MIXED, "paret-2016") | one("zaehringer-2019-sample", DOWN, "zaehringer-2019")),
    *(("618-622", place, "tfp", "all", "time", "", one(TFP, direction, "perez-2016"))
      for place, direction in (("dorsal-acc", UP), ("dlpfc", UP), ("frontopolar", UP), ("vlpfc", DOWN), ("hippocampus", DOWN))),
    ("629-631", "frontal-lobe", "psychodynamic-family", "all", "time", "", one("lai-psychodynamic", UP, "lai-2007")),
]  # fmt: skip
VOLUME = [
    ("362-367; 490-491; 524-525", place, "dbt", "all", "usual-care", "", one(INPATIENT, UP, "mancke-2018"))
    for place in ("dorsal-acc", "rostral-acc", "inferior-frontal", "superior-temporal", "angular", "supramarginal")
]
CONNECTIVITY = [
    *(("199-202", f"acc+{end}", "dbt", "all", "time", "", one(INPATIENT, UP, "schmitt-2016"))
      for end in ("medial-frontal", "superior-frontal", "superior-temporal", "inferior-parietal")),
    *(("206-209", "+".join(sorted(("dlpfc", end))), "dbt", "responders", "others", "", one(INPATIENT, UP, "schmitt-2016"))
      for end in ("orbitofrontal", "superior-temporal", "posterior-insula", "cingulate", "thalamus")),
]  # fmt: skip
TRANSMISSION = [
    ("629-633", "frontal-lobe", "psychodynamic-family", "all", "untreated", "",
     one("viinamaki-psychodynamic", UP, "viinamaki-1998")),
]  # fmt: skip
BIOMARKERS = [
    ("545-547", "bdnf-methylation", "dbt", "all", "time", "", one("perroud-dbt-intensive", UP, "perroud-2013")),
    (
        "547-549",
        "bdnf-methylation",
        "dbt",
        "non-responders",
        "time",
        "",
        one("perroud-dbt-intensive", UP, "perroud-2013"),
    ),
    (
        "549-550",
        "bdnf-methylation",
        "dbt",
        "responders",
        "time",
        "",
        one("perroud-dbt-intensive", DOWN, "perroud-2013"),
    ),
    (
        "550-552",
        "bdnf-methylation",
        "dbt",
        "best-responders",
        "level",
        "",
        one("perroud-dbt-intensive", SAME, "perroud-2013"),
    ),
    ("700-704", "apba3-methylation", "dbt", "all", "level", "", one("knoblich-dbt", SAME, "knoblich-2018")),
    ("700-704", "mcf2-methylation", "dbt", "all", "level", "", one("knoblich-dbt", SAME, "knoblich-2018")),
    ("607-612", "startle", "neurofeedback", "all", "time", "", one("zaehringer-2019-sample", DOWN, "zaehringer-2019")),
]
HIGH, LOW = "higher", "lower"
PREDICTORS = [
    # One contrast, told from both sides: higher in those who left is lower in those who stayed.
    ("644-655", "superior-frontal", "dbt", "all", "", "completion", one(FNIRS, LOW, "rodrigo-2015")),
    ("644-659", "middle-frontal", "dbt", "all", "", "completion", one(FNIRS, MIXED, "rodrigo-2015")),
    ("652-655; 680-682", "medial-pfc", "dbt", "all", "", "completion", one(FNIRS, LOW, "rodrigo-2015", "ruocco-2016")),
    ("644-656; 680-682", "inferior-frontal", "dbt", "all", "", "completion", one(FNIRS, LOW, "rodrigo-2015", "ruocco-2016")),
    ("659-675", "dlpfc", "dbt", "more-improved", "", "self-harm", one(FNIRS, LOW, "ruocco-2016")),
    *(("677-680", place, "dbt", "all", "", "response", one("schmitgen-2019-sample", OPEN, "schmitgen-2019"))
      for place in ("amygdala", "amygdala@volume", "parahippocampal", "severity of bpd psychopathology")),
    ("690-696", "dorsal-acc", "tfp", "more-improved", "", "constraint", one(TFP, LOW, "perez-2016")),
    *(("696-699", place, "tfp", "more-improved", "", "affective-lability", one(TFP, LOW, "perez-2016"))
      for place in ("posterior-medial-ofc", "ventral-striatum")),
    *(("706-710", place, "dbt", "all", "", "response", one("knoblich-dbt", HIGH, "knoblich-2018"))
      for place in ("apba3-methylation", "mcf2-methylation")),
]  # fmt: skip
WITH, AGAINST = "positive", "negative"
CORRELATES = [
    ("170-173", "amygdala", "dbt", "all", "", "emotion-regulation", one(GOODMAN, AGAINST, "goodman-2014")),
    # Of the other study only the discussion tells it (514-516): no result.
    ("196-199", "anterior-insula", "dbt", "all", "", "bpd-severity", one(INPATIENT, MIXED, "schmitt-2016")),
    ("325-326", "inferior-parietal", "dbt", "all", "", "bpd-severity", one(INPATIENT, WITH, "winter-2016")),
    ("325-326", "supramarginal", "dbt", "all", "", "bpd-severity", one(INPATIENT, WITH, "winter-2016")),
    ("367-368", "angular@volume", "dbt", "all", "", "response", one(INPATIENT, WITH, "mancke-2018")),
    ("408-413; 513-515", "medial-occipital", "dbt", "all", "", "bpd-severity", one(FARRES, SAME, "farres-2019")),
    ("408-413", "medial-occipital", "dbt", "all", "", "mindfulness", one(FARRES, SAME, "farres-2019")),
    *(("434-436", place, "dbt", "all", "", "bpd-severity", one(FNIRS, sign, "rodrigo-2015"))
      for place, sign in (("middle-frontal", WITH), ("inferior-frontal", WITH), ("medial-pfc", AGAINST))),
    ("460-465", "dlpfc", "dbt", "all", "", "self-harm", one(FNIRS, AGAINST, "ruocco-2016")),
    ("623-625", "dorsal-acc", "tfp", "all", "", "constraint", one(TFP, WITH, "perez-2016")),
    *(("625-629", place, "tfp", "all", "", "affective-lability", one(TFP, sign, "perez-2016"))
      for place, sign in (("posterior-medial-ofc", AGAINST), ("ventral-striatum", AGAINST), ("amygdala", WITH),
                          ("parahippocampal", WITH))),
    ("682-684", "sert-vntr-12", "dbt", "all", "", "adherence", one("perez-2010-sample", WITH, "perez-2010")),
]  # fmt: skip
MAPS = (
    ("brain", "activation", ACTIVATION),
    ("brain", "volume", VOLUME),
    ("brain", "connectivity", CONNECTIVITY),
    ("brain", "transmission", TRANSMISSION),
    ("biomarkers", "", BIOMARKERS),
    ("predictors", "*", PREDICTORS),
    ("correlates", "*", CORRELATES),
)
CLINICAL = ("methylation", "sert", "severity")


def modality_of(modality: str, place: str) -> tuple[str, str]:
    """Place and modality; ``@`` names another than activation, markers and scores have none."""
    if modality != "*":
        return place, modality
    name, _, other = place.partition("@")
    return name, other or ("" if any(word in name for word in CLINICAL) else "activation")


def main() -> None:
    """Write the table."""
    with (Path(__file__).parent / "by_hand.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(
            ["map", "modality", "place", "treatment", "scope", "contrast", "outcome", "found", "studies", "lines"]
        )
        for of, modality, entries in MAPS:
            for lines, where, treatment, scope, contrast, outcome, found in entries:
                place, measured = modality_of(modality, where)
                samples = ";".join(f"{sample}={direction}" for sample, (direction, _) in sorted(found.items()))
                studies = ";".join(sorted(study for _, each in found.values() for study in each))
                out.writerow([of, measured, place, treatment, scope, contrast, outcome, samples, studies, lines])


if __name__ == "__main__":
    main()
