# Missing at random by another program: mice, Bayesian linear regression in sequence, arm by arm.
#   Rscript mice.R ../../examples/beat-the-blues/btheb_computer_cbt.csv
suppressMessages({ library(mice); library(jsonlite) })
b <- read.csv(commandArgs(TRUE)[1])
columns <- c("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m")
m <- 3000
completed <- lapply(c("TAU", "BtheB"), function(arm) {
  d <- b[b$treatment == arm, columns]
  # Loss is monotone: each occasion on all earlier ones, and one pass is enough.
  predictors <- lower.tri(diag(5)) * 1
  dimnames(predictors) <- list(columns, columns)
  filled <- mice(d, m = m, maxit = 1, method = "norm", predictorMatrix = predictors, visitSequence = "monotone",
                 ridge = 1e-10, seed = 3, printFlag = FALSE)
  lapply(seq_len(m), function(k) cbind(complete(filled, k), arm = as.numeric(arm == "BtheB")))
})
fits <- sapply(seq_len(m), function(k) {
  d <- rbind(completed[[1]][[k]], completed[[2]][[k]])
  f <- summary(lm(bdi.8m ~ arm + bdi.pre, data = d))$coefficients["arm", ]
  c(f[["Estimate"]], f[["Std. Error"]]^2)
})
p <- pool.scalar(fits[1, ], fits[2, ], n = nrow(b), k = 3)
out <- list(versions = list(R = R.version.string, mice = as.character(packageVersion("mice"))), imputations = m,
            est = p$qbar, se = sqrt(p$t), df = p$df, between = p$b, within = p$ubar)
write(toJSON(out, digits = 10, auto_unbox = TRUE, pretty = 1), "mice.json")
