# Values of lme4 and glmmTMB for every model of cases.json, written to reference.json.
#   Rscript reference.R > reference.json
suppressMessages({library(lme4); library(glmmTMB); library(jsonlite)})
options(warn = -1)
cases <- fromJSON("cases.json", simplifyVector = FALSE)
tables <- list()
for (name in c("simulated", "btheb", "jobs2")) tables[[name]] <- read.csv(paste0(name, ".csv"))

# bobyqa started anew at its own end, until the deviance no longer falls.
tight <- function(formula, data, family, nodes) {
  control <- function(rhobeg) glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, check.conv.grad = "ignore",
    check.conv.singular = "ignore", optCtrl = list(rhobeg = rhobeg, rhoend = 1e-10, maxfun = 1e5))
  fit <- glmer(formula, data, family, nAGQ = nodes, control = control(0.2))
  for (rhobeg in c(0.02, 0.002)) {
    fit <- glmer(formula, data, family, nAGQ = nodes, control = control(rhobeg),
      start = list(theta = getME(fit, "theta"), fixef = fixef(fit)))
  }
  fit
}

# With several nodes, glmer leaves out the log-likelihood of a model with a parameter per row.
saturated <- function(case, data, nodes) {
  if (nodes == 1) return(0)
  y <- data[[case$y]]
  if (case$family == "poisson") return(sum(dpois(y, y, log = TRUE)))
  if (!is.null(case$trials)) return(sum(dbinom(y, data[[case$trials]], y / data[[case$trials]], log = TRUE)))
  0
}

of_lme4 <- function(case, data) {
  if (case$family == "negative_binomial") return(NULL)
  family <- if (case$family == "poisson") poisson() else binomial(case$link)
  fit <- tight(as.formula(case$formula), data, family, case$nodes)
  devfun <- glmer(as.formula(case$formula), data, family, nAGQ = case$nodes, devFunOnly = TRUE,
    control = glmerControl(tolPwrss = 1e-13))
  theta <- getME(fit, "theta")
  at <- c(theta * 1.1 + 0.02 * (getME(fit, "lower") == 0), fixef(fit) * 0.9)
  effects <- ranef(fit, condVar = TRUE)[[case$levels[[1]][[2]]]]
  list(
    loglik = as.numeric(logLik(fit)) + saturated(case, data, case$nodes),
    beta = unname(fixef(fit)), se = unname(sqrt(diag(as.matrix(vcov(fit, use.hessian = TRUE))))),
    theta = unname(theta), theta_names = names(theta), singular = isSingular(fit),
    at = unname(at), loglik_at = -devfun(at) / 2 + saturated(case, data, case$nodes),
    modes = unname(as.matrix(effects)[1:3, , drop = FALSE]),
    variances = if (is.list(attr(effects, "postVar"))) NULL else unname(as.vector(attr(effects, "postVar")[, , 1:3]))
  )
}

of_glmmtmb <- function(case, data) {
  if (case$nodes > 1) return(NULL)
  family <- switch(case$family, poisson = poisson(), binomial = binomial(case$link), negative_binomial = nbinom2())
  fit <- glmmTMB(as.formula(sub("\\(month \\|\\| id\\)", "(1 | id) + (0 + month | id)", case$formula)), data, family,
    control = glmmTMBControl(optCtrl = list(iter.max = 2000, eval.max = 2000, rel.tol = 1e-15, x.tol = 1e-12)))
  sds <- lapply(VarCorr(fit)$cond, function(one) unname(as.vector(matrix(one, nrow(one)))))
  list(loglik = as.numeric(logLik(fit)), beta = unname(fixef(fit)$cond), se = unname(sqrt(diag(vcov(fit)$cond))),
    tau = unname(sds), groups = names(VarCorr(fit)$cond), shape = if (case$family == "negative_binomial") sigma(fit) else NULL)
}

# Profile intervals: the roots of glmmTMB, and what confint of lme4 interpolates, which stops on some data.
profiled <- list()
for (name in c("intercepts", "15 nodes", "slopes", "rates")) {
  case <- Filter(function(one) one$name == name, cases)[[1]]
  data <- tables[[case$data]]
  family <- if (case$family == "poisson") poisson() else binomial(case$link)
  fit <- glmer(as.formula(case$formula), data, family, nAGQ = case$nodes,
    control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(rhobeg = 0.02, rhoend = 1e-9, maxfun = 1e5)))
  interpolated <- tryCatch(unname(as.matrix(suppressMessages(confint(fit, method = "profile")))), error = function(e) NULL)
  roots <- if (case$nodes == 1) unname(as.matrix(confint(glmmTMB(as.formula(case$formula), data, family), method = "uniroot")[, 1:2]))
  profiled[[name]] <- list(lme4 = interpolated, glmmTMB = roots)
}

found <- lapply(cases, function(case) {
  data <- tables[[case$data]]
  message(case$name)
  list(name = case$name, lme4 = of_lme4(case, data), glmmTMB = of_glmmtmb(case, data))
})
versions <- list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")),
  glmmTMB = as.character(packageVersion("glmmTMB")), TMB = as.character(packageVersion("TMB")))
cat(toJSON(list(versions = versions, cases = found, profiles = profiled), digits = 12, auto_unbox = TRUE, null = "null"))
