# grf::causal_forest on the trials written by draws.py: Rscript peers.R FOLDER OUT.csv
# Allocation probability given as 1/2, 2,000 trees, one thread, everything else as it comes. Predictions are out of bag.
suppressPackageStartupMessages(library(grf))
argument <- commandArgs(TRUE)
files <- sort(list.files(argument[1], "[.]csv$", full.names = TRUE))
# One size after the other, draws in turn, so that an interrupted run leaves even cells.
parts <- do.call(rbind, strsplit(sub("[.]csv$", "", basename(files)), "-"))
files <- files[order(as.integer(parts[, 3]), as.integer(parts[, 2]), parts[, 1])]
cat("engine,kind,n,draw,rmse,lost,correlation,ate_error,ate_se,seconds,version\n", file = argument[2])
for (path in files) {
  d <- read.csv(path)
  part <- strsplit(sub("[.]csv$", "", basename(path)), "-")[[1]]
  x <- as.matrix(d[, grep("^x", names(d))])
  start <- proc.time()[[3]]
  fit <- causal_forest(x, d$y, d$arm, W.hat = rep(0.5, nrow(d)), num.trees = 2000, num.threads = 1, seed = 42)
  seconds <- proc.time()[[3]] - start
  effect <- predict(fit)$predictions
  ate <- average_treatment_effect(fit)
  lost <- mean(abs(d$tau) * ((effect > 0) != (d$tau > 0)))
  r <- if (sd(d$tau) > 0) cor(effect, d$tau) else NA
  cat(sprintf("grf,%s,%s,%d,%.6f,%.6f,%.6f,%.6f,%.6f,%.3f,%s\n", part[1], part[2], as.integer(part[3]),
    sqrt(mean((effect - d$tau)^2)), lost, r, ate[[1]] - mean(d$tau), ate[[2]], seconds, packageVersion("grf")),
    file = argument[2], append = TRUE)
}
