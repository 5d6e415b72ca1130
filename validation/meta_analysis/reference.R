# Reference values of meta-analysis: metafor and clubSandwich, on made-up sets and on the data sets of metadat.
#
#   Rscript reference.R FOLDER [METAPSY.csv] > reference.json
#
# What is said of each study of metadat (effects, variances, moderators, weights, influence) is written to FOLDER, one meta_LEVEL_NAME.json
# a set; reference.json keeps what is said of the whole. With a table of Metapsy its results are stored, its rows are not.
suppressMessages({library(metafor); library(metadat); library(clubSandwich); library(jsonlite)})
tight <- list(threshold = 1e-13, maxiter = 10000, tol = 1e-12)
limits <- list(tol = 1e-12, maxiter = 10000)
plain <- function(x) unname(as.numeric(x))
args <- commandArgs(TRUE)
if (!length(args)) stop("Which folder are the data sets of metadat for?")
told <- function(x) toJSON(x, auto_unbox = TRUE, digits = I(13), na = "null", null = "null")
# Cuts what is said of single studies out of a set's entry, for the folder.
each <- c("y", "v", "x", "cluster", "diagnostics")
apart <- function(level, name, entry) {
  out <- entry[intersect(each, names(entry))]
  if (!is.null(entry$fits)) out$weights <- lapply(entry$fits, `[[`, "weights")
  writeLines(told(out), file.path(args[1], paste0("meta_", level, "_", name, ".json")))
  whole(entry)
}
whole <- function(entry) {
  if (!is.null(entry$fits)) entry$fits <- lapply(entry$fits, function(f) f[names(f) != "weights"])
  c(list(k = length(entry$y)), entry[setdiff(names(entry), each)])
}

set.seed(20260702)
made <- function(k, tau2, bias = 0) {
  n <- round(exp(rnorm(k, 4, .6))) + 12
  d <- data.frame(vi = round(4 / n, 5), x1 = round(rnorm(k), 3), x2 = rbinom(k, 1, .4))
  d$yi <- round(-.35 + .2 * d$x1 - .15 * d$x2 + bias * sqrt(d$vi) + rnorm(k, sd = sqrt(tau2 + d$vi)), 4)
  d
}
nested <- function(sizes, between, within) {
  cluster <- rep(seq_along(sizes), sizes); k <- length(cluster)
  d <- data.frame(cluster = cluster, vi = round(4 / (round(exp(rnorm(length(sizes), 4, .5))) + 15), 5)[cluster])
  d$x1 <- round(rnorm(length(sizes)), 3)[cluster]; d$x2 <- round(rnorm(k), 3)
  d$yi <- round(-.4 + .2 * d$x2 + rnorm(length(sizes), sd = sqrt(between))[cluster] + rnorm(k, sd = sqrt(within + d$vi)), 4)
  d
}

two <- list(made_nine = made(9, .05), made_spread = made(34, .3), made_alike = made(18, 0), made_small_studies = made(26, .04, -1.2))
n <- round(exp(rnorm(16, 3.6, .5)))
two$made_events <- escalc(measure = "OR", ai = rbinom(16, n, .18), n1i = n, ci = rbinom(16, n, .3), n2i = n, data = data.frame(x1 = round(rnorm(16), 3)))
two$bcg <- within(escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), { x1 <- ablat; x2 <- year - 1960 })
two$raudenbush <- within(dat.raudenbush1985, { x1 <- weeks; x2 <- as.numeric(setting == "group") })
two$normand <- within(escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999), { x1 <- n1i / 100 })
two$hackshaw <- within(dat.hackshaw1998, { x1 <- year - 1990; x2 <- as.numeric(design == "cohort") })
two$bangert <- within(subset(dat.bangertdrowns2004, !is.na(length)), { x1 <- length; x2 <- year - 1990 })
two$molloy <- within(escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.molloy2014), { x1 <- meanage - 50; x2 <- quality })
two$gibson <- within(subset(escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.gibson2002), !is.na(yi)), { x1 <- type })
two$collins <- within(escalc(measure = "OR", ai = pre.xti, n1i = pre.nti, ci = pre.xci, n2i = pre.nci, data = dat.collins1985b), { x1 <- year - 1965 })
two$li <- within(escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.li2007), { x1 <- year - 1995 })
two$nielweise <- within(escalc(measure = "RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.nielweise2007), { x1 <- year - 2000 })
two$crede <- within(escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.crede2010), { x1 <- as.numeric(criterion == "grade") })
two$alike <- data.frame(yi = c(.30, .31, .29, .33, .28, .30, .27, .32), vi = c(.04, .05, .03, .06, .02, .08, .05, .04), x1 = 1:8)
two$three <- data.frame(yi = c(-.2, -.9, -.4), vi = c(.04, .06, .02), x1 = 1:3)
two$two <- data.frame(yi = c(-.2, -.9), vi = c(.04, .06))

fits <- function(d) {
  out <- list()
  for (method in c("REML", "ML", "DL", "PM", "FE")) for (test in c("z", "knha", "adhoc")) {
    f <- rma(yi, vi, data = d, method = method, test = test, control = tight)
    pi <- predict(f)
    out[[paste(method, test)]] <- list(b = plain(f$beta), se = plain(f$se), p = plain(f$pval), low = plain(f$ci.lb), high = plain(f$ci.ub),
      tau2 = f$tau2, q = f$QE, q_p = f$QEp, i2 = f$I2 / 100, h2 = f$H2, loglik = as.numeric(logLik(f, REML = method == "REML")),
      pi_low = plain(pi$pi.lb), pi_high = plain(pi$pi.ub), weights = plain(weights(f)) / 100)
  }
  out
}
regressions <- function(d) {
  mods <- as.matrix(d[, intersect(c("x1", "x2"), names(d)), drop = FALSE])
  out <- list()
  for (method in c("REML", "ML", "DL", "PM")) for (test in c("z", "knha")) {
    f <- suppressWarnings(rma(yi, vi, mods = mods, data = d, method = method, test = test, control = tight))
    at <- predict(f, newmods = colMeans(mods))
    out[[paste(method, test)]] <- list(b = plain(f$beta), se = plain(f$se), p = plain(f$pval), tau2 = f$tau2, q = f$QE, qm = f$QM, qm_p = f$QMp,
      r2 = if (is.null(f$R2)) NULL else f$R2 / 100, i2 = f$I2 / 100, loglik = as.numeric(logLik(f, REML = method == "REML")),
      at = plain(colMeans(mods)), predicted = c(at$pred, at$ci.lb, at$ci.ub, at$pi.lb, at$pi.ub))
  }
  out
}
diagnostics <- function(d) {
  out <- list()
  for (test in c("z", "knha")) {
    f <- rma(yi, vi, data = d, test = test, control = tight)
    l <- leave1out(f); i <- influence(f)
    out[[test]] <- list(leave = list(estimate = plain(l$estimate), se = plain(l$se), low = plain(l$ci.lb), high = plain(l$ci.ub), tau2 = plain(l$tau2),
      i2 = plain(l$I2) / 100, q = plain(l$Q)), influence = list(residual = plain(i$inf$rstudent), dffits = plain(i$inf$dffits), cook = plain(i$inf$cook.d),
      covariance_ratio = plain(i$inf$cov.r), tau2 = plain(i$inf$tau2.del), q = plain(i$inf$QE.del), hat = plain(i$inf$hat),
      dfbetas = plain(i$dfbs[[1]]), notable = unname(i$is.infl)))
    if (!is.null(d$x1)) {
      g <- rma(yi, vi, mods = ~ x1, data = d, test = test, control = tight); i <- influence(g)
      out[[test]]$moderated <- list(residual = plain(i$inf$rstudent), dffits = plain(i$inf$dffits), cook = plain(i$inf$cook.d), dfbetas = cbind(plain(i$dfbs[[1]]), plain(i$dfbs[[2]])))
    }
  }
  out
}
asymmetry <- function(d) {
  f <- rma(yi, vi, data = d, control = tight)
  out <- list()
  for (by in c("sei", "vi")) for (model in c("rma", "lm")) for (test in if (model == "rma") c("z", "knha") else "t") {
    g <- if (model == "rma") regtest(rma(yi, vi, data = d, test = test, control = tight), predictor = by) else regtest(f, model = model, predictor = by)
    out$egger[[paste(by, model, test)]] <- list(statistic = plain(g$zval), p = plain(g$pval), limit = plain(g$est), low = plain(g$ci.lb), high = plain(g$ci.ub))
  }
  r <- suppressWarnings(ranktest(f)); out$begg <- list(tau = plain(r$tau), p = plain(r$pval), tied = anyDuplicated(d$vi) > 0)
  for (e in c("L0", "R0", "Q0")) {
    t <- try(trimfill(f, estimator = e, control = tight), silent = TRUE)
    out$trim[[e]] <- if (inherits(t, "try-error")) list(error = TRUE) else list(missing = t$k0, se = plain(t$se.k0), p = t$p.k0, side = t$side, estimate = plain(t$beta), tau2 = t$tau2)
  }
  m <- rma(yi, vi, data = d, method = "ML", control = tight)
  for (alternative in c("greater", "less")) for (steps in list(.025, c(.025, .5))) {
    s <- try(suppressWarnings(selmodel(m, type = "stepfun", steps = steps, alternative = alternative, control = list(optimizer = "BFGS", reltol = 1e-14))), silent = TRUE)
    if (!inherits(s, "try-error") && all(s$ptable$k > 0)) out$selection[[paste(alternative, length(steps))]] <- list(estimate = plain(s$beta), se = plain(s$se), tau2 = s$tau2,
      weights = plain(s$delta)[-1], weights_se = plain(s$se.delta)[-1], lr = plain(s$LRT), p = plain(s$LRTp), loglik = as.numeric(logLik(s)), counts = s$ptable$k)
  }
  out
}
levels3 <- function(d, V, x) {
  out <- list()
  for (m in c("plain", "moderated")) {
    f <- rma.mv(yi, V, mods = if (m == "plain") ~ 1 else x, random = ~ 1 | cluster / effect, data = d, test = "t", dfs = "contain", control = list(optimizer = "BFGS", reltol = 1e-15, maxit = 5000))
    ml <- update(f, method = "ML")
    r <- robust(f, cluster = d$cluster, clubSandwich = TRUE)
    one <- list(b = plain(f$beta), se = plain(f$se), df = plain(f$ddf), low = plain(f$ci.lb), high = plain(f$ci.ub), sigma2 = plain(f$sigma2), q = f$QE,
      loglik = as.numeric(logLik(f)), ml_sigma2 = plain(ml$sigma2), ml_loglik = as.numeric(logLik(ml, REML = FALSE)),
      robust = list(se = plain(r$se), df = plain(r$dfs), p = plain(r$pval), low = plain(r$ci.lb), high = plain(r$ci.ub)))
    if (m == "plain") {
      pi <- predict(f); one$pi <- c(plain(pi$pi.lb), plain(pi$pi.ub))
      c <- confint(f, control = limits)
      one$limits <- lapply(1:2, function(i) plain(c[[i]]$random[1, 2:3]))
    } else {
      w <- Wald_test(f, constraints = constrain_zero(2:f$p), vcov = vcovCR(f, cluster = d$cluster, type = "CR2"), test = "HTZ")
      one$htz <- list(f = w$Fstat, df2 = w$df_denom, p = w$p_val); one$qm <- f$QM
    }
    out[[m]] <- one
  }
  u <- rma(yi, vi, data = d, control = tight)
  r <- robust(u, cluster = d$cluster, clubSandwich = TRUE)
  out$two_level_robust <- list(b = plain(u$beta), se = plain(r$se), df = plain(r$dfs), p = plain(r$pval))
  out
}

result <- list(versions = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")), metadat = as.character(packageVersion("metadat")), clubSandwich = as.character(packageVersion("clubSandwich"))))
for (name in names(two)) {
  d <- as.data.frame(two[[name]]); d$yi <- as.numeric(d$yi); k <- nrow(d)
  ci <- suppressWarnings(confint(rma(yi, vi, data = d, control = tight), control = limits))$random
  entry <- list(y = d$yi, v = as.numeric(d$vi), tau2_limits = plain(ci[1, 2:3]), i2_limits = plain(ci[3, 2:3]) / 100, fits = fits(d))
  if (k > 3 && !is.null(d$x1)) { entry$x <- as.matrix(d[, intersect(c("x1", "x2"), names(d)), drop = FALSE]); dimnames(entry$x) <- NULL; entry$regressions <- regressions(d) }
  if (k > 3) { entry$diagnostics <- diagnostics(d); entry$asymmetry <- asymmetry(d) }
  result$two_level[[name]] <- if (name %in% c("alike", "three", "two") || startsWith(name, "made")) entry else apart("two", name, entry)
}

three <- list(made_nested = nested(rep(1:5, 4), .06, .04), made_pairs = nested(rep(2, 24), .1, 0), made_within = nested(rep(c(3, 6), 5), 0, .08),
  konstantopoulos = within(dat.konstantopoulos2011, { cluster <- district; x1 <- year - 1990; x2 <- as.numeric(school > 3) }),
  assink = within(dat.assink2016, { cluster <- study; x1 <- year; x2 <- pubstatus }),
  crede = within(escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.crede2010), { cluster <- studyid; x1 <- as.numeric(criterion == "grade"); x2 <- year - 1990 }),
  lopez = within(subset(dat.lopez2019, is.finite(diff) & is.finite(se) & se > 0), { cluster <- as.integer(factor(study)); yi <- diff; vi <- se; x1 <- cog; x2 <- group }))
for (name in names(three)) {
  d <- as.data.frame(three[[name]]); d$yi <- as.numeric(d$yi); d$vi <- as.numeric(d$vi); d <- subset(d, !is.na(x1) & !is.na(x2) & !is.na(yi)); d$effect <- seq_len(nrow(d))
  entry <- list(y = d$yi, v = d$vi, cluster = d$cluster, x = unname(as.matrix(d[, c("x1", "x2")])), independent = levels3(d, d$vi, ~ x1 + x2))
  entry$correlated <- levels3(d, vcalc(vi, cluster = cluster, obs = effect, rho = .6, data = d), ~ x1 + x2)
  result$three_level[[name]] <- if (startsWith(name, "made")) entry else apart("three", name, entry)
}

cells <- data.frame(e1 = c(15, 0, 3, 0, 40, 7, 12), n1 = c(40, 30, 33, 25, 40, 21, 12), e2 = c(20, 5, 0, 0, 40, 9, 10), n2 = c(40, 31, 30, 26, 41, 20, 12))
for (m in c("RR", "OR", "RD")) {
  e <- escalc(measure = m, ai = e1, n1i = n1, ci = e2, n2i = n2, data = cells, add = 1/2, to = "only0", drop00 = m != "RD")
  result$escalc[[m]] <- list(value = as.numeric(e$yi), variance = as.numeric(e$vi))
}
result$escalc$cells <- cells
groups <- data.frame(m1 = c(10.2, 14, 20.5), s1 = c(4, 5.5, 3), n1 = c(20, 12, 150), m2 = c(12.9, 13, 24), s2 = c(5, 4, 6), n2 = c(25, 9, 140), r = c(.3, .5, .8))
e <- escalc(measure = "SMD", m1i = m1, sd1i = s1, n1i = n1, m2i = m2, sd2i = s2, n2i = n2, data = groups)
p <- escalc(measure = "SMCR", m1i = m2, m2i = m1, sd1i = s1, ni = n1, ri = r, data = groups)
o <- escalc(measure = "OR2DL", ai = e1, n1i = n1, ci = e2, n2i = n2, data = cells[c(1, 6), ])
result$escalc <- c(result$escalc, list(groups = groups, SMD = list(value = as.numeric(e$yi), variance = as.numeric(e$vi)),
  SMCR = list(value = as.numeric(p$yi), variance = as.numeric(p$vi)), OR2DL = list(value = as.numeric(o$yi), variance = as.numeric(o$vi))))

if (length(args) > 1) {
  m <- read.csv(args[2], check.names = FALSE); m <- m[is.finite(m$.g) & is.finite(m$.g_se) & m$outcome_domain == "BPD severity", ]
  d <- data.frame(yi = m$.g, vi = m$.g_se^2, cluster = m$study, x1 = as.numeric(m$format == "grp"), x2 = m$year - 2010); d$effect <- seq_len(nrow(d))
  result$metapsy <- list(k = nrow(d), fits = whole(list(fits = fits(d)))$fits, three = levels3(d, d$vi, ~ x1 + x2), egger = asymmetry(d)$egger)
}
cat(told(result))
