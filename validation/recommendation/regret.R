# Rules of the peers on the draws of regret.py: sign of grf::causal_forest, policytree on its doubly robust scores.
suppressMessages({library(grf); library(policytree); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
for (file in list.files(folder, "\\.csv$", full.names = TRUE)) {
  if (file.exists(sub("csv$", "told", file))) next
  d <- as.matrix(read.csv(file, header = FALSE, na.strings = "nan")); d <- d[!is.na(d[, 1]), ]
  new <- as.matrix(read.csv(sub("csv$", "new", file), header = FALSE))
  x <- d[, -(1:2)]; colnames(x) <- colnames(new) <- NULL
  cf <- causal_forest(x, d[, 1], d[, 2], W.hat = 0.5, num.trees = 2000, num.threads = 1, seed = 1)
  told <- data.frame(causal_forest_sign = as.integer(predict(cf, new)$predictions > 0))
  s <- double_robust_scores(cf)
  for (depth in 1:2)
    told[[paste0("policytree_depth_", depth)]] <- predict(policy_tree(x, s, depth = depth, min.node.size = 10), new) - 1
  write.csv(told, sub("csv$", "told", file), row.names = FALSE)
}
writeLines(toJSON(list(R = R.version.string, grf = as.character(packageVersion("grf")),
  policytree = as.character(packageVersion("policytree"))), auto_unbox = TRUE), file.path(folder, "versions.json"))
