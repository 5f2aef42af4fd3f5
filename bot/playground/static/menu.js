// In: a few things to choose from. Out: a button that opens them as a menu; arrows move, Escape closes, it opens where there is room.

import { h, icon } from "./dom.js";

// `items`: [{show, choose}].
export function menu(name, look, items) {
  const first = h("summary", { class: look, title: name, "aria-label": name, "aria-haspopup": "menu" }, icon("more"));
  const list = h("div", { class: "menu", role: "menu" }, items.map(({ show, choose }) =>
    h("button", { type: "button", role: "menuitem", onclick: () => { node.open = false; first.focus(); choose(node); } }, show)));
  const node = h("details", { class: "overflow", ontoggle: () => node.open && place(node, list), onkeydown: (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && node.open) { event.stopPropagation(); node.open = false; first.focus(); }
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    node.open = true;
    const all = [...list.children];
    all[(all.indexOf(document.activeElement) + step + all.length + (step < 0 && document.activeElement === first ? 1 : 0)) % all.length].focus();
  } }, first, list);
  return node;
}

function place(node, list) {
  const edge = node.closest(".timeline, .content, .home")?.getBoundingClientRect() ?? { left: 0, bottom: innerHeight };
  list.classList.toggle("above", node.getBoundingClientRect().bottom + list.offsetHeight + 8 > edge.bottom);
  list.classList.toggle("rightward", node.getBoundingClientRect().right - list.offsetWidth < edge.left);
}
