# Rscript reference.R > reference.json ; needs psych, irr, irrCAC, jsonlite.
suppressMessages({library(psych); library(irr); library(irrCAC); library(jsonlite)})
set.seed(20260301)
draw <- function(n, k, agree, skew) {
  p <- (seq_len(k))^(-skew); p <- p / sum(p)
  a <- sample(k, n, TRUE, p)
  b <- ifelse(runif(n) < agree, a, sample(k, n, TRUE, p))
  cbind(a, b)
}
cases <- list(two = draw(60, 2, .7, 0), rare = draw(120, 2, .6, 3), four = draw(150, 4, .5, .5), six = draw(40, 6, .8, 0),
              opposed = cbind(rep(c(1, 2), each = 10), rep(c(2, 1), each = 10)))
cases$opposed[1:4, 2] <- 1
one <- function(x) {
  k <- max(x); w <- function(p) 1 - (abs(outer(1:k, 1:k, "-")) / (k - 1))^p
  ck <- function(wt) { r <- cohen.kappa(x, w = wt); r }
  plain <- ck(w(2)); lin <- ck(w(1))
  tb <- table(factor(x[, 1], 1:k), factor(x[, 2], 1:k))
  gwet <- function(weights) kappa2.table(tb, weights = weights)$coeff.se
  ac <- gwet.ac1.raw(as.data.frame(x), categ.labels = 1:k)$est
  list(a = x[, 1], b = x[, 2], kappa = plain$kappa, kappa_var = plain$var.kappa, quadratic = plain$weighted.kappa,
       quadratic_var = plain$var.weighted, linear = lin$weighted.kappa, linear_var = lin$var.weighted,
       se_none = gwet(identity.weights(1:k)), se_linear = gwet(linear.weights(1:k)), se_quadratic = gwet(quadratic.weights(1:k)),
       irr_kappa = kappa2(x)$value, irr_linear = kappa2(x, "equal")$value, irr_quadratic = kappa2(x, "squared")$value,
       ac1 = ac$coeff.val, ac1_se = ac$coeff.se, ac1_ci = ac$conf.int,
       alpha_nominal = kripp.alpha(t(x), "nominal")$value, alpha_ordinal = kripp.alpha(t(x), "ordinal")$value,
       alpha_interval = kripp.alpha(t(x), "interval")$value,
       icc = list(value = icc(x, "twoway", "agreement", "single")$value, low = icc(x, "twoway", "agreement", "single")$lbound,
                  high = icc(x, "twoway", "agreement", "single")$ubound))
}
# Krippendorff (2011): four coders, twelve units, with gaps.
nmm <- matrix(c(1,1,NA,1,2,2,3,2,3,3,3,3,3,3,3,3,2,2,2,2,1,2,3,4,4,4,4,4,1,1,2,1,2,2,2,2,NA,5,5,5,NA,NA,1,1,NA,NA,3,NA), nrow = 4)
out <- list(versions = list(R = R.version.string, psych = as.character(packageVersion("psych")), irr = as.character(packageVersion("irr")),
                            irrCAC = as.character(packageVersion("irrCAC"))),
            cases = lapply(cases, one),
            krippendorff = list(codes = t(nmm), nominal = kripp.alpha(nmm, "nominal")$value, ordinal = kripp.alpha(nmm, "ordinal")$value,
                                interval = kripp.alpha(nmm, "interval")$value))
cat(toJSON(out, digits = 15, auto_unbox = TRUE, na = "null", pretty = FALSE), "\n")
