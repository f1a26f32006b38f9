"use strict";
(() => {
  const told = document.getElementById("told");
  const read = (row, place) => {
    const cell = row.cells[place];
    const text = cell.dataset.value === undefined ? cell.textContent.trim() : cell.dataset.value;
    const number = Number(text);
    return { text, number: text === "" ? NaN : number, empty: text === "" };
  };
  const compare = (a, b, sign) => {
    if (a.empty || b.empty) return a.empty - b.empty;
    const numbers = !Number.isNaN(a.number) && !Number.isNaN(b.number);
    return sign * (numbers ? a.number - b.number : a.text.localeCompare(b.text, undefined, { numeric: true }));
  };
  const sort = (table, head, place) => {
    // Numbers fall first, words rise first; a second click turns it round.
    const now = head.getAttribute("aria-sort");
    const rises = now === "none" ? !head.classList.contains("n") : now === "descending";
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({ row, value: read(row, place) }));
    rows.sort((one, other) => compare(one.value, other.value, rises ? 1 : -1));
    body.append(...rows.map((one) => one.row));
    for (const other of head.parentNode.cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", rises ? "ascending" : "descending");
    told.textContent = `Sorted by ${head.textContent.trim()}, ${rises ? "ascending" : "descending"}.`;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    Array.from(table.tHead.rows[0].cells).forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => sort(table, head, place));
    });
  }
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
})();
