# Reference values of pools: metafor and clubSandwich on tables of trials, effects computed anew in R.
#
#   Rscript reference.R synthetic.csv [METAPSY.csv] > reference.json
#
# Of a table of Metapsy the results are stored, its rows are not.
suppressMessages({library(metafor); library(clubSandwich); library(jsonlite)})
tight <- list(optimizer = "BFGS", reltol = 1e-15, maxit = 5000)
plain <- function(x) unname(as.numeric(x))
higher <- c("whoqol-bref")
RHO <- .5

read <- function(path) {
  d <- read.csv(path, check.names = FALSE, fileEncoding = "UTF-8", na.strings = c("", "NA"))
  for (name in c("multi_arm1", "multi_arm2")) d[[name]] <- ifelse(is.na(d[[name]]), "", d[[name]])
  d$row <- seq_len(nrow(d)) + 1
  d
}

# Effects of one sign, with what comes from group two in each variance.
effects <- function(d, measure) {
  means <- d[!is.na(d$mean_arm1), ]
  events <- d[!is.na(d$event_arm1), ]
  if (measure == "g" && nrow(means)) {
    e <- escalc("SMD", m1i = mean_arm1, sd1i = sd_arm1, n1i = n_arm1, m2i = mean_arm2, sd2i = sd_arm2, n2i = n_arm2, data = means)
    e$yi <- ifelse(means$instrument %in% higher, 1, -1) * e$yi
    e$part <- 1 / means$n_arm2
    e$n <- means$n_arm1 + means$n_arm2
    return(as.data.frame(e))
  }
  code <- c(g = "OR", rr = "RR", or = "OR", rd = "RD")[[measure]]
  e <- escalc(code, ai = event_arm1, n1i = totaln_arm1, ci = event_arm2, n2i = totaln_arm2, data = events, drop00 = measure != "rd")
  e$n <- events$totaln_arm1 + events$totaln_arm2
  half <- ifelse(events$event_arm1 == 0 | events$event_arm2 == 0 | events$event_arm1 == events$totaln_arm1 | events$event_arm2 == events$totaln_arm2, .5, 0)
  with <- events$event_arm2 + half; out <- events$totaln_arm2 - events$event_arm2 + half
  e$part <- switch(measure, rr = 1 / with - 1 / (with + out), rd = with * out / (with + out)^3, 1 / with + 1 / out)
  if (measure == "g") { e$yi <- -e$yi * sqrt(3) / pi; e$vi <- e$vi * 3 / pi^2; e$part <- e$part * 3 / pi^2 }
  as.data.frame(e)[!is.na(e$yi), ]
}

covariance <- function(e, measure) {
  k <- nrow(e); V <- diag(e$vi, k)
  one <- paste(e$study, e$condition_arm1, e$multi_arm1); two <- paste(e$study, e$condition_arm2, e$multi_arm2)
  of <- paste(e$instrument, e$time, e$time_weeks, e$outcome_domain)
  for (i in seq_len(k)) for (j in seq_len(k)) if (i != j && e$study[i] == e$study[j]) {
    same <- of[i] == of[j]
    if (one[i] == one[j] && two[i] == two[j]) V[i, j] <- RHO * sqrt(e$vi[i] * e$vi[j])
    else if (two[i] == two[j]) {
      V[i, j] <- sqrt(e$part[i] * e$part[j])
      if (measure == "g" && !is.na(e$mean_arm1[i])) V[i, j] <- V[i, j] + e$yi[i] * e$yi[j] / (2 * sqrt(e$n[i] * e$n[j]))
      if (!same) V[i, j] <- RHO * V[i, j]
    } else if (one[i] == one[j]) V[i, j] <- (if (same) 1 else RHO) * sqrt((e$vi[i] - e$part[i]) * (e$vi[j] - e$part[j]))
  }
  V
}

model <- function(e, V, mods = ~1) {
  e$effect <- seq_len(nrow(e))
  if (length(unique(e$study)) == nrow(e))
    return(list(independent = TRUE, fit = rma(yi, vi, mods = mods, data = e, method = "REML", test = "knha", control = list(threshold = 1e-13, maxiter = 10000))))
  list(independent = FALSE, fit = rma.mv(yi, V, mods = mods, random = ~ 1 | study / effect, data = e, method = "REML", test = "t", dfs = "contain", control = tight))
}

pooled <- function(e, measure) {
  V <- covariance(e, measure); m <- model(e, V); f <- m$fit
  out <- list(k = length(unique(e$study)), effects = nrow(e), estimate = plain(f$beta))
  if (m$independent) {
    p <- predict(f)
    return(c(out, list(se = f$se, low = f$ci.lb, high = f$ci.ub, df = f$ddf[1], p = f$pval, tau2 = f$tau2, prediction = c(p$pi.lb, p$pi.ub), i2 = f$I2 / 100)))
  }
  r <- coef_test(f, vcov = vcovCR(f, cluster = e$study, type = "CR2"))
  half <- qt(.975, r$df_Satt) * r$SE
  p <- predict(f)
  c(out, list(se = r$SE, df = r$df_Satt, p = r$p_Satt, low = out$estimate - half, high = out$estimate + half,
              between = f$sigma2[1], within = f$sigma2[2], prediction = c(p$pi.lb, p$pi.ub)))
}

without <- function(e, measure) sapply(unique(e$study), function(s) {
  rest <- e[e$study != s, ]; plain(model(rest, covariance(rest, measure))$fit$beta)
})

composites <- function(e, measure) {
  V <- covariance(e, measure)
  do.call(rbind, lapply(unique(e$study), function(s) {
    i <- which(e$study == s)
    data.frame(study = s, yi = mean(e$yi[i]), vi = sum(V[i, i]) / length(i)^2,
               by = if (measure == "g" && !is.na(e$mean_arm1[i[1]])) mean(sqrt(1 / e$n_arm1[i] + 1 / e$n_arm2[i])) else sqrt(sum(V[i, i]) / length(i)^2))
  }))
}

small <- function(e, measure, up) {
  d <- composites(e, measure)
  f <- rma(yi, vi, data = d, method = "REML", test = "knha", control = list(threshold = 1e-13, maxiter = 10000))
  r <- rma(yi, vi, mods = ~ by, data = d, method = "REML", test = "knha", control = list(threshold = 1e-13, maxiter = 10000))
  rank <- ranktest(d$yi, d$vi)
  t <- trimfill(f)
  w <- lm(yi ~ sqrt(vi), data = d, weights = 1 / vi)
  s <- tryCatch(selmodel(rma(yi, vi, data = d, method = "ML"), type = "stepfun", steps = .025, alternative = if (up) "greater" else "less"), error = function(x) NULL)
  list(egger = list(slope = plain(r$beta)[2], p = r$pval[2]), rank = list(tau = plain(rank$tau), p = rank$pval),
       fill = list(missing = t$k0, estimate = plain(t$beta), low = t$ci.lb, high = t$ci.ub),
       pet = plain(coef(w)[1]), pet_p = summary(w)$coefficients[1, 4], peese = plain(coef(lm(yi ~ vi, data = d, weights = 1 / vi))[1]),
       selection = if (is.null(s)) NULL else list(estimate = plain(s$beta), weight = s$delta[2], p = s$LRTp))
}

moderator <- function(e, measure, column, numeric) {
  e$x <- e[[column]]
  if (numeric) e$x <- suppressWarnings(as.numeric(e$x))
  e <- e[!is.na(e$x), ]
  if (!numeric) { n <- tapply(e$study, e$x, function(s) length(unique(s))); e <- e[e$x %in% names(n)[n >= 4], ]; if (length(unique(e$x)) < 2) return(NULL) }
  m <- model(e, covariance(e, measure), ~ x); f <- m$fit
  if (m$independent) return(list(slope = plain(f$beta)[-1], se = f$se[-1], p = f$QMp, f = f$QM, r2 = max(0, f$R2) / 100))
  r <- coef_test(f, vcov = vcovCR(f, cluster = e$study, type = "CR2"))
  w <- Wald_test(f, constrain_zero(seq_along(f$beta)[-1]), vcov = "CR2", cluster = e$study)
  list(slope = plain(f$beta)[-1], se = r$SE[-1], df = r$df_Satt[-1], p_each = r$p_Satt[-1], f = w$Fstat, p = w$p_val, df2 = w$df_denom)
}

table <- function(path) {
  d <- read(path); out <- list()
  for (one in list(c("BPD severity", "g"), c("suicidal behaviour", "g"), c("suicidal behaviour", "rr"), c("suicidal behaviour", "or"), c("suicidal behaviour", "rd"))) {
    e <- effects(d[d$outcome_domain == one[1], ], one[2])
    made <- list(rows = e$row, yi = e$yi, vi = plain(e$vi), pooled = pooled(e, one[2]), without = plain(without(e, one[2])),
                 small = small(e, one[2], one[2] == "g"), year = moderator(e, one[2], "year", TRUE), format = moderator(e, one[2], "format", FALSE))
    out[[paste(one, collapse = "/")]] <- made
  }
  out
}

paths <- commandArgs(trailingOnly = TRUE)
tables <- lapply(paths, table); names(tables) <- c("synthetic", "metapsy")[seq_along(paths)]
# The MBT trial: 16 of 71 and 36 of 63.
trial <- lapply(c(rr = "RR", or = "OR", rd = "RD"), function(code) {
  e <- escalc(code, ai = 16, n1i = 71, ci = 36, n2i = 63); list(yi = plain(e$yi), vi = plain(e$vi))
})
cat(toJSON(list(versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor")),
                                clubSandwich = as.character(packageVersion("clubSandwich"))),
                tables = tables, trial = trial), auto_unbox = TRUE, digits = NA, null = "null", na = "null", pretty = FALSE))
