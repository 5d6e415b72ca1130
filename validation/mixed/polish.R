# lme4 to the last digit: tight control, then Newton steps with numerical derivatives on lme4's own criterion.
tight <- function() lmerControl(optimizer = "nloptwrap", calc.derivs = FALSE, check.conv.singular = "ignore",
  optCtrl = list(xtol_abs = 1e-14, xtol_rel = 1e-14, ftol_abs = 1e-14, ftol_rel = 1e-16, maxeval = 100000))
polished <- function(f, d, reml = TRUE, w = NULL) {
  d$.w <- if (is.null(w)) rep(1, nrow(d)) else w
  l <- lFormula(f, d, REML = reml, weights = .w, control = tight()); g0 <- do.call(mkLmerDevfun, l)
  start <- optimizeLmer(g0, control = list(xtol_abs = 1e-12, ftol_abs = 1e-14, maxeval = 1e5))
  theta <- start$par; low <- environment(g0)$lower; free <- theta > 1e-5 | low < 0; theta[!free] <- 0
  g <- function(p) { t <- theta; t[free] <- p; g0(t) }; p <- theta[free]
  for (round in 1:8) { step <- solve(numDeriv::hessian(g, p), numDeriv::grad(g, p)); p <- p - step; if (max(abs(step)) < 1e-11) break }
  theta[free] <- p; value <- g0(theta)
  m <- mkMerMod(environment(g0), list(par = theta, fval = value, conv = 0, message = ""), l$reTrms, l$fr,
    bquote(lmer(.(f), d, REML = .(reml), weights = .w)))
  list(fit = m, frame = d)
}
