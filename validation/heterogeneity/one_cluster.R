# CR2, Satterthwaite and HTZ where one cluster alone determines a coefficient, or all but does. Writes one_cluster.json.
#   Rscript one_cluster.R
suppressMessages({library(clubSandwich); library(jsonlite)})
set.seed(20260401)
n <- 120
g <- sort(sample(1:14, n, TRUE))
d <- data.frame(g = g, x1 = round(rnorm(n), 4), own = as.numeric(g == 5), shared = as.numeric(g == 3 | seq_len(n) == n))
# Nobody but cluster 9 has the rare value, not everybody in it has: only that cluster shows what it does.
d$rare <- as.numeric(g == 9) * rep(c(0, 1, 1), length.out = n)
d$w <- round(exp(rnorm(n, sd = .4)), 4)
d$y <- round(0.5 * d$x1 + rnorm(14)[g] + rnorm(n), 4)
told <- function(m, tested) {
  t <- coef_test(m, vcov = "CR2", cluster = g)
  f <- Wald_test(m, constraints = constrain_zero(tested), vcov = "CR2", cluster = g)
  list(beta = t$beta, se = t$SE, df = t$df_Satt, p = t$p_Satt, f = f$Fstat, df_denom = f$df_denom, p_f = f$p_val)
}
out <- list(versions = list(R = as.character(getRversion()), clubSandwich = as.character(packageVersion("clubSandwich"))), data = d,
  own = told(lm(y ~ x1 + own, d), 2:3), rare = told(lm(y ~ x1 + rare, d), 2:3), both = told(lm(y ~ x1 + own + shared, d), c(2, 4)),
  shared = told(lm(y ~ x1 + shared, d), 2:3))
write(toJSON(out, digits = 12, auto_unbox = TRUE, dataframe = "columns"), "one_cluster.json")
