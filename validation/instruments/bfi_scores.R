# Scores of the 25 IPIP items (bfi) by psych::scoreItems, for comparison with forwhom's scorer.
# Usage: Rscript bfi_scores.R <bfi_items.csv> <out.json>
suppressMessages({library(psych); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
bfi <- read.csv(args[1])
keys <- list(
  agreeableness = c("-A1", "A2", "A3", "A4", "A5"), conscientiousness = c("C1", "C2", "C3", "-C4", "-C5"),
  extraversion = c("-E1", "-E2", "E3", "E4", "E5"), neuroticism = c("N1", "N2", "N3", "N4", "N5"),
  openness = c("O1", "-O2", "O3", "O4", "-O5")
)
items <- bfi[, 1:25]
scored <- function(data, ...) scoreItems(keys, data, min = 1, max = 6, ...)$scores
available <- scored(items, missing = TRUE, impute = "none")
complete <- complete.cases(items)
whole <- scored(items[complete, ])
summaries <- function(s) lapply(as.data.frame(s), function(x) list(n = sum(!is.na(x)), mean = mean(x, na.rm = TRUE), sd = sd(x, na.rm = TRUE)))
rows <- c(1:20, which(!complete)[1:20])
write(toJSON(list(
  versions = list(R = R.version.string, psych = as.character(packageVersion("psych"))),
  available = summaries(available), complete = summaries(whole),
  rows = rows, scores = available[rows, ]
), digits = NA, auto_unbox = TRUE, na = "null"), args[2])
