# Rscript reference.R JOBS2_CSV REPEATED_CSV > reference.json   (R 4.2.2; mediation 4.5.1, psych 2.2.9, lavaan 0.6.14, nlme)
suppressPackageStartupMessages({library(mediation); library(psych); library(lavaan); library(nlme)})
files <- commandArgs(TRUE); d <- read.csv(files[1]); d$work <- as.numeric(d$work1 == "psyemp")
rhs <- "econ_hard + sex + age"; f <- function(...) as.formula(paste0(...))
value <- function(x) { x <- unname(as.vector(x)); if (length(x) == 1) jsonstr(x) else paste0("[", paste(vapply(x, jsonstr, ""), collapse = ", "), "]") }
jsonstr <- function(x) if (is.character(x)) paste0('"', x, '"') else if (is.na(x)) "null" else sprintf("%.12g", x)
json <- function(l) paste0("{", paste(vapply(names(l), function(n) paste0('"', n, '": ', if (is.list(l[[n]])) json(l[[n]]) else value(l[[n]])), ""), collapse = ",\n "), "}")
quiet <- function(e) { sink("/dev/null"); on.exit(sink()); suppressMessages(suppressWarnings(e)) }
effects <- function(m) list(d0 = m$d0, d1 = m$d1, z0 = m$z0, z1 = m$z1, tau = m$tau.coef, d_avg = m$d.avg, z_avg = m$z.avg,
  d_ci = m$d.avg.ci, z_ci = m$z.avg.ci, tau_ci = m$tau.ci, d_p = m$d.avg.p)
sens <- function(m) { s <- quiet(medsens(m, rho.by = .1, eps = 1e-14, effect.type = "both"))
  list(rho = s$rho, d0 = s$d0, d0_low = s$lower.d0, d0_high = s$upper.d0, d1 = s$d1, d1_low = s$lower.d1, d1_high = s$upper.d1, z0 = s$z0, z1 = s$z1,
       zero = s$err.cr.d, r2_m = s$r.square.m, r2_y = s$r.square.y) }
med <- function(fm, fy, mediator, ...) { set.seed(20260101); quiet(mediation::mediate(fm, fy, treat = "treat", mediator = mediator, ...)) }
b <- lm(f("job_seek ~ treat + ", rhs), d)
plain <- med(b, lm(f("depress2 ~ treat + job_seek + ", rhs), d), "job_seek", boot = TRUE, sims = 1000)
product <- med(b, lm(f("depress2 ~ treat * job_seek + ", rhs), d), "job_seek", boot = TRUE, sims = 1000)
quasi <- med(b, lm(f("depress2 ~ treat + job_seek + ", rhs), d), "job_seek", sims = 2000)
probit <- med(b, glm(f("work ~ treat + job_seek + ", rhs), binomial("probit"), d), "job_seek", sims = 2000)
logit <- med(b, glm(f("work ~ treat * job_seek + ", rhs), binomial("logit"), d), "job_seek", sims = 2000)
bb <- glm(f("job_dich ~ treat + ", rhs), binomial("probit"), d)
dich <- med(bb, lm(f("depress2 ~ treat * job_dich + ", rhs), d), "job_dich", sims = 2000)
both <- med(bb, glm(f("work ~ treat + job_dich + ", rhs), binomial("logit"), d), "job_dich", sims = 2000)
# The example of the package's vignette (Tingley et al. 2014), section on JOBS II.
vignette <- med(lm(job_seek ~ treat + depress1 + econ_hard + sex + age + occp + marital + nonwhite + educ + income, d),
  lm(depress2 ~ treat + job_seek + depress1 + econ_hard + sex + age + occp + marital + nonwhite + educ + income, d), "job_seek", sims = 2000)
glms <- lapply(list(probit_y = glm(f("work ~ treat + job_seek + ", rhs), binomial("probit"), d), logit_y = glm(f("work ~ treat * job_seek + ", rhs), binomial("logit"), d), probit_m = bb),
  function(g) list(beta = coef(g), se = sqrt(diag(vcov(g)))))
message("effects ", format(Sys.time())); set.seed(1); two <- quiet(psych::mediate(depress2 ~ treat + (job_seek) + (depress1) + econ_hard + sex + age, data = d, n.iter = 500, plot = FALSE))
par <- quiet(sem(paste0("job_seek ~ a1*treat + ", rhs, "\ndepress1 ~ a2*treat + d*job_seek + ", rhs, "\ndepress2 ~ b1*job_seek + b2*depress1 + e*treat + ", rhs,
  "\nthrough1 := a1*b1\nthrough2 := a2*b2\nthrough12 := a1*d*b2\nind := a1*b1+a2*b2+a1*d*b2\ntotal := ind + e"), d))
holes <- d; holes$job_seek[seq(1, 899, 5)] <- NA; holes$depress2[seq(2, 899, 3)] <- NA
fiml <- quiet(sem(paste0("job_seek ~ a*treat + ", rhs, "\ndepress2 ~ b*job_seek + e*treat + ", rhs, "\nind := a*b"), holes, missing = "fiml", fixed.x = TRUE))
q <- function(fit, names) { p <- parameterEstimates(fit); p <- p[match(names, p$label), ]; list(names = names, est = p$est, se = p$se) }
message("sem ", format(Sys.time())); r <- read.csv(files[2]); r$xm <- ave(r$x, r$id); r$mm <- ave(r$m, r$id); r$xw <- r$x - r$xm; r$mw <- r$m - r$mm
L <- rbind(data.frame(id = r$id, z = r$m, sm = 1, sy = 0, r[, c("xw", "mw", "xm", "mm")]), data.frame(id = r$id, z = r$y, sm = 0, sy = 1, r[, c("xw", "mw", "xm", "mm")]))
st <- lme(z ~ 0 + sm + sm:xw + sm:xm + sy + sy:xw + sy:mw + sy:xm, random = ~0 + sm + sm:xw + sy + sy:mw | id, weights = varIdent(form = ~1 | sm), data = L,
  control = lmeControl(opt = "optim", maxIter = 500, msMaxIter = 2000, tolerance = 1e-9, msTol = 1e-10))
V <- getVarCov(st)
message("lme ", format(Sys.time())); bal <- read.csv(sub("repeated", "balanced", files[2]))
two_level <- quiet(sem("level: 1\nm ~ a*x\ny ~ b*m + c*x\nlevel: 2\nm ~ ab*x\ny ~ bb*m + cb*x\nwithin := a*b\nbetween := ab*bb", bal, cluster = "id"))
unb <- quiet(sem("level: 1\nm ~ a*x\ny ~ b*m + c*x\nlevel: 2\nm ~ ab*x\ny ~ bb*m + cb*x\nwithin := a*b\nbetween := ab*bb", r, cluster = "id"))
out <- list(versions = list(R = R.version.string, mediation = as.character(packageVersion("mediation")), psych = as.character(packageVersion("psych")),
    lavaan = as.character(packageVersion("lavaan")), nlme = as.character(packageVersion("nlme"))),
  plain = effects(plain), interaction = effects(product), quasi = effects(quasi), probit_outcome = effects(probit), logit_outcome = effects(logit), binary_mediator = effects(dich), both_binary = effects(both), vignette = effects(vignette),
  sensitivity = sens(plain), sensitivity_interaction = sens(product), glm = glms,
  psych = list(ab = two$ab, low = as.vector(two$boot$ci)[1], total = two$c[1], direct = two$cprime.reg$beta["treat", 1]),
  chain = q(par, c("a1", "a2", "d", "b1", "b2", "e", "through1", "through2", "through12", "ind", "total")),
  fiml = c(q(fiml, c("a", "b", "e", "ind")), list(n = nobs(fiml))),
  stacked = list(fixed = c(fixef(st)), names = names(fixef(st)), tau = as.vector(V), tau_names = colnames(V), sigma2_m = (st$sigma * coef(st$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)["1"])^2,
    sigma2_y = (st$sigma * coef(st$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)["0"])^2, loglik = as.numeric(logLik(st))),
  two_level_balanced = q(two_level, c("a", "b", "c", "ab", "bb", "cb", "within", "between")), two_level = q(unb, c("a", "b", "c", "ab", "bb", "cb", "within", "between")))
cat(json(out), "\n")
