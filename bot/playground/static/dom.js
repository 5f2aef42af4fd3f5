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

const ICONS = {
  reply: "M4 5h16v10H9l-5 4z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  close: "M6 6l12 12M18 6 6 18",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
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
