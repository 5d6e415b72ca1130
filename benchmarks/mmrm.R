# Peers of mmrm.py on the same CSV: prints one JSON line per peer, or why it is absent.
extra <- Sys.getenv("FORWHOM_BENCH_RLIB")
if (nzchar(extra)) .libPaths(c(extra, .libPaths()))
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
d$visit <- factor(d$occasion); d$id <- factor(d$person); d$code <- d$occasion + 1
columns <- grep("^x", names(d), value = TRUE)
f <- reformulate(columns, "y", intercept = FALSE)
say <- function(name, seconds, beta, loglik, df) cat(sprintf(
  '{"name": "%s", "seconds": %.4f, "beta": %.12g, "loglik": %.12g, "df": %s}\n', name, seconds, beta, loglik, df))
clock <- function(expr) { gc(FALSE); t <- proc.time()[["elapsed"]]; value <- force(expr); list(value, proc.time()[["elapsed"]] - t) }
last <- as.numeric(seq_along(columns) == length(columns))
absent <- function(name, e) cat(sprintf('{"name": "%s", "absent": "%s"}\n', name, gsub('["\n]', " ", conditionMessage(e))))

if (suppressWarnings(requireNamespace("mmrm", quietly = TRUE))) {
  suppressPackageStartupMessages(suppressWarnings(library(mmrm)))
  mf <- as.formula(paste(deparse1(f), "+ us(visit | id)"))
  run <- function(df, vcov) { fit <- mmrm(mf, d, control = mmrm_control(method = df, vcov = vcov)); list(fit, df_1d(fit, last)) }
  for (k in list(c("mmrm with Satterthwaite", "Satterthwaite", "Asymptotic"), c("mmrm with Kenward-Roger", "Kenward-Roger", "Kenward-Roger-Linear")))
    tryCatch({ r <- clock(run(k[2], k[3])); say(k[1], r[[2]], coef(r[[1]][[1]])[length(columns)], as.numeric(logLik(r[[1]][[1]])), sprintf("%.6f", r[[1]][[2]]$df)) },
             error = function(e) absent(k[1], e))
} else cat('{"name": "mmrm", "absent": "R package mmrm is not installed; set FORWHOM_BENCH_RLIB to a library that has it"}\n')

suppressPackageStartupMessages(library(nlme))
tryCatch({ r <- clock(gls(f, d, correlation = corSymm(form = ~ code | id), weights = varIdent(form = ~ 1 | visit), method = "REML"))
           say("nlme::gls without df", r[[2]], coef(r[[1]])[length(columns)], as.numeric(logLik(r[[1]])), "null") }, error = function(e) absent("nlme::gls", e))
