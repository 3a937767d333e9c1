"use strict";
// The page is complete without this: it hides columns, marks anew what differs among those that are left, and copies.

const files = JSON.parse(document.getElementById("files").textContent);

for (const section of document.querySelectorAll(".sources")) {
  const boxes = [...section.querySelectorAll(".choice input")];
  const table = section.querySelector("table.code");
  const show = () => {
    const shown = boxes.map((box) => box.checked);
    for (const row of table.rows) {
      const cells = [...row.cells];
      cells.forEach((cell, column) => { cell.hidden = !shown[column]; });
      if (row.parentElement.tagName !== "TBODY") continue;
      const visible = cells.filter((cell, column) => shown[column]);
      const texts = visible.map((cell) => cell.textContent.trim());
      // A line that only hidden columns have would leave a gap.
      row.hidden = texts.every((text) => text === "") && cells.some((cell) => cell.textContent !== "");
      for (const [place, cell] of visible.entries()) {
        const alike = texts.filter((text) => text === texts[place]).length;
        const says = /[\p{L}\p{N}]/u.test(texts[place]);
        if (alike === texts.length || (texts[place] !== "" && !says)) cell.className = "";
        else if (texts[place] === "") cell.className = "none";
        else cell.className = alike > 1 ? "some" : "own";
      }
    }
    for (const pictures of section.querySelectorAll(".pictures")) {
      [...pictures.children].forEach((cell, column) => { cell.hidden = !shown[column]; });
    }
    // The last column stays: there is always something to read.
    const left = boxes.filter((box) => box.checked);
    for (const box of boxes) box.disabled = left.length === 1 && box.checked;
  };
  for (const box of boxes) box.addEventListener("change", show);
  if (matchMedia("(max-width: 50rem)").matches) {
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
