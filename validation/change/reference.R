# Reference values for effect sizes: metafor (SMD, SMCC, SMCR), base R noncentral t, gamma function.
# Run from this folder: Rscript reference.R; writes reference.json beside itself.
suppressMessages({library(metafor); library(jsonlite)})
out <- list(versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))))
out$correction <- lapply(c(2, 5, 10, 50, 500), function(m) c(m, exp(lgamma(m / 2) - log(sqrt(m / 2)) - lgamma((m - 1) / 2))))
limits <- function(t, df, level = .95) sapply(c((1 + level) / 2, (1 - level) / 2), function(p)
  uniroot(function(x) suppressWarnings(pt(t, df, x)) - p, c(-37, 37), tol = 1e-13)$root)
cases <- list(c(2.83, 126), c(0, 5), c(30, 40), c(-12, 3), c(-1.5, 18), c(5, 300))
out$noncentral <- lapply(cases, function(z) c(z, limits(z[1], z[2])))
groups <- list(c(103, 5.5, 50, 100, 4.5, 50), c(14.2, 9.1, 12, 21.7, 10.4, 9), c(8, 3, 200, 8.1, 3.3, 180))
out$two_groups <- lapply(groups, function(g) {
  e <- escalc("SMD", m1i = g[1], sd1i = g[2], n1i = g[3], m2i = g[4], sd2i = g[5], n2i = g[6], vtype = "LS")
  df <- g[3] + g[6] - 2; sp <- sqrt(((g[3] - 1) * g[2]^2 + (g[6] - 1) * g[5]^2) / df)
  per <- sqrt(g[3] * g[6] / (g[3] + g[6]))
  list(input = g, g = as.numeric(e$yi), limits = limits((g[1] - g[4]) / sp * per, df) / per)
})
before <- c(20, 25, 31, 22, 28, 30, 19, 27, 24, 33); after <- c(15, 22, 24, 20, 19, 27, 21, 20, 18, 29)
n <- length(before); r <- cor(before, after)
smcc <- escalc("SMCC", m1i = mean(after), m2i = mean(before), sd1i = sd(after), sd2i = sd(before), ni = n, ri = r)
smcr <- escalc("SMCR", m1i = mean(after), m2i = mean(before), sd1i = sd(before), ni = n, ri = r)
out$prepost <- list(before = before, after = after, r = r, dz_corrected = as.numeric(smcc$yi), becker_corrected = as.numeric(smcr$yi),
  becker_variance = as.numeric(smcr$vi), dz_limits = limits(mean(after - before) / (sd(after - before) / sqrt(n)), n - 1) / sqrt(n),
  d_av = mean(after - before) / sqrt((var(before) + var(after)) / 2))
out$dichotomising <- lapply(c(.5, .3, .1, .02), function(p) c(p, dnorm(qnorm(p)) / sqrt(p * (1 - p))))
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE), "reference.json")
