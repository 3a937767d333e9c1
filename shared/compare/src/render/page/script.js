"use strict";
// The page is complete without this: it hides columns, marks anew what differs among those that are left, and copies.

const files = JSON.parse(document.getElementById("files").textContent);

for (const section of document.querySelectorAll(".sources")) {
  const boxes = [...section.querySelectorAll(".choice input")];
  const table = section.querySelector("table.code");
  const languages = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.language);
  const show = () => {
    const shown = boxes.map((box) => box.checked);
    let blank = false;
    for (const row of table.rows) {
      const cells = [...row.cells];
      cells.forEach((cell, column) => { cell.hidden = !shown[column]; });
      if (row.parentElement.tagName !== "TBODY") continue;
      const texts = cells.map((cell) => cell.textContent.trim());
      const visible = [...cells.keys()].filter((column) => shown[column]);
      // Lines that only hidden columns have would leave gaps: of blank ones in a row the first is enough.
      const empty = visible.every((column) => texts[column] === "");
      row.hidden = empty && (blank || visible.every((column) => cells[column].firstChild === null));
      blank = row.hidden ? blank : empty;
      for (const column of visible) {
        const peers = visible.filter((peer) => languages[peer] === languages[column]);
        const alike = peers.filter((peer) => texts[peer] === texts[column]).length;
        const says = /[\p{L}\p{N}]/u.test(texts[column]);
        if (alike === peers.length || (texts[column] !== "" && !says)) cells[column].className = "";
        else if (texts[column] === "") cells[column].className = "none";
        else cells[column].className = alike > 1 ? "some" : "own";
      }
    }
    // More than four are read by scrolling sideways.
    const count = shown.filter(Boolean).length;
    table.style.minWidth = count > 4 ? `${count * 19}rem` : "";
    for (const pictures of section.querySelectorAll(".pictures")) {
      [...pictures.children].forEach((cell, column) => { cell.hidden = !shown[column]; });
    }
    // The last column stays: there is always something to read.
    const left = boxes.filter((box) => box.checked);
    for (const box of boxes) box.disabled = left.length === 1 && box.checked;
  };
  for (const box of boxes) box.addEventListener("change", show);
  if (matchMedia("screen and (max-width: 50rem)").matches) {
    // A phone has room for two.
    boxes.forEach((box, column) => { box.checked = column === 1 || column === 3; });
  }
  show();
}

const copied = document.getElementById("copied");

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = files[button.dataset.file];
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    copied.textContent = `${button.dataset.file} is on the clipboard`;
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; copied.textContent = ""; }, 2000);
  });
}
