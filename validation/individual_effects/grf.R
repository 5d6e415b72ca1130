# grf's causal forest (2,000 trees, known allocation) on the trials that `simulate.py draws` wrote: 95 % intervals from its
# variance estimates, out of bag.
#   R_LIBS=<library with grf> Rscript grf.R <folder> <people> [cells, e.g. 1,4]
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]; people <- arguments[2]
library(grf)
cat("grf", as.character(packageVersion("grf")), R.version.string, "\n")
files <- list.files(folder, pattern = paste0("^draw_", people, "_"), full.names = TRUE)
parts <- do.call(rbind, strsplit(basename(files), "[_.]"))
if (length(arguments) > 2) keep <- parts[, 3] %in% strsplit(arguments[3], ",")[[1]] else keep <- rep(TRUE, length(files))
# All cells of a replication before the next one, so that a run cut short has some of each.
files <- files[keep][order(as.integer(parts[keep, 4]), as.integer(parts[keep, 3]))]
out <- NULL
for (name in files) {
  d <- read.csv(name)
  x <- as.matrix(d[, -(1:3)])
  forest <- causal_forest(x, d$y, d$arm, W.hat = 0.5, num.trees = 2000, num.threads = 1, seed = 1)
  p <- predict(forest, estimate.variance = TRUE)
  half <- qnorm(0.975) * sqrt(p$variance.estimates)
  sd <- sqrt((var(d$y[d$arm == 0]) + var(d$y[d$arm == 1])) / 2)
  part <- strsplit(basename(name), "[_.]")[[1]]
  out <- rbind(out, data.frame(n = part[2], cell = part[3], replication = part[4],
    coverage = mean(abs(p$predictions - d$effect) <= half), width = mean(2 * half) / sd,
    rmse = sqrt(mean((p$predictions - d$effect)^2)) / sd))
  write.csv(out, file.path(folder, paste0("grf_", people, ".csv")), row.names = FALSE)
}
