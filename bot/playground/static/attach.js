// In: files chosen, dropped or pasted into a composer. Out: chips for them, and the uploads once the message is sent.

import { h, icon } from "./dom.js";
import { act } from "./store.js";
import { word } from "./words.js";

const waiting = new Map(); // files not yet sent, by composer

export function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1_048_576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

export function attach(key) {
  const files = waiting.get(key) ?? waiting.set(key, []).get(key);
  const chips = h("div", { class: "chosen-files", hidden: true });
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, onchange: () => { add(picker.files); picker.value = ""; } });
  const button = h("button", { type: "button", class: "quiet clip", title: word("attach"), "aria-label": word("attach"), onclick: () => picker.click() }, icon("clip"));

  function draw() {
    chips.hidden = !files.length;
    chips.replaceChildren(...files.map((file, i) => h("span", { class: "chosen-file" }, icon("file"), h("b", {}, file.name), h("small", {}, size(file.size)),
      h("button", { type: "button", class: "quiet", "aria-label": word("removeFile", file.name), onclick: () => { files.splice(i, 1); draw(); button.focus(); } }, icon("close")))));
  }

  function add(list) {
    files.push(...list);
    draw();
  }

  async function send(place, text) {
    for (let first = true; files.length; first = false) {
      await act("upload", { ...place, name: files[0].name, content: await base64(files[0]), text: first ? text : "" });
      files.shift();
      draw();
    }
  }

  draw();
  return { nodes: [picker, button], chips, add, send, some: () => files.length > 0 };
}

// Files that are dropped anywhere on a column go to its composer.
export function droppable(column, add) {
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  column.ondragover = (event) => { if (carries(event)) { event.preventDefault(); column.classList.add("dropping"); } };
  column.ondragleave = (event) => { if (!column.contains(event.relatedTarget)) column.classList.remove("dropping"); };
  column.ondrop = (event) => {
    column.classList.remove("dropping");
    if (!carries(event)) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  };
}

function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1] ?? "");
    reader.onerror = () => failed(new Error("unreadable_file"));
    reader.readAsDataURL(file);
  });
}
