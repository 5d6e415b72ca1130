# Peer of sem.py on the same text and table: prints one JSON line. Times are of the processor.
suppressPackageStartupMessages(library(lavaan))
given <- commandArgs(trailingOnly = TRUE)
ordered <- "ordered" %in% given
text <- paste(readLines(given[1]), collapse = "\n"); d <- read.csv(given[2])
spent <- function(time) time[["user.self"]] + time[["sys.self"]]
clock <- function() {
  gc(FALSE); t <- proc.time()
  fit <- suppressWarnings(if (ordered) sem(text, d, ordered = TRUE) else sem(text, d, missing = "ml")); alone <- proc.time() - t
  p <- parameterEstimates(fit, standardized = TRUE); m <- fitMeasures(fit); whole <- proc.time() - t
  c(whole = spent(whole), alone = spent(alone), loglik = if (ordered) m[["chisq"]] else m[["logl"]])
}
first <- clock(); again <- replicate(3, clock())
cat(sprintf('{"first": %.4f, "again": %.4f, "alone": %.4f, "loglik": %.9f}\n',
            first[["whole"]], median(again["whole", ]), median(again["alone", ]), first[["loglik"]]))
