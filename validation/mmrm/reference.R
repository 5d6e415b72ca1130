# Reference values for the mixed model for repeated measures.
# Rscript reference.R <folder with btheb_computer_cbt.csv and bcrp_breast_cancer_recovery.csv>
# mmrm is found on the ordinary library path or in FORWHOM_BENCH_RLIB.
library <- function(...) suppressPackageStartupMessages(base::library(...))
extra <- Sys.getenv("FORWHOM_BENCH_RLIB")
if (nzchar(extra)) .libPaths(c(extra, .libPaths()))
library(nlme); library(lme4); library(lmerTest); library(pbkrtest); library(mmrm); library(jsonlite)
folder <- commandArgs(trailingOnly = TRUE)[1]

# ---- data ------------------------------------------------------------------------------------------------------------
long <- function(wide, values, arm) {
  d <- do.call(rbind, lapply(seq_along(values), function(j)
    data.frame(id = seq_len(nrow(wide)), occasion = j - 1, arm = arm, y = wide[[values[j]]])))
  d <- d[!is.na(d$y), ]
  d[order(d$id, d$occasion), ]
}
b <- read.csv(file.path(folder, "btheb_computer_cbt.csv"))
btheb <- long(b, c("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m"), as.integer(b$treatment == "BtheB"))
btheb_post <- subset(btheb, occasion > 0)
btheb_post$base <- b$bdi.pre[btheb_post$id]
btheb_post$drug <- as.integer(b$drug == "Yes")[btheb_post$id]
btheb_post$occasion <- btheb_post$occasion - 1
bc <- read.csv(file.path(folder, "bcrp_breast_cancer_recovery.csv"))
bcrp <- long(bc, c("cesdt1", "cesdt3"), 3 - bc$cond)

set.seed(20240611)
n <- 96; m <- 4
sim_arm <- rep(0:2, length.out = n); site <- sample(0:8, n, TRUE); therapist <- ifelse(sim_arm == 0, -1L, site)
root <- chol(matrix(c(9, 5, 4, 3, 5, 12, 7, 5, 4, 7, 14, 8, 3, 5, 8, 16), 4))
wide <- matrix(rnorm(n * m), n) %*% root + rnorm(9, sd = 1.5)[site + 1]
age <- round(rnorm(n, 40, 10), 1)
simulated <- do.call(rbind, lapply(1:m, function(j) data.frame(
  id = 1:n, occasion = j - 1, arm = sim_arm, site = site, therapist = therapist, age = age,
  y = round(20 - (j - 1) * (1 + sim_arm) + 0.05 * age + wide[, j], 2))))
simulated <- simulated[order(simulated$id, simulated$occasion), ]
simulated <- simulated[runif(nrow(simulated)) > 0.22, ]
write.csv(simulated, "simulated.csv", row.names = FALSE)

# ---- designs: the same columns are built in the tests ------------------------------------------------------------------
clda <- function(d) {
  occasions <- sort(unique(d$occasion)); arms <- setdiff(sort(unique(d$arm)), 0)
  x <- sapply(occasions, function(j) as.numeric(d$occasion == j))
  for (a in arms) x <- cbind(x, sapply(occasions[-1], function(j) as.numeric(d$occasion == j & d$arm == a)))
  x
}
ancova <- function(d) {
  x <- sapply(0:3, function(j) as.numeric(d$occasion == j))
  x <- cbind(x, sapply(0:3, function(j) d$arm * (d$occasion == j)))
  cbind(x, sapply(0:3, function(j) d$base * (d$occasion == j)), d$drug)
}
with_design <- function(d, x) {
  colnames(x) <- paste0("x", seq_len(ncol(x)) - 1)
  d$visit <- factor(d$occasion); d$id <- factor(d$id); d$code <- d$occasion + 1
  list(data = cbind(d, x), formula = reformulate(colnames(x), "y", intercept = FALSE), joint = NULL)
}
sets <- list(btheb = with_design(btheb, clda(btheb)), btheb_ancova = with_design(btheb_post, ancova(btheb_post)),
             bcrp = with_design(bcrp, clda(bcrp)), simulated = with_design(simulated, cbind(clda(simulated), simulated$age)))
joint <- list(btheb = 5:8, btheb_ancova = 4:7, bcrp = 2:3, simulated = 4:9)   # columns tested together, from 0

# ---- nlme::gls -----------------------------------------------------------------------------------------------------------
tight <- glsControl(maxIter = 500, msMaxIter = 2000, tolerance = 1e-13, msTol = 1e-14, opt = "nlminb")
structures <- list(
  unstructured = list(corSymm(form = ~ code | id), varIdent(form = ~ 1 | visit)),
  heterogeneous_ar1 = list(corAR1(form = ~ code | id), varIdent(form = ~ 1 | visit)),
  ar1 = list(corAR1(form = ~ code | id), NULL),
  heterogeneous_compound_symmetry = list(corCompSymm(form = ~ code | id), varIdent(form = ~ 1 | visit)),
  compound_symmetry = list(corCompSymm(form = ~ code | id), NULL))
gls_values <- function(set, name, method) {
  s <- structures[[name]]
  fit <- gls(set$formula, set$data, correlation = s[[1]], weights = s[[2]], method = method, control = tight)
  list(beta = unname(coef(fit)), se = unname(sqrt(diag(fit$varBeta))), loglik = as.numeric(logLik(fit)), aic = AIC(fit),
       bic = BIC(fit), sigma = fit$sigma)
}
gls_out <- list()
for (d in names(sets)) for (s in names(structures)) for (method in c("REML", "ML"))
  gls_out[[d]][[s]][[method]] <- tryCatch(gls_values(sets[[d]], s, method),
                                         error = function(e) list(error = conditionMessage(e)))

# ---- mmrm -----------------------------------------------------------------------------------------------------------------
codes <- c(unstructured = "us", heterogeneous_ar1 = "ar1h", ar1 = "ar1", heterogeneous_compound_symmetry = "csh",
           compound_symmetry = "cs")
mmrm_values <- function(set, name, df, columns, grouped = FALSE, reml = TRUE) {
  inner <- if (grouped) "visit | armf / id" else "visit | id"
  set$data$armf <- factor(set$data$arm)
  f <- as.formula(paste(deparse1(set$formula), "+", codes[[name]], "(", inner, ")"))
  fit <- mmrm(f, set$data, reml = reml,
              control = mmrm_control(method = if (df == "Satterthwaite") df else "Kenward-Roger", vcov = if (df == "Satterthwaite") "Asymptotic" else df,
                                     optimizer = "BFGS", accept_singular = FALSE, optimizer_control = list(reltol = 1e-16, maxit = 5000)))
  p <- length(coef(fit))
  rows <- lapply(seq_len(p), function(j) df_1d(fit, as.numeric(seq_len(p) == j)))
  l <- diag(p)[columns + 1, , drop = FALSE]
  md <- df_md(fit, l)
  sigma <- component(fit, "varcor")
  list(beta = unname(coef(fit)), se = sapply(rows, `[[`, "se"), df = sapply(rows, `[[`, "df"), p = sapply(rows, `[[`, "p_val"),
       loglik = as.numeric(logLik(fit)), aic = AIC(fit), bic = BIC(fit),
       sigma = if (grouped) unname(lapply(sigma, unname)) else unname(sigma),
       joint = list(columns = columns, f = md$f_stat, df_num = md$num_df, df_den = md$denom_df, p = md$p_val))
}
kinds <- c(satterthwaite = "Satterthwaite", kr = "Kenward-Roger", kr_linear = "Kenward-Roger-Linear")
mmrm_out <- list()
for (d in names(sets)) for (s in names(codes)) for (k in names(kinds))
  mmrm_out[[d]][[s]][[k]] <- tryCatch(mmrm_values(sets[[d]], s, kinds[[k]], joint[[d]]),
                                     error = function(e) list(error = conditionMessage(e)))
for (d in c("btheb", "bcrp")) for (k in names(kinds))
  mmrm_out[[paste0(d, "_grouped")]]$unstructured[[k]] <-
    tryCatch(mmrm_values(sets[[d]], "unstructured", kinds[[k]], joint[[d]], grouped = TRUE),
             error = function(e) list(error = conditionMessage(e)))

# ---- random intercepts: lme4, lmerTest, pbkrtest; nlme::lme for a cluster above a structured covariance --------------------
strict <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5), calc.derivs = TRUE,
                      check.conv.singular = "ignore")
lmer_values <- function(set, random, columns) {
  fit <- lmerTest::lmer(update(set$formula, as.formula(paste("~ . +", random))), set$data, control = strict)
  s <- coef(summary(fit, ddf = "Satterthwaite")); k <- coef(summary(fit, ddf = "Kenward-Roger"))
  l <- diag(length(fixef(fit)))[columns + 1, , drop = FALSE]
  kr <- KRmodcomp(fit, l)$stats
  sf <- contestMD(fit, l, ddf = "Satterthwaite")
  v <- as.data.frame(VarCorr(fit))
  list(beta = unname(fixef(fit)), se = unname(s[, 2]), df_satterthwaite = unname(s[, 3]), se_kr = unname(k[, 2]),
       df_kr = unname(k[, 3]), loglik = as.numeric(logLik(fit)), variances = setNames(as.list(v$vcov), v$grp),
       joint = list(columns = columns, kr_f = kr$Fstat, kr_scale = kr$F.scaling, kr_df = kr$ddf,
                    satterthwaite_f = sf[["F value"]], satterthwaite_df = sf$DenDF))
}
set <- sets$simulated
set$data$sitef <- factor(set$data$site); set$data$inside <- as.numeric(set$data$therapist >= 0)
set$data$therapistf <- factor(pmax(set$data$therapist, 0))
lmer_out <- list(person = lmer_values(set, "(1 | id)", joint$simulated),
                 site = lmer_values(set, "(1 | id) + (1 | sitef)", joint$simulated),
                 therapist = lmer_values(set, "(1 | id) + (0 + inside | therapistf)", joint$simulated))
lme_values <- function(name, method) {
  s <- structures[[name]]
  s[[1]] <- switch(name, unstructured = corSymm(form = ~ code | sitef/id), heterogeneous_ar1 = corAR1(form = ~ code | sitef/id),
                   ar1 = corAR1(form = ~ code | sitef/id))
  fit <- lme(set$formula, set$data, random = ~ 1 | sitef, correlation = s[[1]], weights = s[[2]], method = method,
             control = lmeControl(maxIter = 500, msMaxIter = 2000, niterEM = 50, tolerance = 1e-12, msTol = 1e-13, opt = "nlminb"))
  list(beta = unname(fixef(fit)), se = unname(sqrt(diag(fit$varFix))), loglik = as.numeric(logLik(fit)),
       cluster_variance = as.numeric(VarCorr(fit)[1, 1]))
}
lme_out <- list()
for (s in c("unstructured", "heterogeneous_ar1", "ar1")) for (method in c("REML", "ML"))
  lme_out[[s]][[method]] <- tryCatch(lme_values(s, method), error = function(e) list(error = conditionMessage(e)))

versions <- c(list(R = R.version.string), lapply(setNames(nm = c("nlme", "lme4", "lmerTest", "pbkrtest", "mmrm", "TMB")),
                                                 function(p) as.character(packageVersion(p))))
write_json(list(versions = versions, gls = gls_out, mmrm = mmrm_out, lmer = lmer_out, lme = lme_out), "reference.json",
           digits = NA, auto_unbox = TRUE, pretty = FALSE)
