# What benchmarks/meta_analysis.py does, with metafor and clubSandwich. One line of JSON: seconds of the processor, median of three.
suppressMessages({library(metafor); library(clubSandwich)})
d <- read.csv(commandArgs(TRUE)[1]); d$effect <- seq_len(nrow(d))
pool <- function() { f <- rma(yi, vi, data = d, test = "knha"); predict(f); confint(f); f }
whole <- function() {
  f <- pool(); leave1out(f); influence(f); regtest(f); suppressWarnings(ranktest(f)); trimfill(f)
  lm(yi ~ sqrt(vi), d, weights = 1 / vi); lm(yi ~ vi, d, weights = 1 / vi)
  try(suppressWarnings(selmodel(rma(yi, vi, data = d, method = "ML"), type = "stepfun", steps = .025, alternative = "less")), silent = TRUE)
  V <- vcalc(vi, cluster = study, obs = effect, rho = .5, data = d)
  m <- rma.mv(yi, V, random = ~ 1 | study / effect, data = d, test = "t", dfs = "contain", sparse = TRUE)
  predict(m); confint(m); robust(m, cluster = d$study, clubSandwich = TRUE)
}
clock <- function(job) median(sapply(1:3, function(i) sum(system.time(job())[1:2])))
cat(sprintf('{"pool": %.4f, "whole": %.4f}\n', clock(pool), clock(whole)))
