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
async function drawInTurn() { // the page answers its reader between two figures
  await plotlyLoaded;
  for (const place of document.querySelectorAll("[data-figure]")) {
    await draw(place);
    await new Promise((go) => setTimeout(go));
  }
}
drawInTurn().then(() => { document.documentElement.dataset.drawn = document.documentElement.scrollHeight; });
dark.addEventListener("change", drawAll);
window.addEventListener("beforeprint", () => { document.documentElement.classList.add("paper"); drawAll(); });
window.addEventListener("afterprint", () => { document.documentElement.classList.remove("paper"); drawAll(); });

// A table's rows are those of the page and, of a long table, more that lie beside it as data; so many are shown at once.
function rowsOf(table) {
  if (table.known) return table.known;
  const beside = document.getElementById(`${table.id}-rows`);
  table.known = [...table.tBodies[0].rows].map((row) => ({ row: row, cells: [...row.cells].map((cell) => cell.textContent.trim()) }));
  for (const cells of beside ? JSON.parse(beside.textContent) : []) table.known.push({ row: null, cells: cells });
  return table.known;
}
function found(table) {
  const words = table.words || [];
  if (!words.length) return rowsOf(table);
  return rowsOf(table).filter((one) => {
    const text = one.cells.join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
function rowFor(one) {
  if (one.row) return one.row;
  const row = document.createElement("tr");
  one.cells.forEach((text) => { row.insertCell().textContent = text; });
  return row;
}
function show(table) {
  const all = rowsOf(table), some = found(table), most = Number(table.dataset.page) || all.length;
  const from = Math.min(table.from || 0, Math.max(0, Math.ceil(some.length / most) - 1) * most);
  const shown = new Set(some.slice(from, from + most).map(rowFor));
  const hidden = all.map((one) => one.row).filter((row) => row && !shown.has(row)); // whose boxes may be ticked
  shown.forEach((row) => { row.hidden = false; });
  hidden.forEach((row) => { row.hidden = true; });
  table.tBodies[0].replaceChildren(...shown, ...hidden);
  table.from = from;
  const count = document.querySelector(`[data-count="${table.id}"]`);
  if (count) count.textContent = (table.words || []).length ? `${some.length} of ${all.length}` : `${all.length} rows`;
  const pages = document.querySelector(`[data-pages="${table.id}"]`);
  if (pages) {
    const [before, after] = pages.querySelectorAll("button");
    pages.hidden = some.length <= most;
    pages.querySelector("span").textContent = `${from + 1} to ${Math.min(from + most, some.length)}`;
    before.disabled = from === 0;
    after.disabled = from + most >= some.length;
  }
}
function turn(table, step) {
  table.from = table.from + step * Number(table.dataset.page);
  show(table);
  table.parentElement.scrollTop = 0;
}
function sortRows(table, column, down) {
  rowsOf(table).sort((one, other) => {
    const [a, b] = [one.cells[column], other.cells[column]];
    if ((a === "-") !== (b === "-")) return a === "-" ? 1 : -1; // nothing goes last, either way
    const [x, y] = [Number(a.replaceAll(",", "")), Number(b.replaceAll(",", ""))];
    const order = Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
    return down ? -order : order;
  });
  table.from = 0;
  show(table);
}
function sortBy(table, column, down) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((other) => other.removeAttribute("aria-sort"));
  headings[column].setAttribute("aria-sort", down ? "descending" : "ascending");
  sortRows(table, column, down);
}
function filterRows(input) {
  const table = document.getElementById(input.dataset.filter);
  table.words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  table.from = 0;
  show(table);
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
  const heading = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  return [heading, ...found(table).map((one) => one.cells)].map((cells) => cells.join("\t")).join("\n");
}
function wire() {
  document.querySelectorAll("table.sortable").forEach((table) => [...table.tHead.rows[0].cells].forEach((heading, column) =>
    heading.addEventListener("click", () => sortBy(table, column, heading.getAttribute("aria-sort") === "ascending"))));
  document.querySelectorAll("[data-filter]").forEach((input) => {
    input.addEventListener("input", () => filterRows(input));
    filterRows(input);
  });
  document.querySelectorAll("[data-pages] button").forEach((button) => {
    const table = document.getElementById(button.parentElement.dataset.pages);
    button.addEventListener("click", () => turn(table, Number(button.dataset.step)));
  });
  document.querySelectorAll("[data-copy]").forEach((button) =>
    button.addEventListener("click", () => copy(button, document.getElementById(button.dataset.copy).textContent)));
  document.querySelectorAll("[data-copy-table]").forEach((button) =>
    button.addEventListener("click", () => copy(button, tableText(document.getElementById(button.dataset.copyTable)))));
}
wire();
