# Rscript likelihood.R JOBS2_CSV > likelihood.json   (R 4.2.2, lavaan 0.6.14)
suppressPackageStartupMessages(library(lavaan))
d <- read.csv(commandArgs(TRUE)[1]); d$work <- as.numeric(d$work1 == "psyemp")
rhs <- "econ_hard + sex + age"; f <- function(...) as.formula(paste0(...))
of <- function(g) { linear <- class(g)[1] == "lm"
  sprintf('{"loglik": %.12g, "parameters": %d, "aic": %.12g, "residual_sd": %s, "r2": %s}', as.numeric(logLik(g)), attr(logLik(g), "df"), AIC(g),
    if (linear) sprintf("%.12g", sigma(g)) else "null", if (linear) sprintf("%.12g", summary(g)$r.squared) else "null") }
whole <- function(s) sprintf('{"loglik": %.12g, "parameters": %d, "aic": %.12g, "r2": [%s]}', fitMeasures(s, "logl"), fitMeasures(s, "npar"), fitMeasures(s, "aic"),
  paste(sprintf("%.12g", inspect(s, "r2")), collapse = ", "))
last <- paste0("\ndepress2 ~ treat + job_seek + depress1 + ", rhs)
both <- sem(paste0("job_seek ~ treat + ", rhs, "\ndepress1 ~ treat + ", rhs, "\njob_seek ~~ depress1", last), d, meanstructure = TRUE)
chain <- sem(paste0("job_seek ~ treat + ", rhs, "\ndepress1 ~ treat + job_seek + ", rhs, last), d, meanstructure = TRUE)
holes <- d; holes$job_seek[seq(1, 899, 5)] <- NA; holes$depress2[seq(2, 899, 3)] <- NA
fiml <- sem(paste0("job_seek ~ treat + ", rhs, "\ndepress2 ~ treat + job_seek + ", rhs), holes, missing = "fiml", fixed.x = TRUE)
cat(sprintf('{"versions": {"R": "%s", "lavaan": "%s"},\n', R.version.string, packageVersion("lavaan")))
cat('"mediator":', of(lm(f("job_seek ~ treat + ", rhs), d)), ',\n"outcome":', of(lm(f("depress2 ~ treat * job_seek + ", rhs), d)))
cat(',\n"probit":', of(glm(f("work ~ treat + job_seek + ", rhs), binomial("probit"), d)), ',\n"logit":', of(glm(f("job_dich ~ treat + ", rhs), binomial("logit"), d)))
cat(',\n"chained":', of(lm(f("depress1 ~ treat + job_seek + ", rhs), d)), ',\n"both":', whole(both), ',\n"chain":', whole(chain), ',\n"fiml":', whole(fiml), "}\n")
