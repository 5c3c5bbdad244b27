"use strict";
// Plotly lies gzipped in the file, which makes it a third as large; `tune serve` sends it beside the page instead.
async function loadPlotly() {
  const packed = document.getElementById("packed-plotly");
  if (!packed) return;
  if (!window.DecompressionStream) {
    document.querySelectorAll("[data-figure]").forEach((place) => { place.textContent = "This figure needs a browser of 2023 or later."; });
    throw new Error("no DecompressionStream");
  }
  const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);
}
const plotlyLoaded = loadPlotly();
// Figures take the page's own colours, and take them again when the system turns light or dark, and for paper.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function colors() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim(), line = style.getPropertyValue("--line").trim();
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line };
  return { font: ink, axis: axis };
}
function dressed(layout) {
  const page = colors();
  const dressed = Object.assign({}, layout, { font: Object.assign({}, layout.font, { color: page.font }), uirevision: "kept" });
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
  return Plotly.react(place, figure.data, dressed(figure.layout), { responsive: true, displaylogo: false, displayModeBar: false });
}
async function drawAll() {
  await plotlyLoaded;
  return Promise.all([...document.querySelectorAll("[data-figure]")].map(draw));
}
drawAll().then(() => { document.documentElement.dataset.drawn = document.documentElement.scrollHeight; });
dark.addEventListener("change", drawAll);
window.addEventListener("beforeprint", () => { document.documentElement.classList.add("paper"); drawAll(); });
window.addEventListener("afterprint", () => { document.documentElement.classList.remove("paper"); drawAll(); });

function sortRows(table, column, down) {
  const key = (row) => row.cells[column].textContent.trim();
  const rows = [...table.tBodies[0].rows].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if ((a === "-") !== (b === "-")) return a === "-" ? 1 : -1; // nothing goes last, either way
    const [x, y] = [Number(a.replaceAll(",", "")), Number(b.replaceAll(",", ""))];
    const order = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
    return down ? -order : order;
  });
  table.tBodies[0].append(...rows);
}
function sortBy(table, column, down) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((other) => other.removeAttribute("aria-sort"));
  headings[column].setAttribute("aria-sort", down ? "descending" : "ascending");
  sortRows(table, column, down);
}
function filterRows(input) {
  const table = document.getElementById(input.dataset.filter);
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  const all = table.tBodies[0].rows.length;
  document.querySelector(`[data-count="${table.id}"]`).textContent = words.length ? `${shown} of ${all}` : `${all} rows`;
}
async function copy(button, text) {
  try { await navigator.clipboard.writeText(text); } catch { // pages of another machine without TLS have no clipboard
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "copied";
}
function tableText(table) {
  const rows = [...table.rows].filter((row) => !row.hidden);
  return rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t")).join("\n");
}
function wire() {
  document.querySelectorAll("table.sortable").forEach((table) => [...table.tHead.rows[0].cells].forEach((heading, column) =>
    heading.addEventListener("click", () => sortBy(table, column, heading.getAttribute("aria-sort") === "ascending"))));
  document.querySelectorAll("[data-filter]").forEach((input) => {
    input.addEventListener("input", () => filterRows(input));
    filterRows(input);
  });
  document.querySelectorAll("[data-copy]").forEach((button) =>
    button.addEventListener("click", () => copy(button, document.getElementById(button.dataset.copy).textContent)));
  document.querySelectorAll("[data-copy-table]").forEach((button) =>
    button.addEventListener("click", () => copy(button, tableText(document.getElementById(button.dataset.copyTable)))));
}
wire();
