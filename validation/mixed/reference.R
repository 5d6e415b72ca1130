# Reference values for the nested linear mixed model.
#
#   python simulate.py FOLDER
#   FORWHOM_SHARED_DATA=.../shared/data Rscript reference.R FOLDER > reference.json
#
# FOLDER receives the data sets of the R packages too; they are not kept here (licences of the packages).
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(pbkrtest); library(nlme); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
shared <- Sys.getenv("FORWHOM_SHARED_DATA")
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))
keep <- function(d, name) { write.csv(d, file.path(folder, paste0(name, ".csv")), row.names = FALSE); d }

b <- read.csv(file.path(shared, "a_rct", "btheb_computer_cbt.csv"))
long <- do.call(rbind, lapply(list(c(0, "bdi.pre"), c(2, "bdi.2m"), c(3, "bdi.3m"), c(5, "bdi.5m"), c(8, "bdi.8m")), function(k)
  data.frame(patient = b$id, time = as.numeric(k[1]), treat = as.numeric(b$treatment != "TAU"), y = b[[k[2]]])))
btheb <- long[!is.na(long$y), ]
e <- read.csv(file.path(shared, "e_process", "enrichd_bdi_cbt_arm.csv"))
enrichd <- data.frame(patient = e$ID, time = e$time / 7, y = e$BDI)
enrichd <- enrichd[complete.cases(enrichd), ]
sleepstudy <- keep(transform(lme4::sleepstudy, Subject = as.integer(as.character(Subject))), "sleepstudy")
pastes <- keep(with(lme4::Pastes, data.frame(strength, sample = as.integer(sample), batch = as.integer(batch))), "pastes")
machines <- keep(with(nlme::Machines, data.frame(score, machine = as.integer(Machine), worker = as.integer(as.character(Worker)))), "machines")
machines$both <- machines$worker * 10 + machines$machine
machines$machine <- factor(machines$machine)

# BOBYQA stops at its default tolerance four to six digits short of what is compared here.
tight <- function(...) lmerControl(optimizer = "nloptwrap", calc.derivs = FALSE, check.conv.singular = "ignore", ...,
  optCtrl = list(xtol_abs = 1e-14, xtol_rel = 1e-14, ftol_abs = 1e-14, ftol_rel = 1e-16, maxeval = 100000))

# Polish: coordinate-wise quadratic steps on lme4's own criterion until nothing changes.
polish <- function(m, form, d, reml) {
  f <- suppressMessages(lme4::lmer(form, d, REML = reml, devFunOnly = TRUE))
  theta <- getME(m, "theta"); low <- getME(m, "lower"); free <- theta > 1e-6 | low < 0
  if (!any(free)) return(m)
  g <- function(p) { t <- theta * 0; t[free] <- p; f(t) }
  p <- theta[free]
  for (round in 1:8) {
    step <- solve(numDeriv::hessian(g, p), numDeriv::grad(g, p))
    p <- p - step
    if (max(abs(step)) < 1e-10) break
  }
  theta <- theta * 0; theta[free] <- p
  f(theta)
  lme4::mkMerMod(environment(f), list(par = theta, fval = f(theta), conv = 0, message = ""), lme4::lFormula(form, d, REML = reml,
    control = tight())$reTrms, lme4::lFormula(form, d, REML = reml, control = tight())$fr, bquote(lmer(.(form), d, REML = .(reml))))
}

values <- function(f, d, kr = TRUE, reml = TRUE, big = FALSE) {
  plain <- suppressMessages(suppressWarnings(lmerTest::lmer(f, d, REML = reml)))
  m <- if (big) plain else suppressMessages(suppressWarnings(lmerTest::lmer(f, d, REML = reml, control = tight())))
  m <- as_lmerModLmerTest(polish(m, f, d, reml))
  v <- as.data.frame(VarCorr(m))
  k <- length(fixef(m)); L <- diag(k)[-1, , drop = FALSE]; if (k == 1) L <- diag(1)
  s <- suppressMessages(contest(m, diag(k), joint = FALSE))
  out <- list(formula = deparse1(f), n = nobs(m), groups = as.list(ngrps(m)), beta = unname(fixef(m)), vcov = as.matrix(vcov(m)),
    theta = unname(getME(m, "theta")), sigma2 = sigma(m)^2, vc = v[, c("grp", "var1", "var2", "vcov")],
    deviance = as.numeric(-2 * logLik(m)), deviance_default = as.numeric(-2 * logLik(plain)), theta_default = unname(getME(plain, "theta")),
    singular = isSingular(m), satterthwaite = list(se = s[, "Std. Error"], df = s[, "df"]))
  f2 <- suppressMessages(contest(m, L)); out$satterthwaite_f <- list(f = f2[["F value"]], df = f2[["DenDF"]], rows = nrow(L))
  if (kr) {
    a <- suppressMessages(contest(m, diag(k), joint = FALSE, ddf = "Kenward-Roger"))
    out$kenward_roger <- list(se = a[, "Std. Error"], df = a[, "df"])
    f3 <- suppressMessages(KRmodcomp(m, L))
    out$kenward_roger_f <- as.list(f3$stats[c("Fstat", "ddf", "F.scaling")])
  }
  if (!big) {
    r <- ranef(m, condVar = TRUE)
    out$ranef <- lapply(r, function(x) { first <- seq_len(min(11, nrow(x))); p <- attr(x, "postVar")
      list(group = rownames(x)[first], mode = as.matrix(x)[first, , drop = FALSE], covariance = if (is.array(p)) aperm(p, c(3, 1, 2))[first, , , drop = FALSE]) })
    out$fitted <- unname(fitted(m))[1:20]
  }
  out
}
lr <- function(small, large, d) { a <- anova(lme4::lmer(small, d, REML = FALSE), lme4::lmer(large, d, REML = FALSE)); list(statistic = a$Chisq[2], df = a$Df[2], p = a$`Pr(>Chisq)`[2]) }
by_nlme <- function(m) list(beta = unname(fixef(m)), vcov = unname(vcov(m)), sigma2 = m$sigma^2, deviance = as.numeric(-2 * logLik(m)))

g60 <- read("growth_60"); g1k <- read("growth_1k"); g20 <- read("growth_20k"); t1k <- read("growth3_1k"); t20 <- read("growth3_20k")
t66 <- read("growth3_66"); ragged <- read("ragged"); outside <- read("outside"); flat9 <- read("flat_9"); flat11 <- read("flat_11")
outside$led <- as.numeric(outside$therapist > 0); outside$therapist <- abs(outside$therapist)
slope <- y ~ time * treat + (time | patient)
cases <- list(
  btheb = values(slope, btheb),
  btheb_ml = values(slope, btheb, kr = FALSE, reml = FALSE),
  btheb_uncorrelated = values(y ~ time * treat + (1 | patient) + (0 + time | patient), btheb),
  enrichd = values(y ~ time + (time | patient), enrichd, kr = FALSE),
  sleepstudy = values(Reaction ~ Days + (Days | Subject), sleepstudy),
  sleepstudy_ml = values(Reaction ~ Days + (Days | Subject), sleepstudy, kr = FALSE, reml = FALSE),
  pastes = values(strength ~ 1 + (1 | sample) + (1 | batch), pastes),
  machines = values(score ~ machine + (1 | both) + (1 | worker), machines),
  growth_60 = values(slope, g60),
  growth_1k = values(slope, g1k, kr = FALSE),
  growth_20k = values(slope, g20, kr = FALSE, big = TRUE),
  growth3_66 = values(y ~ time * treat + (time | patient) + (1 | therapist), t66),
  growth3_1k = values(y ~ time * treat + (time | patient) + (1 | therapist), t1k, kr = FALSE),
  growth3_20k = values(y ~ time * treat + (time | patient) + (1 | therapist), t20, kr = FALSE, big = TRUE),
  ragged = values(y ~ time * treat + (time | patient) + (1 | therapist), ragged),
  ragged_slopes = values(y ~ time * treat + (time | patient) + (0 + time | therapist) + (1 | site), transform(ragged, therapist = therapist + 100 * site)),
  outside = values(y ~ time * treat + (time | patient) + (0 + led | therapist), outside),
  flat_intercept = values(y ~ time + (1 | patient), flat9),
  flat_slope = values(y ~ time + (time | patient), flat9),
  flat_nothing = values(y ~ time + (time | patient), flat11))
nlme_values <- list(
  sleepstudy = by_nlme(lme(Reaction ~ Days, sleepstudy, ~ Days | Subject)),
  btheb = by_nlme(lme(y ~ time * treat, btheb, ~ time | patient)),
  growth3_66 = by_nlme(lme(y ~ time * treat, t66, list(therapist = ~ 1, patient = ~ time))),
  machines = by_nlme(lme(score ~ machine, machines, list(worker = ~ 1, both = ~ 1))))
cat(toJSON(list(
  versions = as.list(c(R = R.version.string, sapply(c("lme4", "lmerTest", "pbkrtest", "nlme", "numDeriv"), function(p) as.character(packageVersion(p))))),
  lme4 = cases, nlme = nlme_values,
  likelihood_ratio = list(btheb_slope = lr(y ~ time * treat + (1 | patient), slope, btheb), btheb_fixed = lr(y ~ time + (time | patient), slope, btheb))),
  auto_unbox = TRUE, digits = 15, matrix = "rowmajor"), "\n")
