(function () {
"use strict";
var root = document.documentElement;

var button = document.getElementById("theme");
var system = window.matchMedia("(prefers-color-scheme: dark)");
function isDark() { return root.dataset.theme ? root.dataset.theme === "dark" : system.matches; }
function label() { button.textContent = isDark() ? "Light page" : "Dark page"; }
button.hidden = false;
label();
system.addEventListener("change", label);
button.addEventListener("click", function () { root.dataset.theme = isDark() ? "light" : "dark"; label(); });

var opened = [];
window.addEventListener("beforeprint", function () {
  opened = Array.from(document.querySelectorAll("details:not([open]):not(.long):not(.every)"));
  opened.forEach(function (d) { d.open = true; });
});
window.addEventListener("afterprint", function () { opened.forEach(function (d) { d.open = false; }); });

function toSegment(px, py, ax, ay, bx, by) {
  var dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
  var t = length ? Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length)) : 0;
  var x = ax + t * dx - px, y = ay + t * dy - py;
  return x * x + y * y;
}

function nearest(places, px, py, reach) {
  var best = -1, least = reach * reach;
  for (var i = 0; i < places.length; i++) {
    var p = places[i];
    for (var k = 0; k < p.length; k += 2) {
      var d = k + 3 < p.length ? toSegment(px, py, p[k], p[k + 1], p[k + 2], p[k + 3]) : toSegment(px, py, p[k], p[k + 1], p[k], p[k + 1]);
      if (d < least) { least = d; best = i; }
    }
  }
  return best;
}

function outline(p) {
  var d = "";
  for (var k = 0; k < p.length; k += 2) { d += (k ? "L" : "M") + p[k] + " " + p[k + 1]; }
  for (k = 0; k < p.length; k += 2) { d += "M" + (p[k] - 4) + " " + p[k + 1] + "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0"; }
  return d;
}

document.querySelectorAll("figure[data-people]").forEach(function (figure) {
  var source = figure.querySelector("script[type='application/json']");
  if (!source) { return; }
  var data = JSON.parse(source.textContent);
  var picker = figure.querySelector(".picker");
  var select = picker.querySelector("select");
  var output = picker.querySelector("output");
  var hint = "Point at a " + data.noun + ", or choose a person.";
  var options = document.createDocumentFragment();
  data.ids.forEach(function (id, i) { options.appendChild(new Option(id, String(i))); });
  select.appendChild(options);
  picker.hidden = false;
  output.textContent = hint;

  function show(i) {
    figure.querySelectorAll("svg[data-pick]").forEach(function (svg) {
      var places = svg.classList.contains("narrow") ? data.narrow : data.wide;
      svg.querySelector(".picked").setAttribute("d", i < 0 ? "" : outline(places[i]));
    });
    select.value = i < 0 ? "" : String(i);
    output.textContent = i < 0 ? hint : data.says[i];
  }

  var kept = -1;
  select.addEventListener("change", function () { kept = select.value === "" ? -1 : Number(select.value); show(kept); });
  figure.querySelectorAll("svg[data-pick]").forEach(function (svg) {
    var places = svg.classList.contains("narrow") ? data.narrow : data.wide;
    var waiting = null;
    function at(event) {
      var point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return nearest(places, point.x, point.y, event.pointerType === "touch" ? 24 : 12);
    }
    svg.addEventListener("pointermove", function (event) {
      if (waiting === null) { window.requestAnimationFrame(function () { show(at(waiting)); waiting = null; }); }
      waiting = event;
    });
    svg.addEventListener("pointerdown", function (event) { kept = at(event); show(kept); });
    svg.addEventListener("pointerleave", function () { show(kept); });
  });
});
})();
