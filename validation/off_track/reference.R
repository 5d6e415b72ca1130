# What is expected of people left out of a model, by lme4 and nlme and the formula for conditional normal distributions.
# Rscript reference.R <repository>
suppressMessages({library(lme4); library(nlme); library(jsonlite)})
root <- commandArgs(trailingOnly = TRUE)[1]

# mean and SD of each score given the first, given all before, from mean mu and covariance v of one person's scores
course <- function(mu, v, y) {
  n <- length(y)
  given <- function(j, k) {
    w <- solve(v[k, k, drop = FALSE], v[k, j])
    c(mu[j] + sum(w * (y[k] - mu[k])), sqrt(v[j, j] - sum(w * v[k, j])))
  }
  seen <- function(j) Filter(function(k) !is.na(y[k]), seq_len(j - 1))
  list(start = t(sapply(2:n, given, k = 1)), following = t(sapply(2:n, function(j) given(j, seen(j)))))
}

# growth: start and slope on sqrt(time) differ between people; people 0 to 5 left out
d <- read.csv(file.path(root, "validation/off_track/simulated.csv"))
d$root <- sqrt(d$time); d$a <- factor(d$arm)
fit <- lmer(score ~ 0 + a + a:root + a:time + (1 + root | id), d[d$id > 5, ], REML = TRUE,
            control = lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-10, ftol_abs = 1e-12, maxeval = 1e5)))
tau <- as.matrix(VarCorr(fit)$id); phi <- as.matrix(vcov(fit)); beta <- fixef(fit)
growth <- lapply(0:5, function(i) {
  p <- d[d$id == i, ]
  x <- model.matrix(~ 0 + a + a:root + a:time, p)[, names(beta)]
  z <- cbind(1, p$root)
  course(x %*% beta, z %*% tau %*% t(z) + sigma(fit)^2 * diag(nrow(p)) + x %*% phi %*% t(x), p$score)
})

# occasions: Beat the Blues, a mean per arm and occasion, one at baseline, any covariance; the first ten people left out
b <- read.csv(file.path(root, "examples/beat-the-blues/btheb_computer_cbt.csv"))
cols <- c("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m")
long <- do.call(rbind, lapply(seq_along(cols), function(j)
  data.frame(row = seq_len(nrow(b)), occasion = j, arm = b$treatment, score = b[[cols[j]]])))
long$cell <- factor(ifelse(long$occasion == 1, "start", paste(long$arm, long$occasion)))
train <- droplevels(long[long$row > 10 & !is.na(long$score), ])
train <- train[order(train$row, train$occasion), ]
g <- gls(score ~ 0 + cell, train, correlation = corSymm(form = ~ occasion | row),
         weights = varIdent(form = ~ 1 | occasion), method = "REML",
         control = glsControl(tolerance = 1e-10, msTol = 1e-12, opt = "nlminb", msMaxIter = 500))
full <- names(which.max(table(train$row)))
sds <- sigma(g) * c(1, coef(g$modelStruct$varStruct, unconstrained = FALSE))
correlation <- as.matrix(corMatrix(g$modelStruct$corStruct)[[full]])
covariance <- correlation * outer(sds, sds)
means <- coef(g); names(means) <- sub("^cell", "", names(means)); variance <- vcov(g)
occasions <- lapply(1:10, function(i) {
  p <- long[long$row == i, ]; p <- p[order(p$occasion), ]
  at <- match(as.character(p$cell), names(means))
  course(means[at], covariance + variance[at, at], p$score)
})
out <- list(versions = list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")),
                            nlme = as.character(packageVersion("nlme"))),
            growth = growth, occasions = occasions, full_order = names(sds))
write(toJSON(out, digits = 10, auto_unbox = TRUE, pretty = FALSE), file.path(root, "validation/off_track/reference.json"))
