// In: what the acting member types. Out: messages and commands; "@" and "/" offer what can be called.

import { attach, droppable } from "./attach.js";
import { h, icon } from "./dom.js";
import { face } from "./message.js";
import { act, changed, state } from "./store.js";
import { word } from "./words.js";

const unsent = new Map(); // drafts by person, channel and thread

// Requests a newcomer may try here: in a direct message those of the member's language.
export function suggested(channel) {
  return state.suggestions[channel.kind === "im" ? state.start : channel.id] ?? [];
}

export function propose(text) {
  const field = document.querySelector("#main .composer textarea");
  const direct = state.channels.some((c) => c.id === state.channel && c.kind === "im");
  field.value = direct ? text : `@${state.people.get(state.bot).real_name} ${text}`;
  field.dispatchEvent(new Event("input"));
  field.focus();
}

export function composer(channel, thread) {
  const key = `${state.me.id} ${channel.id} ${thread}`;
  const bot = state.people.get(state.bot);
  const hint = thread ? word("replyHere") : channel.kind === "im" ? word("writeDirect", bot.real_name) : word("write", `#${channel.name}`);
  const field = h("textarea", { rows: 1, placeholder: hint, "aria-label": hint, value: unsent.get(key) ?? "" });
  const offers = h("div", { class: "offers", hidden: true });
  const problem = h("div", { class: "notice", role: "alert", hidden: true });
  const files = attach(key);
  let chosen = 0;

  const fit = () => { field.style.height = "auto"; field.style.height = `${Math.min(field.scrollHeight, 220)}px`; };
  const say = (line) => { problem.hidden = !line; problem.textContent = line; };

  function matching() {
    const before = field.value.slice(0, field.selectionStart);
    if (!thread && field.value === `@${bot.real_name} `) return suggested(channel).map((text) => ({ text, from: 0, show: [h("span", {}, text.split("\n")[0])] }));
    const at = /(?:^|\s)@(\S*)$/.exec(before);
    if (at) {
      const people = [bot, ...[...state.people.values()].filter((p) => !p.is_bot && p.id !== state.me.id)];
      return people.filter((p) => p.real_name.toLowerCase().includes(at[1].toLowerCase()) || p.name.startsWith(at[1].toLowerCase()))
        .map((p) => ({ text: `@${p.real_name} `, from: at[1].length + 1, show: [face(p, "tiny"), h("b", {}, p.real_name), h("small", {}, p.is_bot ? word("app") : p.title)] }));
    }
    if (!thread && /^\/\S*$/.test(before)) {
      return Object.entries(state.commands).filter(([name]) => name.startsWith(before))
        .map(([name, about]) => ({ text: `${name} `, from: before.length, show: [h("b", {}, name), h("small", {}, about[state.me.language])] }));
    }
    return [];
  }

  function offer() {
    const found = matching();
    chosen = Math.min(chosen, Math.max(found.length - 1, 0));
    offers.hidden = !found.length;
    offers.replaceChildren(...found.map((o, i) => h("button", { type: "button", class: i === chosen ? "chosen" : "",
      onmousedown: (e) => { e.preventDefault(); take(o); } }, o.show)));
    return found;
  }

  function take({ text, from }) {
    const end = field.selectionStart;
    field.setRangeText(text, end - from, end, "end");
    field.focus();
    typed();
  }

  function typed() {
    unsent.set(key, field.value);
    say("");
    fit();
    offer();
  }

  async function send() {
    const text = field.value.trim();
    if (!text && !files.some()) return;
    field.value = "";
    typed();
    try {
      if (files.some()) await files.send({ channel: channel.id, thread_ts: thread || null }, text);
      else if (text.startsWith("/")) await command(text);
      else await act("say", { channel: channel.id, text, thread_ts: thread || null });
    } catch (error) {
      field.value = text;
      typed();
      say(error.message === "unknown_command" ? word("unknownCommand", text.split(/\s/)[0]) : word("refused", error.message));
    }
    changed();
  }

  async function command(text) {
    if (thread) {
      field.value = text;
      say(word("noThreadCommands"));
      return;
    }
    const [name, ...rest] = text.split(/\s+/);
    await act("command", { channel: channel.id, command: name, text: text.slice(name.length).trim() || rest.join(" ") });
  }

  field.addEventListener("input", typed);
  field.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    files.add(event.clipboardData.files);
  });
  field.addEventListener("blur", () => { offers.hidden = true; });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // the key belongs to the syllable being put together
    const found = offers.hidden ? [] : matching();
    const whole = found.length === 1 && found[0].text.trim() === field.value; // nothing left to complete: send
    if (found.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      offer();
    } else if (found.length && (event.key === "Tab" ? !event.shiftKey : event.key === "Enter" && !whole)) {
      event.preventDefault();
      take(found[chosen]);
    } else if (event.key === "Escape" && !offers.hidden) {
      event.stopPropagation();
      offers.hidden = true;
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  });
  requestAnimationFrame(fit);
  droppable(document.getElementById(thread ? "thread" : "main"), files.add);
  return h("div", { class: "composer" }, offers, problem, files.chips,
    h("div", { class: "box" }, h("span", { class: "me", title: word("actingAs", state.me.real_name) }, face(state.me, "small")), field, files.nodes, h("button", { class: "send", type: "button", "aria-label": word("send"), title: word("send"), onclick: send }, icon("send"))));
}
