"""The style and the script inside the HTML page of a plan."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667; --line: #d8dce2;
  --paper: #fff; --panel: #f6f7f9; --bad: #b3261e; --good: #00704f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #9aa3ad;
  --line: #3a4048; --paper: #15181c; --panel: #1d2126; --bad: #ff8a80; --good: #5fd3a8; } }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column;
  font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { display: flex; flex-wrap: wrap; gap: 4px 32px; align-items: baseline;
  padding: 12px 20px; border-bottom: 1px solid var(--line); }
h1 { font-size: 18px; margin: 0; }
h2 { font-size: 14px; margin: 16px 0 4px; }
dl { display: flex; flex-wrap: wrap; gap: 4px 24px; margin: 0; }
dt { color: var(--soft); font-size: 12px; }
dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.good div:last-child dd { color: var(--good); }
.bad div:last-child dd, .broken h2 { color: var(--bad); }
main { flex: 1; min-height: 0; display: flex; }
section { flex: 1; min-width: 0; padding: 12px; display: flex; flex-direction: column; }
aside { width: min(46%, 480px); overflow: auto; padding: 0 16px 16px; background: var(--panel);
  border-left: 1px solid var(--line); }
@media (max-width: 800px) { body { height: auto; } main { flex-direction: column; }
  aside { width: 100%; } }
svg { flex: 1; min-height: 300px; width: 100%; cursor: grab; touch-action: none; }
.note { color: var(--soft); margin: 0; }
svg .route polyline { fill: none; stroke: var(--c); stroke-width: 1.6;
  vector-effect: non-scaling-stroke; stroke-linejoin: round; }
svg .route circle { fill: var(--c); }
svg .missing circle { fill: none; stroke: var(--soft); stroke-width: 1.5;
  vector-effect: non-scaling-stroke; }
svg .depot { fill: var(--ink); stroke: var(--paper); vector-effect: non-scaling-stroke; }
svg.picked .route { opacity: .12; }
svg.picked .route.on { opacity: 1; }
svg.picked .route.on polyline { stroke-width: 3; }
table { border-collapse: collapse; width: 100%; margin-top: 8px; }
th { text-align: right; font-weight: 500; color: var(--soft); font-size: 12px; }
th:first-child { text-align: left; }
td, th { padding: 3px 6px; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
small { color: var(--soft); }
.key { width: 14px; }
.key::before { content: ""; display: block; width: 10px; height: 10px; border-radius: 2px;
  background: var(--c); }
tbody.route > tr:first-child { cursor: pointer; border-top: 1px solid var(--line); }
tbody.route > tr:first-child:hover, tbody.on > tr:first-child { background: var(--line); }
"""

# Pointing at a route or its row lifts it out; a click on the row also lists its stops;
# the wheel zooms and dragging moves the map.
SCRIPT = """
const map = document.getElementById("map");
const all = [...document.querySelectorAll(".route")];
let kept = null;
function show(route) {
  map.classList.toggle("picked", route !== null);
  for (const part of all) part.classList.toggle("on", part.dataset.route === route);
}
for (const part of all) {
  part.addEventListener("mouseenter", () => show(part.dataset.route));
  part.addEventListener("mouseleave", () => show(kept));
}
function toggle(body) {
  kept = kept === body.dataset.route ? null : body.dataset.route;
  for (const other of document.querySelectorAll("tbody.route"))
    other.querySelector(".stops").hidden = other.dataset.route !== kept;
  show(kept);
}
for (const body of document.querySelectorAll("tbody.route")) {
  const row = body.rows[0];
  row.addEventListener("click", () => toggle(body));
  row.addEventListener("keydown", e => { if (e.key === "Enter") toggle(body); });
}
const view = map.viewBox.baseVal;
function scale() {
  return Math.max(view.width / map.clientWidth, view.height / map.clientHeight);
}
map.addEventListener("wheel", e => {
  e.preventDefault();
  const box = map.getBoundingClientRect(), k = Math.exp(e.deltaY * 0.0015), s = scale();
  const x = view.x + view.width / 2 + (e.clientX - box.left - box.width / 2) * s;
  const y = view.y + view.height / 2 + (e.clientY - box.top - box.height / 2) * s;
  view.x = x + (view.x - x) * k; view.y = y + (view.y - y) * k;
  view.width *= k; view.height *= k;
}, { passive: false });
map.addEventListener("pointermove", e => {
  if (!e.buttons) return;
  view.x -= e.movementX * scale(); view.y -= e.movementY * scale();
});
"""
