# Diaries of Geschwind et al. (2011) in lme4, at tight control but not polished (8,000 groups take numerical derivatives long).
#   FORWHOM_SHARED_DATA=.../shared/data Rscript geschwind_reference.R > geschwind_reference.json
suppressPackageStartupMessages({library(lme4); library(jsonlite)})
source("polish.R")
g <- read.csv(file.path(Sys.getenv("FORWHOM_SHARED_DATA"), "a_rct", "geschwind_mindfulness_rct_esm.csv"))
m <- lmer(sad ~ period * mindfulness_arm + (period | id) + (1 | id:day), g, control = tight())
cat(toJSON(list(lme4 = as.character(packageVersion("lme4")), formula = deparse1(formula(m)), n = nobs(m), loglik = as.numeric(logLik(m)),
  beta = unname(fixef(m)), se = unname(sqrt(diag(as.matrix(vcov(m)))))), auto_unbox = TRUE, digits = 15), "\n")
