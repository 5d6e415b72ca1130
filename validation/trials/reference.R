# Reference values for whole findings on real trials, from nlme, lme4, lmerTest and pbkrtest.
# Rscript reference.R SHARED_DATA > reference.json
suppressPackageStartupMessages({library(nlme); library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite)})
root <- commandArgs(TRUE)[1]
long <- function(d, id, arm, columns, times) do.call(rbind, lapply(seq_along(columns), function(j)
  data.frame(id = d[[id]], arm = d[[arm]], time = times[j], occasion = j, y = d[[columns[j]]])))

# Mixed model for repeated measures, one shared mean before treatment, one mean per arm and occasion after it.
clda <- function(l, arms, covariates = NULL) {
  l <- l[!is.na(l$y), ]
  l$cell <- ifelse(l$occasion == 1, "b", paste(l$arm, l$occasion, sep = "_"))
  f <- as.formula(paste("y ~ 0 + cell", if (is.null(covariates)) "" else paste("+", paste(covariates, collapse = "+"))))
  l <- l[order(l$id, l$occasion), ]
  g <- gls(f, l, correlation = corSymm(form = ~ occasion | id), weights = varIdent(form = ~ 1 | occasion),
           control = glsControl(tolerance = 1e-12, msTol = 1e-12, maxIter = 500, msMaxIter = 500, apVar = FALSE))
  b <- coef(g); V <- vcov(g); out <- list(loglik = as.numeric(logLik(g)), means = as.list(b))
  for (a in arms[-1]) for (j in setdiff(sort(unique(l$occasion)), 1)) {
    p <- paste0("cell", a, "_", j); m <- paste0("cell", arms[1], "_", j)
    out[[paste("difference", a, j)]] <- list(value = b[[p]] - b[[m]], se = sqrt(V[p, p] + V[m, m] - 2 * V[p, m]))
  }
  out
}
growth <- function(l) {
  m <- lmer(y ~ 0 + arm + arm:time + (time | id), l[!is.na(l$y), ], control = lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-12)))
  s <- summary(m)$coefficients
  list(coefficients = setNames(lapply(rownames(s), function(r) as.list(s[r, c("Estimate", "Std. Error", "df")])), rownames(s)),
       variances = as.data.frame(VarCorr(m))$vcov, loglik = as.numeric(logLik(m)))
}
r <- list(versions = list(R = R.version.string, nlme = as.character(packageVersion("nlme")), lme4 = as.character(packageVersion("lme4")),
                          lmerTest = as.character(packageVersion("lmerTest"))))
d <- read.csv(file.path(root, "a_rct/btheb_computer_cbt.csv"))
l <- long(d, "id", "treatment", c("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m"), c(0, 2, 3, 5, 8))
l$drug <- rep(as.numeric(d$drug == "Yes"), 5); l$drug <- l$drug - mean(d$drug == "Yes")
r$btheb <- list(clda = clda(l, c("TAU", "BtheB")), clda_drug = clda(l, c("TAU", "BtheB"), "drug:factor(occasion)"), growth = growth(l),
  pooled_sd = sqrt(sum(tapply(d$bdi.pre, d$treatment, function(v) sum((v - mean(v))^2))) / (nrow(d) - 2)))
d <- read.csv(file.path(root, "a_rct/jobs2_mediation.csv")); d$id <- seq_len(nrow(d))
l <- long(d, "id", "treat", c("depress1", "depress2"), c(0, 2)); l$arm <- factor(l$arm)
r$jobs2 <- list(clda = clda(l, c("0", "1")))
d <- read.csv(file.path(root, "a_rct/bcrp_breast_cancer_recovery.csv")); d$id <- seq_len(nrow(d))
l <- long(d, "id", "cond", c("cesdt1", "cesdt3"), c(0, 9)); l$arm <- factor(l$arm)
r$bcrp <- list(clda = clda(l, c("3", "1", "2")))
d <- read.csv(file.path(root, "e_process/enrichd_bdi_cbt_arm.csv")); d <- unique(d)
d <- d[!duplicated(d[, c("ID", "time")]), ]
l <- data.frame(id = d$ID, arm = "all", time = d$time, y = d$BDI)
# In months the optimiser of lme4 converges; the slope is brought back to days.
l$time <- l$time / 30
m <- lmer(y ~ time + (time | id), l, control = lmerControl(optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-12)))
s <- summary(m)$coefficients; s["time", c("Estimate", "Std. Error")] <- s["time", c("Estimate", "Std. Error")] / 30
r$enrichd <- list(rows = nrow(l), slope = as.list(s["time", c("Estimate", "Std. Error", "df")]), loglik_months = as.numeric(logLik(m)))
cat(toJSON(r, auto_unbox = TRUE, digits = NA, pretty = TRUE))
