// In: tag names, properties, children. Out: DOM nodes; text always goes in as text, never as HTML.

export function h(tag, props, ...children) {
  const node = tag === "fragment" ? document.createDocumentFragment() : document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(node, child);
    else if (child !== null && child !== undefined && child !== false && child !== "") {
      node.append(child instanceof Node ? child : String(child));
    }
  }
}

// Brings `box` to hold exactly `items` ({key, sign, make}) in order; a node is made anew only where its sign changed.
export function reconcile(box, items) {
  const old = box.kept ?? new Map();
  const kept = new Map();
  let place = box.firstChild;
  for (const { key, sign, make } of items) {
    const before = old.get(key);
    const node = before && before.sign === sign ? before.node : make();
    kept.set(key, { sign, node });
    if (before && before.node !== node) {
      if (before.node === place) place = place.nextSibling;
      before.node.remove();
    }
    if (node === place) place = place.nextSibling;
    else box.insertBefore(node, place);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
  box.kept = kept;
}

const REACHABLE = "button, a, summary, input, select, textarea";

// Draws anew inside `box`; what had the focus has it again, at the same letter, though its node may be another one now.
export function keepFocus(box, draw) {
  const active = document.activeElement;
  const anchor = box.contains(active) ? active.closest("[data-keep]") : null;
  if (!anchor) return draw();
  const at = [...anchor.querySelectorAll(REACHABLE)].indexOf(active);
  const [from, to] = [active.selectionStart, active.selectionEnd];
  draw();
  if (active.isConnected) return undefined;
  const again = box.querySelector(`[data-keep="${CSS.escape(anchor.dataset.keep)}"]`);
  const node = at < 0 ? again : [...(again?.querySelectorAll(REACHABLE) ?? [])].at(at);
  again?.closest("article")?.focus({ preventScroll: true }); // its tools show only then
  node?.focus({ preventScroll: true });
  if (typeof from === "number" && node?.setSelectionRange && document.activeElement === node) node.setSelectionRange(from, to);
  return undefined;
}

const ICONS = {
  reply: "M4 5h16v10H9l-5 4z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  close: "M6 6l12 12M18 6 6 18",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
  clip: "M20 11.5 12 19.5a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8L9.8 17.2a1.7 1.7 0 0 1-2.4-2.4L15 7.2",
  menu: "M4 7h16M4 12h16M4 17h16",
  gear: "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.8v4.4M8 14.8v4.4",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  page: "M6 3h12v18H6zM9 8h6M9 12h6M9 16h4",
  below: "M12 5v14M6 13l6 6 6-6",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9 10h.01M15 10h.01M8.5 14.5c1.8 2 5.2 2 7 0",
  up: "M7 11v9H4v-9zM7 11l4-7c1.5 0 2.4 1 2.2 2.4L12.6 10H19c1.2 0 2 1 1.8 2.1l-1.2 6.3A2 2 0 0 1 17.6 20H7",
  down: "M17 13V4h3v9zM17 13l-4 7c-1.5 0-2.4-1-2.2-2.4l.6-3.6H5c-1.2 0-2-1-1.8-2.1l1.2-6.3A2 2 0 0 1 6.4 4H17",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
