# Full information maximum likelihood of the path model by lavaan; writes reference.json.
# Rscript validation/how_mediation/reference.R   (from the repository)
suppressMessages(library(lavaan))
folder <- "validation/how_mediation"
d <- read.csv(file.path(folder, "reference.csv"))
model <- "
m5 ~ a*arm + m1 + y1
y5 ~ d*arm + m1 + y1
y10 ~ c*arm + b*m5 + g*y5 + m1 + y1
m5 ~~ y5
carried := a*b
earlier := d*g
total := c + a*b + d*g
"
fit <- sem(model, d, missing = "fiml", fixed.x = FALSE, meanstructure = TRUE,
           control = list(iter.max = 10000, rel.tol = 1e-14, x.tol = 1e-12))
e <- parameterEstimates(fit)
e <- e[e$label != "", c("label", "est", "se")]
rows <- sprintf('  "%s": {"estimate": %.12g, "se": %.12g}', e$label, e$est, e$se)
writeLines(c("{", sprintf('  "R": "%s", "lavaan": "%s", "df": %d,', getRversion(), packageVersion("lavaan"), as.integer(fitMeasures(fit, "df"))),
             paste(rows, collapse = ",\n"), "}"), file.path(folder, "reference.json"))
