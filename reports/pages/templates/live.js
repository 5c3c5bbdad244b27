// A page of `tune serve` that changes with its sweep, and leaves the reader where they are.
const POLL_MILLISECONDS = 1500;
let version = null;

function kept() {
  const anchor = [...document.querySelectorAll("section, h3[id]")].filter((one) => one.getBoundingClientRect().top <= 120).pop();
  const sorts = [...document.querySelectorAll("table.sortable[id]")].map((table) => {
    const heading = [...table.tHead.rows[0].cells].find((cell) => cell.hasAttribute("aria-sort"));
    return heading ? { id: table.id, column: heading.cellIndex, down: heading.getAttribute("aria-sort") === "descending" } : null;
  }).filter(Boolean);
  return {
    anchor: anchor ? anchor.id : null,
    offset: anchor ? anchor.getBoundingClientRect().top : window.scrollY,
    pages: [...document.querySelectorAll("[data-pages]")].map((one) => [one.dataset.pages, document.getElementById(one.dataset.pages).from]),
    filters: [...document.querySelectorAll("[data-filter]")].map((input) => [input.dataset.filter, input.value]),
    inside: [...document.querySelectorAll(".scroll")].map((box) => [box.scrollTop, box.scrollLeft]),
    open: [...document.querySelectorAll("details")].filter((one) => one.open).map((one) => one.textContent),
    focused: document.activeElement ? document.activeElement.dataset.filter : undefined,
    ticked: [...document.querySelectorAll("input:checked")].map((box) => box.value),
    sorts: sorts,
  };
}
function restore(place) {
  place.sorts.forEach((sort) => { const table = document.getElementById(sort.id); if (table) sortBy(table, sort.column, sort.down); });
  place.filters.forEach(([id, value]) => {
    const input = document.querySelector(`[data-filter="${id}"]`);
    if (input) { input.value = value; filterRows(input); if (place.focused === id) input.focus({ preventScroll: true }); }
  });
  place.pages.forEach(([id, from]) => { const table = document.getElementById(id); if (table) { table.from = from; show(table); } });
  document.querySelectorAll("input[type=checkbox]").forEach((box) => { box.checked = place.ticked.includes(box.value); });
  document.querySelectorAll("details").forEach((one) => { one.open = place.open.includes(one.textContent); });
  document.querySelectorAll(".scroll").forEach((box, number) => {
    if (place.inside[number]) [box.scrollTop, box.scrollLeft] = place.inside[number];
  });
  const anchor = place.anchor && document.getElementById(place.anchor);
  if (anchor) window.scrollBy({ top: anchor.getBoundingClientRect().top - place.offset, behavior: "instant" });
}
async function renew() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const place = kept();
  fresh.querySelectorAll("script[type='application/json']").forEach((script) => {
    const known = document.getElementById(script.id);
    if (known) known.textContent = script.textContent;
    else document.body.prepend(document.importNode(script, true));
  });
  const drawn = Object.fromEntries([...document.querySelectorAll("[data-figure]")].map((one) => [one.dataset.figure, one]));
  for (const part of ["header", "main"]) {
    document.querySelector(part).replaceWith(document.importNode(fresh.querySelector(part), true));
  }
  document.querySelectorAll("[data-figure]").forEach((one) => { if (drawn[one.dataset.figure]) one.replaceWith(drawn[one.dataset.figure]); });
  await drawAll();
  wire();
  restore(place);
}
async function poll() {
  try {
    const answer = await fetch(document.body.dataset.live, { cache: "no-store" });
    if (answer.ok) {
      const now = await answer.text();
      if (version !== null && now !== version) await renew();
      version = now;
    }
  } catch { /* the server is away; it may come back */ }
  setTimeout(poll, document.hidden ? 4 * POLL_MILLISECONDS : POLL_MILLISECONDS);
}
poll();
