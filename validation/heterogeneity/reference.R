# Reference values for the tests of whether effects differ. Writes reference.json.
#   R_LIBS=<library with grf and mmrm> Rscript reference.R <folder of the trial files>
suppressMessages({library(grf); library(clubSandwich); library(sandwich); library(lmtest); library(metafor); library(mmrm); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
set.seed(20260101)
out <- list(versions = as.list(c(R = as.character(getRversion()), sapply(c("grf", "clubSandwich", "sandwich", "lmtest", "metafor", "mmrm"),
  function(p) as.character(packageVersion(p))))))

# RATE from given scores and priorities: plain, ties, clusters
rate_case <- function(n, round_to, groups, slope, seed) {
  set.seed(seed)
  x <- rnorm(n)
  g <- if (groups > 0) sample(1:groups, n, TRUE) else seq_len(n)
  u <- if (groups > 0) rnorm(groups)[g] else 0
  score <- round(slope * x + u + 2 * rnorm(n), 6)
  priority <- if (round_to > 0) round(x * round_to) / round_to else round(x, 6)
  fit <- lapply(c(AUTOC = "AUTOC", QINI = "QINI"), function(t) {
    r <- rank_average_treatment_effect.fit(score, priority, target = t, R = 4000, clusters = if (groups > 0) g else NULL)
    list(estimate = unname(r$estimate), se = unname(r$std.err), toc = r$TOC$estimate, toc_se = r$TOC$std.err)
  })
  list(score = score, priority = priority, cluster = if (groups > 0) g else NULL, fit = fit)
}
out$rate <- list(
  small = rate_case(60, 0, 0, 1, 1), ties = rate_case(100, 1, 0, 1, 2), clusters = rate_case(240, 2, 30, 0.5, 3),
  none = rate_case(400, 0, 0, 0, 4), large = rate_case(1000, 0, 0, 2, 5))

# Robust regression: CR2, Satterthwaite, HTZ
set.seed(11)
n <- 60
d <- data.frame(x1 = round(rnorm(n), 4), x2 = round(rnorm(n), 4), x3 = rbinom(n, 1, .4), g = sample(1:11, n, TRUE))
d$y <- round(d$x1 + rnorm(11)[d$g] + rnorm(n) * exp(d$x2 / 2), 4)
m <- lm(y ~ x1 + x2 + x3, d)
robust <- function(cluster) {
  t <- coef_test(m, vcov = "CR2", cluster = cluster)
  f <- Wald_test(m, constraints = constrain_zero(2:4), vcov = "CR2", cluster = cluster)
  list(beta = t$beta, se = t$SE, df = t$df_Satt, p = t$p_Satt, f = f$Fstat, df_denom = f$df_denom, p_f = f$p_val)
}
out$robust <- list(data = d, clusters = robust(d$g), people = robust(seq_len(n)), hc2 = unname(sqrt(diag(vcovHC(m, "HC2")))))

# Calibration of a causal forest: grf's regression, and the regression of its doubly robust scores
set.seed(21)
n <- 1000
x <- matrix(rnorm(n * 5), n, 5); w <- rbinom(n, 1, .5); y <- pmax(x[, 1], 0) * w + x[, 2] + rnorm(n)
forest <- causal_forest(x, y, w, W.hat = 0.5, num.trees = 1000, num.threads = 1)
cal <- test_calibration(forest)
p <- predict(forest)$predictions; gamma <- get_scores(forest)
lin <- lm(gamma ~ I(p - mean(p)))
h <- coeftest(lin, vcov = vcovHC(lin, "HC2"))
out$calibration <- list(prediction = round(p, 8), score = round(gamma, 8), grf = list(slope = cal[2, 1], se = cal[2, 2], p = cal[2, 4]),
  scores = list(average = h[1, 1], average_se = h[1, 2], slope = h[2, 1], se = h[2, 2]))

# Spread: lnVR
out$spread <- list(with(escalc("VR", sd1i = 8.2, n1i = 31, sd2i = 11.4, n2i = 44), list(value = as.numeric(yi), se = sqrt(vi))))

# Power of the F test
need <- function(df1, df2) uniroot(function(l) pf(qf(.95, df1, df2), df1, df2, ncp = l, lower.tail = FALSE) - .8, c(.01, 200), tol = 1e-12)$root
out$power <- lapply(list(c(1, 30), c(3, 40), c(9, 194), c(2, 12.5)), function(d) list(df1 = d[1], df2 = d[2], noncentrality = need(d[1], d[2])))

# Joint interaction on real trials
b <- read.csv(file.path(folder, "btheb_computer_cbt.csv"))
times <- c("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m")
long <- do.call(rbind, lapply(seq_along(times), function(j) data.frame(id = b$id, visit = j - 1, bdi = b[[times[j]]],
  arm = as.numeric(b$treatment == "BtheB"), drug = as.numeric(b$drug == "Yes"), long = as.numeric(b$length == ">6m"))))
long <- long[!is.na(long$bdi), ]
columns <- list(base = long$visit == 0)
for (j in 1:4) for (a in 0:1) columns[[paste0("m", a, j)]] <- long$visit == j & long$arm == a
for (j in 0:4) for (v in c("drug", "long")) columns[[paste0(v, j)]] <- (long$visit == j) * long[[v]]
for (j in 1:4) for (v in c("drug", "long")) columns[[paste0("i", v, j)]] <- (long$visit == j) * long$arm * long[[v]]
mat <- sapply(columns, as.numeric)
dat <- data.frame(bdi = long$bdi, id = factor(long$id), visit = factor(long$visit), mat)
# The default optimiser stops early here, with a log likelihood 3e-6 below its optimum and F 1e-4 off.
fit <- mmrm(as.formula(paste("bdi ~ 0 +", paste(colnames(mat), collapse = " + "), "+ us(visit | id)")), dat,
  control = mmrm_control(method = "Kenward-Roger", vcov = "Kenward-Roger-Linear", optimizer = "BFGS",
    optimizer_control = list(reltol = 1e-16, maxit = 10000)))
L <- matrix(0, 2, ncol(mat)); L[1, which(colnames(mat) == "idrug4")] <- 1; L[2, which(colnames(mat) == "ilong4")] <- 1
t <- df_md(fit, L)
out$btheb <- list(f = t$f_stat, df1 = t$num_df, df2 = t$denom_df, p = t$p_val)
ols <- function(y, arm, mods) {
  keep <- complete.cases(y, mods); y <- y[keep]; arm <- factor(arm[keep]); mods <- as.matrix(mods[keep, ])
  full <- lm(y ~ arm * mods); per <- lapply(levels(arm)[-1], function(k) {
    cols <- which(grepl(paste0("^arm", k, ":"), names(coef(full))))
    b <- coef(full)[cols]; f <- drop(b %*% solve(vcov(full)[cols, cols], b)) / length(cols)
    list(f = f, df1 = length(cols), df2 = full$df.residual, p = pf(f, length(cols), full$df.residual, lower.tail = FALSE)) })
  a <- anova(lm(y ~ arm + mods), full)
  list(per_arm = per, all = list(f = a$F[2], df1 = a$Df[2], df2 = full$df.residual, p = a$`Pr(>F)`[2]))
}
j <- read.csv(file.path(folder, "jobs2_mediation.csv"))
jm <- with(j, data.frame(econ_hard, as.numeric(factor(sex)), age, depress1))
out$jobs2 <- list(depression = ols(j$depress2, j$treat, jm))
r <- read.csv(file.path(folder, "bcrp_breast_cancer_recovery.csv"))
arm <- factor(r$cond, levels = c(3, 1, 2))
rm <- r[, c("disopt1", "negsoct1", "uncomt1", "comorbid", "age", "wcht1", "marital", "trext", "cesdt1")]
out$bcrp <- list(cesd = ols(r$cesdt3, arm, rm))
write(toJSON(out, digits = 12, auto_unbox = TRUE, dataframe = "columns", null = "null"), "reference.json")
