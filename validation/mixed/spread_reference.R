# Intervals of standard deviations and correlations: nlme (log and logit scale) and glmmTMB, on validation/glmm/btheb.csv.
# Rscript validation/mixed/spread_reference.R > validation/mixed/spread_reference.json
suppressMessages({library(nlme); library(glmmTMB)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "..", "glmm", "btheb.csv"))
lme_of <- function(method) {
  m <- lme(bdi ~ month * arm, random = ~ 1 | id, data = d, method = method)
  i <- intervals(m, which = "var-cov")
  rbind(as.matrix(i$reStruct$id), i$sigma)
}
ar <- lme(bdi ~ month * arm, random = ~ 1 | id, correlation = corCAR1(form = ~ month | id), data = d)
ia <- intervals(ar, which = "var-cov")
row <- function(x) paste0("[", paste(sprintf("%.10g", x), collapse = ", "), "]")
rows <- function(m) paste0("[", paste(apply(m, 1, row), collapse = ", "), "]")
g <- glmmTMB(few ~ month + arm + (1 | id), d, family = binomial)
p <- glmmTMB(bdi ~ month + arm + (1 | id), d, family = nbinom2)
gi <- confint(g, parm = "theta_", full = TRUE)[, c(1, 3, 2), drop = FALSE]
pi_ <- confint(p, full = TRUE)
pi_ <- pi_[c(nrow(pi_), grep("sigma", rownames(pi_))), c(1, 3, 2)]
cat("{\n")
cat(sprintf('  "nlme": "%s", "glmmTMB": "%s",\n', packageVersion("nlme"), packageVersion("glmmTMB")))
cat('  "REML": ', rows(lme_of("REML")), ",\n", sep = "")
cat('  "ML": ', rows(lme_of("ML")), ",\n", sep = "")
cat('  "car1": ', rows(rbind(as.matrix(ia$reStruct$id), ia$sigma, as.matrix(ia$corStruct))), ",\n", sep = "")
cat('  "binomial": ', rows(gi), ",\n", sep = "")
cat('  "negative_binomial": ', rows(pi_), "\n}\n", sep = "")
