// In: keys pressed anywhere on the page. Out: "?" or "." the switches, Escape closes what is open, arrows walk through messages.

import { panelOpen, togglePanel } from "./panel.js";
import { openRail } from "./rail.js";
import { state } from "./store.js";
import { closeThread } from "./timeline.js";

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || state.views.length) return;
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape") close(event.target);
    else if (!typing && (event.key === "?" || event.key === ".")) {
      event.preventDefault();
      togglePanel();
    } else if (!typing && (event.key === "ArrowUp" || event.key === "ArrowDown")) walk(event);
  });
}

function close(target) {
  if (document.body.classList.contains("rail-open")) openRail(false);
  else if (panelOpen() && (target.closest("#panel") || !state.thread)) togglePanel();
  else if (state.thread && state.tab === "messages") closeThread();
}

function walk(event) {
  const box = event.target.closest(".timeline");
  if (!box) return;
  const rows = [...box.querySelectorAll(".message")];
  const at = rows.indexOf(event.target.closest(".message"));
  const next = at < 0 ? rows.at(-1) : rows[at + (event.key === "ArrowDown" ? 1 : -1)];
  event.preventDefault();
  next?.focus();
}
