"use strict";
// The page is complete without this: it chooses columns, tints anew what differs among those that are left, opens the cell
// that the address names, and copies.

const files = JSON.parse(document.getElementById("files").textContent);

// The columns of all sources, one choice for the whole page; it is kept in the address.
const usual = ["threading", "asyncio"];
const asked = new URLSearchParams(location.search).get("columns");
let chosen = asked ? asked.split(",") : usual;

const tables = [...document.querySelectorAll(".sources")].map((section) => {
  const table = section.querySelector("table.code");
  const heads = [...table.tHead.rows[0].cells];
  const boxes = [...section.querySelectorAll(".choice input")];
  const pictures = [...section.querySelectorAll(".pictures")];
  section.querySelector(".choice").hidden = false;
  return { table, heads, boxes, pictures, ids: boxes.map((box) => box.value) };
});

// How wide a column is in which no name is broken.
const needs = ({ table, heads }) => {
  const ruler = table.tBodies[0].rows[0].cells[0].appendChild(document.createElement("span"));
  ruler.style.cssText = "position:absolute;text-indent:0;width:100ch";
  const character = ruler.getBoundingClientRect().width / 100;
  ruler.remove();
  return heads.map((head) => head.dataset.need * character + 20);
};

const show = (part) => {
  const { table, heads, boxes, ids, pictures } = part;
  const known = chosen.filter((id) => ids.includes(id));
  const now = known.length > 0 ? known : usual;
  const shown = ids.map((id) => now.includes(id));
  let blank = false;
  for (const row of table.tBodies[0].rows) {
    const cells = [...row.cells];
    cells.forEach((cell, column) => { cell.hidden = !shown[column]; });
    const visible = [...cells.keys()].filter((column) => shown[column]);
    // Lines that only hidden columns have would leave gaps: of blank ones in a row the first is enough.
    const empty = visible.every((column) => cells[column].textContent.trim() === "");
    row.hidden = empty && (blank || visible.every((column) => cells[column].firstChild === null));
    blank = row.hidden ? blank : empty;
    for (const column of visible) {
      const cell = cells[column];
      const peers = visible.filter((peer) => peer !== column && heads[peer].dataset.language === heads[column].dataset.language);
      const having = peers.filter((peer) => cells[peer].firstChild !== null);
      const mine = cell.firstChild !== null;
      cell.classList.toggle("none", !mine && having.length > 0);
      cell.classList.toggle("only", mine && peers.length > 0 && having.length === 0 && !cell.classList.contains("text"));
      const bits = having.reduce((sum, peer) => sum | (1 << peer), 0);
      for (const mark of cell.querySelectorAll("mark")) {
        mark.classList.toggle("own", having.length > 0 && ((mark.dataset.s ?? 0) & bits) === 0);
      }
    }
  }
  heads.forEach((head, column) => { head.hidden = !shown[column]; });
  for (const picture of pictures) {
    [...picture.children].forEach((cell, column) => { cell.hidden = !shown[column]; });
  }
  // As many columns as fit, all of one width; two can always be read, by scrolling sideways if they must.
  const need = needs(part);
  const room = table.parentElement.clientWidth;
  const width = (columns) => columns.length * Math.max(...columns.map((column) => need[column]));
  const columns = [...ids.keys()].filter((column) => shown[column]);
  table.style.minWidth = `${Math.ceil(width(columns))}px`;
  boxes.forEach((box, column) => {
    box.checked = shown[column];
    const full = columns.length >= 2 && width([...columns, column]) > room;
    // The last column stays: there is always something to read.
    box.disabled = box.checked ? columns.length === 1 : full;
    box.parentElement.title = !box.checked && full ? "The window has no room for one more" : "";
  });
};

const choose = (ids) => {
  chosen = ids;
  const address = new URL(location);
  if (chosen.join() === usual.join()) address.searchParams.delete("columns");
  else address.search = `?columns=${chosen.join()}`;
  try {
    history.replaceState(null, "", address);
  } catch {
    // A browser may not let a file change its address; the choice holds until the page is left.
  }
  tables.forEach(show);
};

for (const { table, ids, boxes } of tables) {
  const section = table.closest(".sources");
  for (const box of boxes) {
    box.addEventListener("change", () => choose(ids.filter((_, column) => boxes[column].checked)));
  }
  for (const pair of section.querySelectorAll(".pair")) {
    pair.addEventListener("click", () => {
      const rust = chosen.find((id) => !id.startsWith("python-")) ?? chosen[0].replace("python-", "");
      const columns = pair.dataset.columns;
      choose(columns === "python" ? [rust, `python-${rust}`] : columns.split(","));
    });
  }
}
tables.forEach(show);
addEventListener("resize", () => tables.forEach(show));

// The cell that the address names is open.
const reveal = () => {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = named?.querySelector(":scope > details");
  if (details) details.open = true;
};
addEventListener("hashchange", reveal);
reveal();

const copied = document.getElementById("copied");

const copy = async (text, what, from) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    from.focus({ preventScroll: true });
  }
  copied.textContent = `${what} is on the clipboard`;
};

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(files[button.dataset.file], button.dataset.file, button);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; copied.textContent = ""; }, 2000);
  });
}

for (const sign of document.querySelectorAll("a.here")) {
  sign.title = "Copy the link";
  sign.addEventListener("click", async () => {
    await copy(sign.href, "The link", sign);
    sign.textContent = "copied";
    setTimeout(() => { sign.textContent = "#"; copied.textContent = ""; }, 2000);
  });
}
