# Reference values for the sensitivity kernel from rbmi. Run from this folder:
#   Rscript reference.R ../../examples/beat-the-blues/btheb_computer_cbt.csv [folder for a copy of the antidepressant data]
# Packages: rbmi (with mmrm), jsonlite. The antidepressant data ship with rbmi and are not copied here.
suppressMessages({ library(rbmi); library(jsonlite) })
arguments <- commandArgs(TRUE)
out <- list(versions = as.list(c(R = R.version.string, sapply(c("rbmi", "mmrm"), function(p) as.character(packageVersion(p))))))

compare <- function(long, visits, slopes, strategy, method, delta = NULL, extra = character()) {
  vars <- set_vars(outcome = "y", visit = "visit", subjid = "id", group = "arm", strategy = "strategy",
                   covariates = c(if (slopes == "own") "base*visit*arm" else c("base*visit", "arm*visit"), extra))
  seen <- tapply((!is.na(long$y)) * as.integer(long$visit), long$id, max)
  gone <- seen[seen < length(visits)]
  ice <- data.frame(id = factor(names(gone), levels = levels(long$id)),
                    visit = factor(visits[gone + 1], levels = visits), strategy = strategy)
  set.seed(1)
  drawn <- suppressWarnings(draws(data = long, data_ice = ice, vars = vars, method = method, quiet = TRUE))
  arms <- levels(long$arm)
  imputed <- impute(drawn, references = setNames(rep(arms[1], 2), arms))
  vars$covariates <- c("base", extra)
  if (!is.null(delta)) {
    table <- delta_template(imputed)
    table$delta <- ifelse(table$is_missing & table$visit == tail(visits, 1) & table$arm == arms[2], delta, 0)
  } else table <- NULL
  p <- as.data.frame(pool(analyse(imputed, ancova, vars = vars, visits = tail(visits, 1), delta = table)))
  as.list(p[1, c("est", "se", "lci", "uci", "pval")])
}

study <- function(long, visits, strategies, jackknifed, samples) {
  # The first data set of a conditional mean method is the original one: its estimate needs no resampling.
  once <- method_condmean(covariance = "us", same_cov = FALSE, REML = FALSE, type = "bootstrap", n_samples = 2)
  pooled <- method_condmean(covariance = "us", same_cov = TRUE, REML = FALSE, type = "bootstrap", n_samples = 2)
  jackknife <- method_condmean(covariance = "us", same_cov = FALSE, REML = FALSE, type = "jackknife")
  bayes <- method_approxbayes(covariance = "us", same_cov = FALSE, REML = TRUE, n_samples = samples)
  estimate <- function(...) compare(long, visits, ...)["est"]
  list(
    conditional_mean = sapply(strategies, function(s) estimate("own", s, once), simplify = FALSE),
    conditional_mean_common = sapply(c("MAR", "JR"), function(s) estimate("common", s, pooled), simplify = FALSE),
    delta = list("5" = estimate("own", "MAR", once, delta = 5), "-5" = estimate("own", "MAR", once, delta = -5)),
    jackknife = sapply(jackknifed, function(s) compare(long, visits, "own", s, jackknife), simplify = FALSE),
    rubin = sapply(c("MAR", "JR", "CIR", "CR"), function(s) compare(long, visits, "own", s, bayes), simplify = FALSE),
    rubin_imputations = samples
  )
}

save_values <- function() write(toJSON(out, digits = 12, auto_unbox = TRUE, pretty = 1), "reference.json")

b <- read.csv(arguments[1])
columns <- c("bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m")
long <- do.call(rbind, lapply(columns, function(v) data.frame(id = b$id, arm = b$treatment, base = b$bdi.pre, visit = v, y = b[[v]])))
long <- long[order(long$id, match(long$visit, columns)), ]
long$id <- factor(long$id); long$visit <- factor(long$visit, levels = columns); long$arm <- factor(long$arm, levels = c("TAU", "BtheB"))
out$btheb <- study(long, columns, c("MAR", "JR", "CIR", "CR"), c("MAR", "JR"), 200)

save_values()

data("antidepressant_data")
a <- antidepressant_data
visits <- levels(a$VISIT)
grid <- expand.grid(visit = visits, id = levels(a$PATIENT))
first <- a[match(grid$id, a$PATIENT), ]
grid$arm <- factor(first$THERAPY, levels = c("PLACEBO", "DRUG")); grid$base <- first$BASVAL
key <- paste(a$PATIENT, a$VISIT)
grid$y <- a$HAMDTL17[match(paste(grid$id, grid$visit), key)]
grid$visit <- factor(grid$visit, levels = visits)
out$antidepressant <- study(grid, visits, c("MAR", "JR", "CIR", "CR", "LMCF"), character(), 50)
if (length(arguments) > 1) {
  wide <- reshape(grid, idvar = c("id", "arm", "base"), timevar = "visit", direction = "wide")
  write.csv(wide, file.path(arguments[2], "antidepressant.csv"), row.names = FALSE)
}
save_values()
