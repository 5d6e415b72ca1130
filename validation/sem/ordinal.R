# What lavaan gives for every case of ordinal_cases.json: Rscript ordinal.R DATA small > reference_ordinal_small.json, then bfi
# DATA holds b_questionnaires/bfi_items.csv. Groups are compared in sorted order, as forwhom has them.
suppressPackageStartupMessages({ library(lavaan); library(jsonlite); library(semTools) })
arguments <- commandArgs(trailingOnly = TRUE)
shared <- arguments[1]; part <- arguments[2]
or <- function(x, y) if (is.null(x)) y else x
read <- function(name) {
  d <- read.csv(if (name == "bfi") file.path(shared, "b_questionnaires", "bfi_items.csv") else paste0(name, ".csv"))
  if (!is.null(d$group)) d$group <- factor(d$group)
  d
}
# The tightest tolerance at which lavaan's search ends by itself.
fit_of <- function(case) {
  for (tolerance in c(1e-13, 1e-12, 1e-11, 1e-10)) { fit <- fit_once(case, tolerance); if (lavInspect(fit, "converged")) break }
  fit
}
fit_once <- function(case, tolerance) {
  d <- read(case$data)
  s <- list(case$syntax, data = d, ordered = if (is.null(case$ordered)) TRUE else unlist(case$ordered), std.lv = isTRUE(case$std_lv),
            missing = or(case$missing, "listwise"), parameterization = or(case$parameterisation, "delta"),
            control = list(rel.tol = tolerance, iter.max = 20000, eval.max = 20000))
  if (!is.null(case$group)) { s$group <- case$group; s$group.label <- levels(d$group) }
  if (!is.null(case$group_equal)) s$group.equal <- unlist(case$group_equal)
  suppressWarnings(do.call("sem", s))
}
plain <- function(fit) {
  p <- parameterEstimates(fit, standardized = TRUE)
  m <- fitMeasures(fit); m <- m[!is.na(m)]
  mi <- tryCatch(suppressWarnings(modindices(fit)), error = function(e) NULL)
  list(left = p$lhs, operator = p$op, right = p$rhs, group = or(p$group, rep(1, nrow(p))), estimate = p$est, se = p$se, std = p$std.all,
       fit = as.list(m), n = nobs(fit), converged = lavInspect(fit, "converged"),
       modify = if (is.null(mi)) NULL else list(left = mi$lhs, operator = mi$op, right = mi$rhs, group = or(mi$group, rep(1, nrow(mi))), mi = mi$mi, epc = mi$epc))
}
cases <- fromJSON("ordinal_cases.json", simplifyVector = FALSE)
mine <- Filter(function(name) (cases$cases[[name]]$data == "bfi") == (part == "bfi"), names(cases$cases))
made <- list()
for (name in mine) { message(name); made[[name]] <- tryCatch(plain(fit_of(cases$cases[[name]])), error = function(e) { message(conditionMessage(e)); NULL }) }
ladder <- NULL
if (part == "small") {
  # Wu and Estabrook (2016), as semTools writes them.
  d <- read(cases$ladder$data)
  steps <- list(configural = "", thresholds = "thresholds", loadings = c("thresholds", "loadings"), intercepts = c("thresholds", "loadings", "intercepts"),
                residuals = c("thresholds", "loadings", "intercepts", "residuals"))
  fits <- lapply(steps, function(equal) measEq.syntax(configural.model = cases$ladder$syntax, data = d, ordered = paste0("a", 1:4), parameterization = "theta",
    ID.fac = "std.lv", ID.cat = "Wu.Estabrook.2016", group = "group", group.equal = equal, return.fit = TRUE, group.label = levels(d$group),
    control = list(rel.tol = 1e-10, iter.max = 20000, eval.max = 20000)))
  test <- suppressWarnings(do.call("lavTestLRT", unname(fits)))
  ladder <- list(step = names(steps), chisq = sapply(fits, function(f) fitMeasures(f, "chisq")[[1]]), df = sapply(fits, function(f) fitMeasures(f, "df")[[1]]),
                 scaled = sapply(fits, function(f) fitMeasures(f, "chisq.scaled")[[1]]), difference = test[["Chisq diff"]], df_difference = test[["Df diff"]], p = test[["Pr(>Chisq)"]])
}
cat(toJSON(list(versions = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")), semTools = as.character(packageVersion("semTools"))),
                cases = made, ladder = ladder), auto_unbox = TRUE, digits = NA, na = "null", null = "null"))
