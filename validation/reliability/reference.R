# Reference values for alpha, omega, item statistics, polychoric correlations and intraclass correlations.
# Run from this folder: Rscript reference.R; writes reference.json beside itself.
suppressMessages({library(psych); library(lavaan); library(semTools); library(jsonlite); library(mnormt)})
bfi <- read.csv("bfi_items.csv")
traits <- list(A = paste0("A", 1:5), C = paste0("C", 1:5), E = paste0("E", 1:5), N = paste0("N", 1:5), O = paste0("O", 1:5))
for (item in c("A1", "C4", "C5", "E1", "E2", "O2", "O5")) bfi[[item]] <- 7 - bfi[[item]]
out <- list(versions = list(R = R.version.string, psych = as.character(packageVersion("psych")),
  lavaan = as.character(packageVersion("lavaan")), semTools = as.character(packageVersion("semTools"))))

one_factor <- function(names) paste("f =~", paste(names, collapse = " + "))
delta <- function(names, k = length(names)) {
  l <- paste0("l", 1:k); v <- paste0("v", 1:k)
  paste0("f =~ ", paste0(l, "*", names, collapse = " + "), "\n",
    paste0(names, " ~~ ", v, "*", names, collapse = "\n"), "\n",
    "omega := (", paste(l, collapse = "+"), ")^2 / ((", paste(l, collapse = "+"), ")^2 + ", paste(v, collapse = "+"), ")")
}

continuous <- function(data) {
  complete <- na.omit(data)
  a <- suppressWarnings(psych::alpha(complete, warnings = FALSE))
  pairwise <- suppressWarnings(psych::alpha(data, warnings = FALSE))
  ml <- cfa(delta(names(data)), complete, std.lv = TRUE)
  mlr <- cfa(delta(names(data)), complete, std.lv = TRUE, estimator = "MLR")
  se <- function(fit) { p <- parameterEstimates(fit); p[p$label == "omega", "se"] }
  list(n = nrow(complete), alpha = a$total$raw_alpha, standardised = a$total$std.alpha, mean_r = a$total$average_r,
    feldt = unlist(a$feldt[c("lower.ci", "upper.ci")]), alpha_pairwise = pairwise$total$raw_alpha,
    r_drop = a$item.stats$r.drop, mean = a$item.stats$mean, sd = a$item.stats$sd, alpha_drop = a$alpha.drop$raw_alpha,
    shares = unname(as.list(as.data.frame(t(a$response.freq[, colnames(a$response.freq) != "miss"])))),
    omega = coef(ml, type = "user")[["omega"]], omega_se_ml = se(ml), omega_se_mlr = se(mlr),
    omega_observed = unname(compRelSEM(ml, obs.var = TRUE)), loadings = standardizedSolution(ml)$est.std[1:ncol(data)],
    fit = as.list(fitMeasures(ml, c("chisq", "df", "pvalue", "rmsea", "srmr"))),
    omega_minres = unname(suppressMessages(suppressWarnings({
      f <- fa(cor(complete), 1, fm = "minres"); sum(f$loadings)^2 / (sum(f$loadings)^2 + sum(f$uniquenesses)) }))))
}
out$continuous <- lapply(traits, function(names) continuous(bfi[names]))
out$continuous$N300 <- continuous(na.omit(bfi[traits$N])[1:300, ])

# Five categories: 5 and 6 together. Three: 1-2, 3-4, 5-6. Two: 1-3, 4-6.
collapse <- list(five = c(1, 2, 3, 4, 5, 5), three = c(1, 1, 2, 2, 3, 3), two = c(0, 0, 0, 1, 1, 1))
ordinal <- function(data) {
  fit <- cfa(one_factor(names(data)), data, std.lv = TRUE, ordered = names(data), estimator = "ULSMV")
  wls <- cfa(one_factor(names(data)), data, std.lv = TRUE, ordered = names(data), estimator = "WLSMV")
  p <- parameterEstimates(fit)
  poly <- lavCor(data, ordered = names(data), output = "cor")
  rho <- lavCor(data, ordered = names(data), output = "est", se = "standard")
  rho <- rho[rho$op == "~~" & rho$lhs != rho$rhs, ]
  list(n = nrow(data), polychoric = unname(as.matrix(unclass(poly))), psych = unname(suppressMessages(suppressWarnings(
      psych::polychoric(data, correct = 0, smooth = FALSE)$rho))),
    polychoric_se = rho$se,
    thresholds = split(p$est[p$op == "|"], factor(p$lhs[p$op == "|"], levels = names(data))),
    loadings = p$est[p$op == "=~"], loadings_se = p$se[p$op == "=~"],
    green_yang_observed = unname(compRelSEM(fit, obs.var = TRUE)), green_yang_model = unname(compRelSEM(fit, obs.var = FALSE)),
    green_yang_wls = unname(compRelSEM(wls, obs.var = FALSE)), latent = unname(compRelSEM(fit, obs.var = FALSE, ord.scale = FALSE)),
    ordinal_alpha = suppressWarnings(psych::alpha(unclass(poly), warnings = FALSE)$total$raw_alpha))
}
out$ordinal <- list()
for (trait in names(traits)) for (how in names(collapse)) {
  data <- na.omit(bfi[traits[[trait]]]); data[] <- lapply(data, function(x) collapse[[how]][x])
  out$ordinal[[paste(trait, how, sep = "_")]] <- tryCatch(ordinal(data[1:600, ]), error = function(e) list(error = conditionMessage(e)))
}
all25 <- bfi[unlist(traits)]
start <- Sys.time(); full <- suppressMessages(suppressWarnings(psych::polychoric(all25, correct = 0, smooth = FALSE))); took <- Sys.time() - start
complete25 <- na.omit(all25)
start <- Sys.time(); lav <- lavCor(complete25, ordered = names(all25), output = "cor"); took_lav <- Sys.time() - start
out$bfi25 <- list(psych = unname(full$rho), tau = lapply(seq_len(25), function(j) unname(full$tau[j, ])),
  lavaan = unname(as.matrix(unclass(lav))), n_complete = nrow(complete25))
cat("seconds, 25 items: psych", format(took), "lavaan", format(took_lav), "\n")

set.seed(1)
grid <- expand.grid(h = c(-4, -1.3, 0, 0.2, 2.5), k = c(-3, -0.5, 0, 1.7), rho = c(-0.99, -0.7, 0, 0.3, 0.95, 0.9999))
out$bivariate <- list(h = grid$h, k = grid$k, rho = grid$rho, p = apply(grid, 1, function(g)
  as.numeric(mvtnorm::pmvnorm(upper = g[1:2], corr = matrix(c(1, g[3], g[3], 1), 2), algorithm = mvtnorm::TVPACK(1e-15)))))

# Shrout & Fleiss (1979), Table 2: six targets, four judges.
sf <- matrix(c(9,2,5,8, 6,1,3,2, 8,4,6,8, 7,1,2,6, 10,5,6,9, 6,2,4,7), ncol = 4, byrow = TRUE)
icc <- function(x) { r <- suppressMessages(psych::ICC(x, lmer = FALSE)$results); lapply(split(r, seq_len(nrow(r))), as.list) }
out$icc <- list(shrout_fleiss = unname(icc(sf)), bfi = unname(icc(na.omit(bfi[c("N1", "N2", "N3")])[1:200, ])))
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = FALSE), "reference.json")
