# Reference values for the risk, survival and rates kernels. Run from this folder: Rscript reference.R
# Packages: ratesci, PropCIs, survival, MASS, sandwich, jsonlite.
suppressMessages({
  library(jsonlite); library(ratesci); library(PropCIs); library(survival); library(MASS); library(sandwich)
})
out <- list(versions = as.list(c(
  R = R.version.string,
  sapply(c("ratesci", "PropCIs", "survival", "MASS", "sandwich"), function(p) as.character(packageVersion(p)))
)))

# ── two by two tables ──
tables <- list(c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(5, 56, 0, 29), c(0, 10, 3, 20), c(10, 10, 4, 20),
               c(10, 10, 0, 10), c(16, 71, 36, 63), c(7, 31, 12, 29), c(120, 400, 150, 410), c(1, 200, 4, 195))
number <- function(x) if (is.finite(x)) unname(x) else NULL
out$tables <- lapply(tables, function(t) {
  a <- list(x1 = t[1], n1 = t[2], x0 = t[3], n0 = t[4], scores = list())
  for (ct in c("RD", "RR", "OR")) for (bcf in c(TRUE, FALSE)) for (level in c(0.95, 0.9)) {
    e <- ratesci::scoreci(t[1], t[2], t[3], t[4], contrast = ct, skew = FALSE, or_bias = FALSE, bcf = bcf, level = level,
                 precis = 12)$estimates
    a$scores[[length(a$scores) + 1]] <- list(contrast = ct, corrected = bcf, level = level,
                                             low = number(e[1, "lower"]), high = number(e[1, "upper"]))
  }
  m <- matrix(c(t[1], t[2] - t[1], t[3], t[4] - t[3]), 2)
  a$fisher <- fisher.test(m)$p.value
  b <- binom.test(t[1], t[2])$conf.int
  a$clopper_pearson <- c(b[1], b[2])
  w <- prop.test(t[1], t[2], correct = FALSE)$conf.int
  a$wilson <- c(w[1], w[2])
  # PropCIs by another author: fewer digits, an independent route.
  a$propcis <- list(difference = diffscoreci(t[1], t[2], t[3], t[4], 0.95)$conf.int,
                    odds = orscoreci(t[1], t[2], t[3], t[4], 0.95)$conf.int)
  a
})

# ── survival: simulated here, so that the inputs can travel with the values ──
set.seed(20)
n <- 120
sim <- data.frame(arm = rep(0:1, n / 2), age = round(rnorm(n, 35, 9)))
lifetime <- ceiling(rexp(n, 0.05 * exp(-0.5 * sim$arm + 0.02 * (sim$age - 35))))
censor <- ceiling(runif(n, 5, 40))
sim$time <- pmin(lifetime, censor); sim$event <- as.integer(lifetime <= censor); sim$site <- sample(1:3, n, TRUE)
six <- gehan; six$arm <- as.integer(six$treat == "6-MP")
survive <- function(d, covariates) {
  s <- Surv(d$time, d$event)
  k <- survfit(s ~ 1, conf.type = "log-log"); kl <- survfit(s ~ 1, conf.type = "log"); kp <- survfit(s ~ 1, conf.type = "plain")
  q <- quantile(k, 0.5)
  f <- coxph(as.formula(paste("s ~", paste(covariates, collapse = "+"))), data = d, ties = "efron",
             control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
  profile <- lapply(covariates, function(v) {
    rest <- setdiff(covariates, v)
    drop <- function(b) {
      form <- if (length(rest)) paste("s ~ offset(b * d[[v]]) +", paste(rest, collapse = "+")) else "s ~ offset(b * d[[v]])"
      g <- coxph(as.formula(form, env = environment()), data = d, control = coxph.control(eps = 1e-13, iter.max = 50))
      2 * (f$loglik[2] - tail(g$loglik, 1)) - qchisq(0.95, 1)
    }
    se <- sqrt(diag(vcov(f)))[v]; b <- coef(f)[v]
    c(uniroot(drop, c(b - 5 * se, b), tol = 1e-12)$root, uniroot(drop, c(b, b + 5 * se), tol = 1e-12)$root)
  })
  names(profile) <- covariates
  z <- cox.zph(f)
  list(n = nrow(d),
       km = list(time = k$time, survival = k$surv, se = k$std.err * k$surv, low = k$lower, high = k$upper,
                 log_low = kl$lower, log_high = kl$upper, plain_low = kp$lower, plain_high = kp$upper,
                 at_risk = k$n.risk, median = unname(c(q$quantile, q$lower, q$upper))),
       logrank = list(statistic = survdiff(s ~ d$arm)$chisq),
       cox = list(coef = unname(coef(f)), se = unname(sqrt(diag(vcov(f)))), loglik = f$loglik, profile = profile))
}
lung2 <- data.frame(time = lung$time, event = as.integer(lung$status == 2), arm = lung$sex, age = lung$age)
ov <- data.frame(time = ovarian$futime, event = ovarian$fustat, arm = ovarian$rx, age = ovarian$age)
six$event <- six$cens
out$survival <- list(
  simulated = c(list(data = as.list(sim)), survive(sim, c("arm", "age"))),
  gehan = c(list(data = list(time = six$time, event = six$event, arm = six$arm)), survive(six, "arm")),
  lung = survive(lung2, c("arm", "age")), ovarian = survive(ov, c("age", "arm"))
)
out$survival$simulated$logrank_site <- survdiff(Surv(time, event) ~ site, sim)$chisq

# ── counts ──
count <- function(d, covariates) {
  tight <- glm.control(epsilon = 1e-14, maxit = 200)
  form <- as.formula(paste("y ~ offset(log(t)) +", paste(covariates, collapse = "+")))
  m <- glm.nb(form, data = d, control = tight)
  p <- glm(form, data = d, family = poisson, control = tight)
  # Profile likelihood over the dispersion as well, by fixing one coefficient at a time.
  profile <- lapply(covariates, function(v) {
    rest <- setdiff(covariates, v)
    drop <- function(b) {
      d$o <- log(d$t) + b * d[[v]]
      g <- glm.nb(as.formula(paste("y ~ offset(o) +", paste(c("1", rest), collapse = "+"))), data = d, control = tight)
      2 * (as.numeric(logLik(m)) - as.numeric(logLik(g))) - qchisq(0.95, 1)
    }
    b <- coef(m)[v]; se <- sqrt(diag(vcov(m)))[v]
    c(uniroot(drop, c(b - 4 * se, b), tol = 1e-11)$root, uniroot(drop, c(b, b + 4 * se), tol = 1e-11)$root)
  })
  names(profile) <- covariates
  list(coef = unname(coef(m)), se = unname(sqrt(diag(vcov(m)))), theta = m$theta, loglik = as.numeric(logLik(m)),
       profile = profile, poisson = unname(coef(p)), hc1 = unname(sqrt(diag(vcovHC(p, type = "HC1")))))
}
set.seed(21)
n <- 90
rep_events <- data.frame(arm = rep(0:1, n / 2), severity = round(rnorm(n), 2), t = round(runif(n, 0.2, 1.5), 3))
rep_events$y <- rnbinom(n, size = 0.8, mu = rep_events$t * exp(1 - 0.6 * rep_events$arm + 0.3 * rep_events$severity))
quine2 <- data.frame(y = quine$Days, t = 1, arm = as.integer(quine$Sex == "M"), slow = as.integer(quine$Lrn == "SL"))
out$counts <- list(simulated = c(list(data = as.list(rep_events)), count(rep_events, c("arm", "severity"))),
                   quine = count(quine2, c("arm", "slow")))
out$rates <- lapply(list(c(0, 12.5), c(1, 3), c(10, 100), c(140, 77.7)), function(r) {
  list(events = r[1], exposure = r[2], limits = as.numeric(poisson.test(r[1], r[2])$conf.int))
})
pt <- poisson.test(c(11, 21), c(800, 1011)); out$rate_ratio <- list(estimate = unname(pt$estimate), limits = as.numeric(pt$conf.int))
write(toJSON(out, digits = 15, auto_unbox = TRUE, na = "null", null = "null", pretty = 1), "reference.json")
