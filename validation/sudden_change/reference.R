# Sudden gains and losses of courses.csv by the R package suddengains, whose sources lie in the folder SUDDENGAINS
# (the package itself asks for plotting packages that are not needed here).
# Rscript reference.R
folder <- Sys.getenv("SUDDENGAINS")
suppressPackageStartupMessages({library(dplyr); library(rlang)})
for (name in c("identify_sg.R", "identify_sl.R")) source(file.path(folder, "R", name))
courses <- read.csv("courses.csv")
sessions <- paste0("s", 1:14)
out <- list()
for (cutoff in c(5, 7)) for (adjust in c(TRUE, FALSE)) {
  gain <- identify_sg(courses, "id", sessions, cutoff, sg_crit3_adjust = adjust)
  # With its default the second criterion of losses is met by every rise; -0.25 asks for 25 % of the score before.
  loss <- identify_sl(courses, "id", sessions, -cutoff, sg_crit2_pct = -.25, sg_crit3_adjust = adjust)
  for (kind in c("gain", "loss")) {
    found <- if (kind == "gain") gain else loss
    prefix <- if (kind == "gain") "sg_" else "sl_"
    for (name in grep(paste0("^", prefix, "[0-9]+to"), names(found), value = TRUE)) {
      rows <- which(!is.na(found[[name]]) & found[[name]] == 1)
      if (length(rows)) out[[length(out) + 1]] <- data.frame(kind, cutoff, adjust, id = found$id[rows],
        session = as.integer(sub("to.*", "", sub(prefix, "", name))))
    }
  }
}
write.csv(do.call(rbind, out), "reference.csv", row.names = FALSE)
version <- read.dcf(file.path(folder, "DESCRIPTION"))[, "Version"]
writeLines(c(paste("suddengains", version), R.version.string), "versions.txt")
