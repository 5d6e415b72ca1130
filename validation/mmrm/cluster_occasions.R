# Reference values for a cluster that acts on some occasions only, from simulated.csv as reference.R made it; its site
# acts on all occasions, so an effect of each site after the first is added (`added`).
# Rscript cluster_occasions.R
library <- function(...) suppressPackageStartupMessages(base::library(...))
library(nlme); library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite)

d <- read.csv("simulated.csv")
x <- sapply(0:3, function(j) as.numeric(d$occasion == j))
for (a in 1:2) x <- cbind(x, sapply(1:3, function(j) as.numeric(d$occasion == j & d$arm == a)))
x <- cbind(x, d$age)
colnames(x) <- paste0("x", seq_len(ncol(x)) - 1)
f <- reformulate(colnames(x), "y", intercept = FALSE)
columns <- 4:9                                                           # tested together, from 0
d <- cbind(d, x)
d$id <- factor(d$id); d$visit <- factor(d$occasion); d$code <- d$occasion + 1; d$sitef <- factor(d$site)
d$therapistf <- factor(pmax(d$therapist, 0))
weights <- list(post = c(0, 1, 1, 1), graded = c(0, 0.5, 1, 2))
d$post <- weights$post[d$code]; d$graded <- weights$graded[d$code]
added <- c(3, -2, 1, -3, 0, 2, -1, 4, -4)
d$y <- d$y + added[d$site + 1] * d$post
d$inside_post <- d$post * (d$therapist >= 0)
d$inside_graded <- d$graded * (d$therapist >= 0)

# ---- lme4, lmerTest, pbkrtest: compound symmetry -----------------------------------------------------------------------
strict <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5), calc.derivs = TRUE,
                      check.conv.singular = "ignore")
lmer_values <- function(random) {
  full <- update(f, as.formula(paste("~ . + (1 | id) +", random)))
  fit <- lmerTest::lmer(full, d, control = strict)
  s <- coef(summary(fit, ddf = "Satterthwaite")); k <- coef(summary(fit, ddf = "Kenward-Roger"))
  l <- diag(length(fixef(fit)))[columns + 1, , drop = FALSE]
  kr <- KRmodcomp(fit, l)$stats
  sf <- contestMD(fit, l, ddf = "Satterthwaite")
  v <- as.data.frame(VarCorr(fit))
  list(beta = unname(fixef(fit)), se = unname(s[, 2]), df_satterthwaite = unname(s[, 3]), se_kr = unname(k[, 2]),
       df_kr = unname(k[, 3]), loglik = as.numeric(logLik(fit)),
       loglik_ml = as.numeric(logLik(lme4::lmer(full, d, REML = FALSE, control = strict))),
       variances = setNames(as.list(v$vcov), v$grp),
       joint = list(columns = columns, kr_f = kr$Fstat, kr_scale = kr$F.scaling, kr_df = kr$ddf,
                    satterthwaite_f = sf[["F value"]], satterthwaite_df = sf$DenDF))
}
lmer_out <- list(post_site = lmer_values("(0 + post | sitef)"), graded_site = lmer_values("(0 + graded | sitef)"),
                 post_therapist = lmer_values("(0 + inside_post | therapistf)"),
                 graded_therapist = lmer_values("(0 + inside_graded | therapistf)"))

# ---- nlme::lme: above a structured covariance --------------------------------------------------------------------------
structures <- list(unstructured = list(corSymm(form = ~ code | sitef/id), varIdent(form = ~ 1 | visit)),
                   heterogeneous_ar1 = list(corAR1(form = ~ code | sitef/id), varIdent(form = ~ 1 | visit)))
lme_values <- function(name, method) {
  s <- structures[[name]]
  fit <- lme(f, d, random = ~ 0 + post | sitef, correlation = s[[1]], weights = s[[2]], method = method,
             control = lmeControl(maxIter = 500, msMaxIter = 2000, niterEM = 50, tolerance = 1e-12, msTol = 1e-13, opt = "nlminb"))
  list(beta = unname(fixef(fit)), se = unname(sqrt(diag(fit$varFix))), loglik = as.numeric(logLik(fit)),
       cluster_variance = as.numeric(VarCorr(fit)[1, 1]))
}
lme_out <- list()
for (s in names(structures)) for (method in c("REML", "ML")) lme_out[[s]][[method]] <- lme_values(s, method)

versions <- c(list(R = R.version.string), lapply(setNames(nm = c("nlme", "lme4", "lmerTest", "pbkrtest")),
                                                 function(p) as.character(packageVersion(p))))
write_json(list(versions = versions, weights = weights, added = added, lmer = lmer_out, lme = lme_out), "cluster_occasions.json",
           digits = NA, auto_unbox = TRUE, pretty = FALSE)
