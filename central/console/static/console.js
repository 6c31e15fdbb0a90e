// Conveniences only: every page works without.
"use strict";

// Where "/" leads, and how j and k walk the rows of a table.
const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

const walk = (step) => {
  const rows = [...document.querySelectorAll("main tbody tr a:first-of-type, main tbody tr summary")]
    .filter((link, at, all) => at === 0 || link.closest("tr") !== all[at - 1].closest("tr"));
  if (rows.length === 0) return;
  const here = rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
  rows[Math.min(Math.max(here + step, 0), rows.length - 1)].focus();
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = event.target.closest("details.confirm[open], details.menu-fold[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
  else if (event.key === "/") {
    const field = document.querySelector("main form[role=search] input");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
});

// One question at a time.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches("details.confirm") || !event.target.open) return;
  for (const other of document.querySelectorAll("details.confirm[open]")) if (other !== event.target) other.open = false;
}, true);

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = event.target.method === "post" ? "yes" : "";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
