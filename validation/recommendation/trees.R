# policytree (exact search) on the scores of trees_*.csv: value of the best tree of depth 1 and 2.
# R_LIBS=<library with policytree> Rscript trees.R
suppressMessages({library(policytree); library(jsonlite)})
out <- list(R = R.version.string, policytree = as.character(packageVersion("policytree")), sets = list())
for (file in sort(list.files(".", "^trees_.*csv$"))) {
  d <- read.csv(file)
  x <- as.matrix(d[, grep("^x", names(d))]); s <- as.matrix(d[, grep("^s", names(d))])
  for (depth in 1:2) for (leaf in c(1, 10)) {
    t <- policy_tree(x, s, depth = depth, min.node.size = leaf)
    told <- predict(t, x)
    out$sets[[length(out$sets) + 1]] <- list(set = sub("trees_(.*).csv", "\\1", file), depth = depth, min_leaf = leaf,
      value = mean(s[cbind(seq_along(told), told)]), told = told - 1)
  }
}
writeLines(toJSON(out, auto_unbox = TRUE, digits = 12, pretty = FALSE), "trees.json")
