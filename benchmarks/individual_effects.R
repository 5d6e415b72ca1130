# One grf::causal_forest fit of 2,000 trees with out-of-bag predictions: Rscript individual_effects.R trial.csv THREADS
if (nzchar(Sys.getenv("FORWHOM_BENCH_RLIB"))) .libPaths(c(Sys.getenv("FORWHOM_BENCH_RLIB"), .libPaths()))
argument <- commandArgs(TRUE)
threads <- as.integer(argument[2])
if (!requireNamespace("grf", quietly = TRUE)) {
  cat('{"name": "grf", "absent": "the R package grf is not installed"}\n')
  quit()
}
d <- read.csv(argument[1])
x <- as.matrix(d[, grep("^x", names(d))])
start <- proc.time()
fit <- grf::causal_forest(x, d$y, d$arm, W.hat = rep(0.5, nrow(d)), num.trees = 2000, num.threads = threads, seed = 42)
taken <- proc.time() - start
effect <- predict(fit)$predictions
cat(sprintf('{"name": "grf %s, %d thread%s", "seconds": %.4f, "cpu": %.4f, "rmse": %.4f}\n', packageVersion("grf"), threads,
  if (threads == 1) "" else "s", taken[[3]], taken[[1]] + taken[[2]], sqrt(mean((effect - d$tau)^2))))
