# Moderators one by one and profiles, from mmrm (Kenward-Roger, linear), nlme and lm.
# R_LIBS=<library with mmrm> Rscript reference.R SHARED_DATA > reference.json
suppressPackageStartupMessages({library(mmrm); library(nlme); library(jsonlite)})
root <- commandArgs(TRUE)[1]
long <- function(d, id, arm, columns) do.call(rbind, lapply(seq_along(columns), function(j)
  data.frame(row = seq_len(nrow(d)), id = d[[id]], arm = as.character(d[[arm]]), occasion = j, y = d[[columns[j]]])))

# Shared mean at the first occasion, then one per arm; moderators and covariates per occasion; arm by moderator after the first.
# m, covariates: matrices by person row, centred over the people used.
constrained <- function(d, l, arms, m, covariates, before = 1, at = max(l$occasion), engine = "mmrm") {
  l <- l[!is.na(l$y), ]
  l$cell <- ifelse(l$occasion == before, "b", paste0("c", l$arm, "_", l$occasion))
  terms <- "0 + cell"
  occasions <- sort(unique(l$occasion))
  add <- function(name, value) { l[[name]] <<- value; terms <<- c(terms, name) }
  for (j in occasions) {
    for (c in seq_len(ncol(m))) add(paste0("m", c, "_", j), m[l$row, c] * (l$occasion == j))
    if (!is.null(covariates)) for (c in seq_len(ncol(covariates))) add(paste0("z", c, "_", j), covariates[l$row, c] * (l$occasion == j))
    if (j != before) for (a in arms[-1]) for (c in seq_len(ncol(m)))
      add(paste0("i", a, "_", c, "_", j), m[l$row, c] * (l$occasion == j) * (l$arm == a))
  }
  l$visit <- factor(l$occasion); l$person <- factor(l$id)
  f <- paste("y ~", paste(terms, collapse = " + "))
  if (engine == "gls") {
    l <- l[order(l$id, l$occasion), ]
    g <- gls(as.formula(f), l, correlation = corSymm(form = ~ occasion | id), weights = varIdent(form = ~ 1 | occasion),
      control = glsControl(tolerance = 1e-12, msTol = 1e-12, maxIter = 500, msMaxIter = 500, apVar = FALSE))
    return(list(slopes = setNames(lapply(arms[-1], function(a) { n <- paste0("i", a, "_1_", at)
      list(estimate = coef(g)[[n]], se = sqrt(vcov(g)[n, n])) }), arms[-1])))
  }
  fit <- mmrm(as.formula(paste(f, "+ us(visit | person)")), l,
    control = mmrm_control(method = "Kenward-Roger", vcov = "Kenward-Roger-Linear", 
      optimizer_control = list(reltol = 1e-15, maxit = 5000)))
  b <- names(coef(fit))
  row <- function(values) { r <- setNames(numeric(length(b)), b); r[names(values)] <- values; r }
  test <- function(values) { t <- df_1d(fit, row(values)); list(estimate = t$est, se = t$se, df = t$df, p = t$p_val) }
  effect <- function(a, x) {
    values <- c(1, -1, x); names(values) <- c(paste0("cellc", a, "_", at), paste0("cellc", arms[1], "_", at), paste0("i", a, "_", seq_along(x), "_", at))
    test(values)
  }
  every <- do.call(rbind, lapply(arms[-1], function(a) do.call(rbind, lapply(seq_len(ncol(m)), function(c)
    row(setNames(1, paste0("i", a, "_", c, "_", at)))))))
  together <- if (nrow(every) > 1) { t <- df_md(fit, every); list(f = t$f_stat, df1 = t$num_df, df2 = t$denom_df, p = t$p_val) } else NULL
  list(slopes = setNames(lapply(arms[-1], function(a) lapply(seq_len(ncol(m)), function(c) test(setNames(1, paste0("i", a, "_", c, "_", at))))), arms[-1]),
       effects = setNames(lapply(arms[-1], function(a) lapply(attr(m, "at"), function(x) effect(a, x))), arms[-1]), together = together)
}
# Baseline of the outcome as moderator with one occasion after it: analysis of covariance.
ancova <- function(y, arm, arms, m, covariates) {
  d <- data.frame(y = y, arm = factor(arm, levels = arms), m = m)
  if (!is.null(covariates)) d <- cbind(d, z = covariates)
  full <- lm(as.formula(paste("y ~ arm * m", if (is.null(covariates)) "" else paste("+", paste(setdiff(names(d), c("y", "arm", "m")), collapse = "+")))), d)
  less <- update(full, . ~ . - arm:m)
  s <- summary(full)$coefficients; a <- anova(less, full)
  list(slopes = setNames(lapply(arms[-1], function(k) { r <- s[paste0("arm", k, ":m"), ]
         list(estimate = r[[1]], se = r[[2]], df = full$df.residual, p = r[[4]]) }), arms[-1]),
       together = list(f = a$F[2], df1 = a$Df[2], df2 = a$Res.Df[2], p = a$`Pr(>F)`[2]))
}
standard <- function(x, used = !is.na(x)) { v <- matrix((x - mean(x[used])) / sd(x[used])); attr(v, "at") <- list(-1, 0, 1); attr(v, "sd") <- sd(x[used]); attr(v, "mean") <- mean(x[used]); v }
levels_of <- function(x) { # the commonest first, indicators centred
  counts <- table(x); order <- names(counts)[order(-counts, names(counts))]
  v <- sapply(order[-1], function(l) as.numeric(x == l)); share <- colMeans(v)
  v <- sweep(v, 2, share); attr(v, "levels") <- order
  attr(v, "at") <- lapply(seq_along(order), function(k) as.numeric(seq_along(order)[-1] == k) - share); v }
centred <- function(x) matrix(x - mean(x))

r <- list(versions = list(R = R.version.string, mmrm = as.character(packageVersion("mmrm")), nlme = as.character(packageVersion("nlme"))))
d <- read.csv(file.path(root, "a_rct/btheb_computer_cbt.csv"))
columns <- c("bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m")
l <- long(d, "id", "treatment", columns); arms <- c("TAU", "BtheB")
drug <- levels_of(d$drug); length <- levels_of(d$length)
both <- cbind(drug, length); attr(both, "at") <- list(c(0, 0))
r$btheb <- list(drug = constrained(d, l, arms, drug, length), length = constrained(d, l, arms, length, drug),
  both = constrained(d, l, arms, both, NULL), drug_gls = constrained(d, l, arms, drug, length, engine = "gls"),
  # Baseline as moderator: only occasions after it, so no cell is shared.
  bdi2 = constrained(d, l[l$occasion > 1, ], arms, standard(d$bdi.pre, rowSums(!is.na(d[columns[-1]])) > 0), cbind(drug, length), before = 0))

d <- read.csv(file.path(root, "a_rct/jobs2_mediation.csv")); d$id <- seq_len(nrow(d))
l <- long(d, "id", "treat", c("depress1", "depress2")); arms <- c("0", "1")
z <- function(not) { k <- cbind(econ_hard = d$econ_hard, age = d$age, sex = d$sex)[, setdiff(c("econ_hard", "age", "sex"), not), drop = FALSE]; sweep(k, 2, colMeans(k)) }
r$jobs2 <- list(econ_hard = constrained(d, l, arms, standard(d$econ_hard), z("econ_hard")), age = constrained(d, l, arms, standard(d$age), z("age")),
  sex = constrained(d, l, arms, levels_of(d$sex), z("sex")), educ = constrained(d, l, arms, levels_of(d$educ), z("")),
  depression = ancova(d$depress2, as.character(d$treat), arms, as.numeric(standard(d$depress1)), z("")))

d <- read.csv(file.path(root, "a_rct/bcrp_breast_cancer_recovery.csv")); d$id <- seq_len(nrow(d))
l <- long(d, "id", "cond", c("cesdt1", "cesdt3")); arms <- c("3", "1", "2")
r$bcrp <- lapply(setNames(nm = c("disopt1", "negsoct1", "uncomt1", "comorbid", "trext")), function(n) constrained(d, l, arms, standard(d[[n]]), centred(d$age)))
r$bcrp$age <- constrained(d, l, arms, standard(d$age), NULL)
r$bcrp$wcht1 <- constrained(d, l, arms, levels_of(d$wcht1), centred(d$age))
r$bcrp$marital <- constrained(d, l, arms, levels_of(d$marital), centred(d$age))
seen <- !is.na(d$cesdt3)
r$bcrp$cesd <- ancova(d$cesdt3[seen], as.character(d$cond[seen]), arms, as.numeric(standard(d$cesdt1, seen))[seen], centred(d$age[seen]))
# As published: the change in depressive symptoms, nutrition against education (Scheier 2007; Dusseldorp & Van Mechelen 2014).
two <- d[d$cond != 3 & seen, ]; two$change <- two$cesdt1 - two$cesdt3; two$nutrition <- as.numeric(two$cond == 1)
r$bcrp_published <- lapply(setNames(nm = c("disopt1", "negsoct1", "uncomt1", "comorbid", "age", "wcht1", "trext", "cesdt1")), function(n) {
  s <- summary(lm(as.formula(paste("change ~ nutrition *", n)), two))$coefficients; x <- s[nrow(s), ]
  list(estimate = x[[1]], se = x[[2]], p = x[[4]]) })

# Profile: both scales in baseline standard deviations, above is better.
pooled <- function(x, g) sqrt(sum(tapply(x, g, function(v) sum((v - mean(v))^2))) / (length(x) - length(unique(g))))
stack <- rbind(data.frame(id = d$id, arm = d$cond, scale = 1, y = -d$cesdt3 / pooled(d$cesdt1, d$cond), b = -d$cesdt1 / pooled(d$cesdt1, d$cond), age = d$age),
               data.frame(id = d$id, arm = d$cond, scale = 2, y = d$physt3 / pooled(d$physt1, d$cond), b = d$physt1 / pooled(d$physt1, d$cond), age = d$age))
stack <- stack[!is.na(stack$y), ]
stack$cell <- factor(paste(stack$arm, stack$scale)); stack$visit <- factor(stack$scale); stack$person <- factor(stack$id)
fit <- mmrm(y ~ 0 + cell + visit:b + visit:age + us(visit | person), stack,
  control = mmrm_control(method = "Kenward-Roger", vcov = "Kenward-Roger-Linear", optimizer_control = list(reltol = 1e-15, maxit = 5000)))
b <- names(coef(fit)); e <- function(a, s) { v <- setNames(numeric(length(b)), b); v[paste0("cell", a, " ", s)] <- 1; v[paste0("cell3 ", s)] <- -1; v }
profile <- function(a) {
  rows <- rbind(e(a, 1), e(a, 2)); v <- rows %*% fit$beta_vcov_adj %*% t(rows); w <- solve(v, c(1, 1)); w <- w / sum(w)
  one <- function(x) { t <- df_1d(fit, x); list(estimate = t$est, se = t$se, df = t$df, p = t$p_val) }
  list(effects = list(one(rows[1, ]), one(rows[2, ])), common = one(as.numeric(w %*% rows)), equal = one(colMeans(rows)), difference = one(rows[2, ] - rows[1, ]))
}
r$bcrp_profile <- list(`1` = profile("1"), `2` = profile("2"))
cat(toJSON(r, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null"))
