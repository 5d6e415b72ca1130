# What lavaan gives for every case of cases.json: Rscript reference.R DATA small > reference_small.json, then bfi
# DATA holds b_questionnaires/bfi_items.csv. Groups are compared in sorted order, as forwhom has them.
suppressPackageStartupMessages({ library(lavaan); library(jsonlite) })
shared <- commandArgs(trailingOnly = TRUE)[1]
part <- commandArgs(trailingOnly = TRUE)[2]
read <- function(name) {
  d <- read.csv(if (name == "bfi") file.path(shared, "b_questionnaires", "bfi_items.csv") else paste0(name, ".csv"))
  if (name == "bfi") d$gender <- factor(d$gender) else if ("group" %in% names(d)) d$group <- factor(d$group)
  d
}
tables <- list()
data_of <- function(name) { if (is.null(tables[[name]])) tables[[name]] <<- read(name); tables[[name]] }
or <- function(x, y) if (is.null(x)) y else x
settings <- function(case, tolerance) {
  made <- list(data = data_of(case$data), missing = if (or(case$missing, "fiml") == "fiml") "ml" else "listwise",
               estimator = if (isTRUE(case$robust)) "MLR" else "ML", meanstructure = TRUE, fixed.x = or(case$fixed_x, TRUE),
               std.lv = isTRUE(case$std_lv),
               # Converge further than the default, so that estimates can be compared to 1e-6.
               control = list(rel.tol = tolerance, iter.max = 20000, eval.max = 20000), em.h1.iter.max = 5000, em.h1.tol = if (case$data == "bfi") 1e-8 else 1e-12)
  if (!is.null(case$group)) made$group <- case$group
  if (!is.null(case$group_equal)) made$group.equal <- unlist(case$group_equal)
  made
}
# The tightest tolerance at which lavaan's search ends by itself.
fit_of <- function(case) {
  for (tolerance in c(1e-12, 1e-10)) {
    fit <- fit_once(case, tolerance)
    if (lavInspect(fit, "converged")) break
  }
  fit
}
fit_once <- function(case, tolerance) {
  suppressWarnings(switch(or(case$call, "sem"),
    sem = do.call("sem", c(list(case$syntax), settings(case, tolerance))),
    growth = do.call("growth", c(list(case$peer), settings(case, tolerance))),
    lavaan = do.call("lavaan", c(list(case$peer, int.ov.free = TRUE), settings(case, tolerance))),
    "cfa orthogonal std.lv" = { s <- settings(case, tolerance); s$std.lv <- TRUE; do.call("cfa", c(list(case$peer, orthogonal = TRUE), s)) }))
}
plain <- function(fit) {
  p <- parameterEstimates(fit, standardized = TRUE)
  std <- standardizedSolution(fit)
  where <- match(paste(p$lhs, p$op, p$rhs, or(p$group, 1)), paste(std$lhs, std$op, std$rhs, or(std$group, 1)))
  m <- fitMeasures(fit)
  m <- m[!is.na(m)]
  list(left = p$lhs, operator = p$op, right = p$rhs, group = or(p$group, rep(1, nrow(p))), estimate = p$est, se = p$se, std = p$std.all, std_se = std$se[where],
       fit = as.list(m), n = nobs(fit), converged = lavInspect(fit, "converged"))
}
cases <- fromJSON("cases.json", simplifyVector = FALSE)
made <- list()
mine <- Filter(function(name) (cases$cases[[name]]$data == "bfi") == (part == "bfi"), names(cases$cases))
for (name in mine) {
  message(name)
  made[[name]] <- tryCatch(plain(fit_of(cases$cases[[name]])), error = function(e) { message("  ", conditionMessage(e)); NULL })
}
steps <- list(configural = character(), metric = "loadings", scalar = c("loadings", "intercepts"), strict = c("loadings", "intercepts", "residuals"))
ladder <- list()
for (robust in if (part == "bfi") c(FALSE, TRUE)) {
  message("ladder ", robust)
  fits <- lapply(steps, function(equal) fit_of(c(cases$ladder, list(robust = robust, group_equal = if (length(equal)) as.list(equal)))))
  test <- suppressWarnings(do.call("lavTestLRT", unname(fits)))
  ladder[[if (robust) "robust" else "plain"]] <- list(
    step = names(steps), chisq = sapply(fits, function(f) fitMeasures(f, "chisq")[[1]]), df = sapply(fits, function(f) fitMeasures(f, "df")[[1]]),
    logl = sapply(fits, function(f) as.numeric(logLik(f))), npar = sapply(fits, function(f) fitMeasures(f, "npar")[[1]]),
    difference = test[["Chisq diff"]], df_difference = test[["Df diff"]], p = test[["Pr(>Chisq)"]])
  if (!robust) {
    score <- suppressWarnings(lavTestScore(fits$scalar))$uni
    table <- parTable(fits$scalar)
    at <- function(label) match(label, table$plabel)
    ladder$release <- list(left = table$lhs[at(score$rhs)], operator = table$op[at(score$rhs)], right = table$rhs[at(score$rhs)], group = table$group[at(score$rhs)], x2 = score$X2)
  }
}
modify <- list()
for (name in intersect(c("three factors", "items with gaps", "bfi listwise", "bfi"), mine)) {
  m <- suppressWarnings(modindices(fit_of(cases$cases[[name]])))
  modify[[name]] <- list(left = m$lhs, operator = m$op, right = m$rhs, mi = m$mi, epc = m$epc)
}
cat(toJSON(list(versions = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan"))), cases = made, ladder = ladder, modify = modify),
           auto_unbox = TRUE, digits = NA, na = "null", null = "null"))
