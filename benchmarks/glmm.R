# Peer of glmm.py on the same formula and table: prints one JSON line. Times are of the processor.
given <- commandArgs(trailingOnly = TRUE)
program <- given[5]
suppressPackageStartupMessages(library(program, character.only = TRUE))
formula <- as.formula(given[1]); d <- read.csv(given[2]); points <- as.integer(given[4])
family <- if (given[3] == "poisson") poisson() else binomial()
clock <- function() {
  gc(FALSE); t <- proc.time()
  fit <- suppressMessages(suppressWarnings(
    if (program == "lme4") glmer(formula, d, family, nAGQ = points) else glmmTMB(formula, d, family)))
  s <- suppressWarnings(summary(fit)); spent <- proc.time() - t
  c(whole = spent[["user.self"]] + spent[["sys.self"]], loglik = as.numeric(logLik(fit)))
}
first <- clock(); again <- replicate(3, clock())
cat(sprintf('{"first": %.4f, "again": %.4f, "loglik": %.9f}\n', first[["whole"]], median(again["whole", ]), first[["loglik"]]))
