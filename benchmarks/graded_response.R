# mirt and ltm on one table: Rscript graded_response.R TABLE.csv
d <- read.csv(commandArgs(TRUE)[1])
timed <- function(f, times = 5) {
  seconds <- numeric(0)
  for (k in seq_len(times + 1)) {
    gc(FALSE)
    start <- proc.time()
    made <- f()
    spent <- proc.time() - start
    seconds <- c(seconds, spent[["user.self"]] + spent[["sys.self"]])
  }
  list(first = seconds[1], again = median(seconds[-1]), made = made)
}
told <- function(name, t, loglik) {
  cat(sprintf('{"name": "%s", "first": %.4f, "again": %.4f, "loglik": %.6f}\n', name, t$first, t$again, loglik))
}
if (requireNamespace("mirt", quietly = TRUE)) {
  suppressPackageStartupMessages(library(mirt))
  plain <- timed(function() mirt(d, 1, itemtype = "graded", verbose = FALSE))
  told("mirt, estimates only, its own tolerance", plain, logLik(plain$made))
  with_errors <- timed(function() mirt(d, 1, itemtype = "graded", SE = TRUE, TOL = 1e-6, verbose = FALSE), 3)
  told("mirt, standard errors, tolerance 1e-6", with_errors, logLik(with_errors$made))
  checked <- timed(function() {
    m <- mirt(d, 1, itemtype = "graded", SE = TRUE, TOL = 1e-6, verbose = FALSE)
    fscores(m, full.scores.SE = TRUE); itemfit(m); M2(m, type = "C2"); residuals(m, type = "Q3", verbose = FALSE); m
  }, 1)
  told("mirt, scores and tests of fit as well", checked, logLik(checked$made))
}
if (requireNamespace("ltm", quietly = TRUE)) {
  suppressPackageStartupMessages(library(ltm))
  t <- timed(function() grm(d, constrained = FALSE))
  told("ltm, estimates only", t, t$made$log.Lik)
}
