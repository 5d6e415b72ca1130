# Values that tests/kernels/test_monotone_trend.py compares with. Base R only.
# Rscript validation/monotone_trend/reference.R > validation/monotone_trend/reference.json
set.seed(20260101)
cases <- list()
for (n in c(3, 5, 6, 8, 12, 20, 40)) {
  x <- sort(round(runif(n, 0, 18), 2)); y <- round(0.1 * x + rnorm(n), 3)
  test <- suppressWarnings(cor.test(x, y, method = "kendall", exact = TRUE))
  slopes <- outer(seq_along(x), seq_along(x), Vectorize(function(i, j) if (i < j) (y[j] - y[i]) / (x[j] - x[i]) else NA))
  slopes <- sort(slopes[!is.na(slopes)])
  # Limits of Hollander & Wolfe (1999), section 9.3, by the exact null distribution of Kendall's statistic: the number of pairs
  # in order under the null is counted by convolution.
  counts <- 1
  for (i in 2:n) counts <- rowSums(sapply(0:(i - 1), function(k) c(rep(0, k), counts, rep(0, i - 1 - k))))
  tail <- rev(cumsum(rev(counts / sum(counts))))
  N <- length(slopes); k <- which(2 * tail <= 0.05)[1] - 1
  if (is.na(k)) { low <- NA; high <- NA } else { C <- 2 * k - N - 2; low <- slopes[(N - C) / 2]; high <- slopes[(N + C) / 2 + 1] }
  cases[[length(cases) + 1]] <- list(x = x, y = y, tau = unname(test$estimate), p = test$p.value, slope = median(slopes), low = low, high = high)
}
number <- function(v) paste0("[", paste(ifelse(is.na(v), "null", format(v, digits = 15, trim = TRUE)), collapse = ", "), "]")
one <- function(c) paste0('{"x": ', number(c$x), ', "y": ', number(c$y), ', "tau": ', number(c$tau), ', "p": ', number(c$p),
  ', "slope": ', number(c$slope), ', "low": ', number(c$low), ', "high": ', number(c$high), "}")
cat('{"made_by": "', R.version.string, ', cor.test of stats", "cases": [\n', paste(sapply(cases, one), collapse = ",\n"), "\n]}\n", sep = "")
