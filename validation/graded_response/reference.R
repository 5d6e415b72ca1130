# What mirt gives for the tables of make_data.py: Rscript reference.R FOLDER > reference.json
suppressPackageStartupMessages({library(mirt); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
tight <- function(...) mirt(..., itemtype = "graded", TOL = 1e-10, SE = TRUE, SE.type = "Oakes", verbose = FALSE,
                            technical = list(NCYCLES = 20000))
items <- function(fit) {
  each <- coef(fit, printSE = TRUE)
  each <- each[setdiff(names(each), "GroupPars")]
  list(a = unname(sapply(each, function(m) m["par", 1])), a_se = unname(sapply(each, function(m) m["SE", 1])),
       d = unname(t(sapply(each, function(m) m["par", -1]))), d_se = unname(t(sapply(each, function(m) m["SE", -1]))))
}
scores <- function(fit, how) { s <- fscores(fit, method = how, full.scores.SE = TRUE); list(trait = unname(s[1:20, 1]), se = unname(s[1:20, 2])) }
out <- list(versions = list(R = R.version.string, mirt = as.character(packageVersion("mirt"))))

d <- read.csv(file.path(folder, "one.csv"))
one <- tight(d, 1)
fit <- itemfit(one, "S_X2", return.tables = TRUE)
mild <- itemfit(one, "S_X2")
c2 <- M2(one, type = "C2")
q3 <- residuals(one, type = "Q3", verbose = FALSE)
out$one <- c(items(one), list(
  loglik = logLik(one), c2 = unlist(c2[c("M2", "df", "p", "RMSEA", "RMSEA_5", "RMSEA_95", "SRMSR")]),
  sx2 = list(chisq = mild$S_X2, df = mild$df.S_X2, p = mild$p.S_X2),
  expected_q1 = unname(as.matrix(fit$E.org[[1]])), expected_q6 = unname(as.matrix(fit$E.org[[6]])),
  q3 = unname(as.matrix(q3)), information = testinfo(one, c(-2, 0, 1.5)), marginal = unname(marginal_rxx(one)),
  empirical = unname(empirical_rxx(fscores(one, full.scores.SE = TRUE))),
  eap = scores(one, "EAP"), map = scores(one, "MAP"), ml = scores(one, "ML"), wle = scores(one, "WLE")))

d <- read.csv(file.path(folder, "holes.csv"))
holes <- tight(d, 1)
out$holes <- c(items(holes), list(loglik = logLik(holes), eap = scores(holes, "EAP")))

d <- read.csv(file.path(folder, "two.csv"))
names <- setdiff(colnames(d), "group")
# Points from -6 to 6, mirt's default, cut the tail of a group with mean 0.6 and standard deviation 1.3.
two <- function(free = character(0)) {
  kept <- setdiff(names, free)
  multipleGroup(d[, names], 1, group = d$group, itemtype = "graded", verbose = FALSE, SE = TRUE, SE.type = "Oakes", TOL = 1e-10,
                invariance = c(kept, "free_means", "free_var"), quadpts = 161, technical = list(NCYCLES = 20000, theta_lim = c(-10, 10)))
}
of <- function(fit) {
  g <- coef(fit, printSE = TRUE)$b$GroupPars
  c(list(loglik = logLik(fit), mean = g["par", 1], mean_se = g["SE", 1], variance = g["par", 2], variance_se = g["SE", 2]))
}
equal <- two()
out$two <- list(equal = of(equal), free_q2_q5 = of(two(c("q2", "q5"))),
  test = setNames(lapply(names, function(n) { f <- two(n); list(loglik = logLik(f), chisq = 2 * (logLik(f) - logLik(equal))) }), names))
cat(toJSON(out, auto_unbox = TRUE, digits = 12, pretty = TRUE, na = "null"), "\n")
