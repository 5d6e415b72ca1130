# Reference values for models.mixed: formulas, crossed factors, weights, autoregressive residuals, terms, profiles.
#
#   python formula_cases.py FOLDER
#   FORWHOM_SHARED_DATA=.../shared/data Rscript formula_reference.R FOLDER > formula_reference.json
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(pbkrtest); library(nlme); library(jsonlite)})
source("polish.R")
folder <- commandArgs(TRUE)[1]; shared <- Sys.getenv("FORWHOM_SHARED_DATA")
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")), stringsAsFactors = FALSE)
crossed <- read("crossed"); serial <- read("serial"); coded <- read("coded")
b <- read.csv(file.path(shared, "a_rct", "btheb_computer_cbt.csv"))
long <- do.call(rbind, lapply(list(c(0, "bdi.pre"), c(2, "bdi.2m"), c(3, "bdi.3m"), c(5, "bdi.5m"), c(8, "bdi.8m")), function(k)
  data.frame(patient = b$id, month = as.numeric(k[1]), treatment = b$treatment, drug = b$drug, bdi = b[[k[2]]])))
e <- read.csv(file.path(shared, "e_process", "enrichd_bdi_cbt_arm.csv"))

fixed <- function(m, ddf) { s <- suppressMessages(coef(summary(as_lmerModLmerTest(m), ddf = ddf))); list(se = s[, "Std. Error"], df = s[, "df"]) }
one <- function(f, d, reml = TRUE, w = NULL, kr = reml && is.null(w), terms = TRUE) {
  made <- polished(f, d, reml, w); assign("d", made$frame, envir = globalenv()); m <- made$fit
  v <- as.data.frame(VarCorr(m)); a <- NULL
  if (terms) { a <- suppressMessages(anova(as_lmerModLmerTest(m), type = 3)); a <- list(term = rownames(a), df1 = a$NumDF, df2 = a$DenDF, f = a$`F value`) }
  r <- ranef(m, condVar = TRUE)
  list(formula = deparse1(f), n = nobs(m), reml = reml, terms = names(fixef(m)), beta = unname(fixef(m)), loglik = as.numeric(logLik(m)),
    aic = AIC(m), bic = BIC(m), vc = v[, c("grp", "var1", "var2", "vcov", "sdcor")], satterthwaite = fixed(m, "Satterthwaite"),
    kenward_roger = if (kr) fixed(m, "Kenward-Roger"), anova = a, singular = isSingular(m),
    ranef = lapply(r, function(x) list(group = rownames(x)[1:3], columns = names(x), mode = as.matrix(x)[1:3, , drop = FALSE])))
}
ct <- lmeControl(tolerance = 1e-11, msTol = 1e-13, msMaxIter = 1000, niterEM = 50, maxIter = 200)
s <- serial[order(serial$person, serial$time), ]
by_nlme <- function(m) list(beta = unname(fixef(m)), se = unname(sqrt(diag(vcov(m)))), sigma2 = m$sigma^2, rho = unname(coef(m$modelStruct$corStruct, unconstrained = FALSE)),
  tau = unname(as.matrix(m$modelStruct$reStruct[[1]]) * m$sigma^2), loglik = as.numeric(logLik(m)))
matrices <- c("y~x*f", "y~f:g", "y~0+f+g", "y~f+f:g", "y~x:f", "y~0+x:f", "y~x+f:g:h", "y~(x+f+g)^2", "y~f/g", "y~poly(x,3)+h", "y~0+x+f*g",
  "y~factor(n)*x-x", "y~I(x^2)+log(x)+f %in% g", "y~scale(x)*g", "y~(f+g+h)^3-f:g:h", "y~g+x:g+f:x", "y~x+I(2*x)+f", "y~poly(x,2,raw=TRUE)")
coded$h <- coded$h == "TRUE"
confidence <- function(f, d) { m <- lmer(f, d, REML = FALSE, control = tight()); p <- profile(m, delta = 0.05, maxpts = 400); x <- confint(p, oldNames = FALSE); list(formula = deparse1(f), names = rownames(x), low = unname(x[, 1]), high = unname(x[, 2])) }
ratio <- function(small, large, d) { a <- anova(lmer(small, d, REML = FALSE), lmer(large, d, REML = FALSE)); list(smaller = deparse1(small), larger = deparse1(large), statistic = a$Chisq[2], df = a$Df[2], p = a$`Pr(>Chisq)`[2]) }
out <- list(
  versions = as.list(c(R = R.version.string, sapply(c("lme4", "lmerTest", "pbkrtest", "nlme"), function(p) as.character(packageVersion(p))))),
  lme4 = list(
    crossed = one(y ~ time * arm + (time | person) + (time | item) + (1 | therapist), crossed),
    crossed_ml = one(y ~ time + sex * arm + (1 | person) + (1 | item), crossed, reml = FALSE),
    independent = one(y ~ time * arm + (time || person) + (1 | item), crossed),
    within = one(y ~ time + (1 | therapist/person) + (1 | item), crossed, terms = FALSE),
    combinations = one(y ~ time + (1 | person) + (1 | therapist:item), crossed, terms = FALSE),
    weighted = one(y ~ time * sex + (1 | person) + (1 | item), crossed, w = crossed$weight),
    weighted_nested = one(y ~ time * arm + (time | person), crossed, w = crossed$weight),
    btheb = one(bdi ~ month * treatment + drug + (month | patient), long[!is.na(long$bdi), ]),
    enrichd = one(BDI ~ time + (1 | ID), e[complete.cases(e[, c("BDI", "time", "ID")]), ], terms = FALSE)),
  nlme = list(
    ar1 = by_nlme(lme(y ~ time * treat, s, ~ 1 | person, correlation = corAR1(form = ~ time | person), control = ct)),
    car1 = by_nlme(lme(y ~ time * treat, s, ~ 1 | person, correlation = corCAR1(0.3, form = ~ day | person), control = ct)),
    rows = by_nlme(lme(y ~ time * treat, s, ~ 1 | person, correlation = corAR1(form = ~ 1 | person), control = ct)),
    ar1_weighted = by_nlme(lme(y ~ time * treat, s, ~ 1 | person, correlation = corAR1(form = ~ time | person), weights = varFixed(~ 1/weight), control = ct))),
  matrices = lapply(matrices, function(f) { m <- model.matrix(as.formula(f), coded); k <- qr(m); list(formula = f, names = colnames(m), rows = unname(m[c(1, 5, 14, 23), , drop = FALSE]),
    kept = colnames(m)[sort(k$pivot[seq_len(k$rank)])]) }),
  profile = list(nested = confidence(y ~ time + (time | person), crossed), crossed = confidence(y ~ time + (1 | person) + (1 | item), crossed)),
  likelihood_ratio = list(fixed = ratio(y ~ time + (1 | person) + (1 | item), y ~ time * arm + (1 | person) + (1 | item), crossed)))
cat(toJSON(out, auto_unbox = TRUE, digits = 15, matrix = "rowmajor", null = "null"), "\n")
