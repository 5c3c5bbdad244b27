"use strict";
// Figures take the page's own colours, and take them again when the system turns light or dark.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function colors() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim(), line = style.getPropertyValue("--line").trim();
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line };
  return { font: ink, axis: axis };
}
function dressed(layout) {
  const page = colors();
  const dressed = Object.assign({}, layout, { font: Object.assign({}, layout.font, { color: page.font }) });
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
    dressed[name] = Object.assign({}, layout[name], page.axis);
  }
  return dressed;
}
function draw(place) {
  const figure = JSON.parse(document.getElementById("figure-" + place.dataset.figure).textContent);
  for (const trace of figure.data) {
    if (trace.type === "parcoords") {
      trace.labelfont = Object.assign({}, trace.labelfont, { color: colors().font });
      trace.tickfont = Object.assign({}, trace.tickfont, { color: colors().font });
      trace.rangefont = { color: "rgba(0,0,0,0)" };
      trace.unselected = { line: { opacity: 0.08 } };
    }
  }
  Plotly.react(place, figure.data, dressed(figure.layout), { responsive: true, displaylogo: false, displayModeBar: false });
}
function drawAll() { document.querySelectorAll("[data-figure]").forEach(draw); }
drawAll();
dark.addEventListener("change", drawAll);

function sortable(table) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => heading.addEventListener("click", () => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    headings.forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows].sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      if ((a === "-") !== (b === "-")) return a === "-" ? 1 : -1; // nothing goes last, either way
      const [x, y] = [Number(a), Number(b)];
      const order = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
      return down ? -order : order;
    });
    table.tBodies[0].append(...rows);
  }));
}
document.querySelectorAll("table.sortable").forEach(sortable);

document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "copied";
}));
