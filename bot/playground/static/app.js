// In: the page's address (?as=mina&channel=…&thread=…). Out: the whole page, drawn again after each change; the address follows.

import { drawDialogs } from "./dialogs.js";
import { listen } from "./keys.js";
import { drawPanel } from "./panel.js";
import { drawRail } from "./rail.js";
import { openCanvas } from "./sheet.js";
import { changed, go, load, seen, state, subscribe } from "./store.js";
import { drawMain, drawThread } from "./timeline.js";
import { word } from "./words.js";

const asked = new URLSearchParams(location.search);

subscribe(() => {
  document.documentElement.lang = state.me.language;
  document.title = state.team;
  drawRail();
  drawMain();
  drawThread();
  drawDialogs();
  drawPanel();
  hear();
  const place = new URLSearchParams({ as: state.me.name, channel: state.channel, ...(state.thread && { thread: state.thread }) });
  if (location.search !== `?${place}`) history.replaceState(null, "", `?${place}`);
});

// What others write here is read out once, when it comes; text that grows is not repeated.
function hear() {
  if (!state.heard) return;
  const name = state.people.get(state.heard.user)?.real_name ?? "Slack";
  document.getElementById("news").textContent = word("says", name, (state.heard.text ?? "").slice(0, 160));
  state.heard = null;
}

listen();
document.addEventListener("click", (event) => {
  if (document.body.classList.contains("rail-open") && !event.target.closest("#rail, .railopen")) document.body.classList.remove("rail-open");
  for (const open of document.querySelectorAll("details[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !state.me) return;
  seen(state.channel);
  changed();
});

const first = navigator.language.startsWith("ko") ? "mina" : "sara";
await load(asked.get("as") ?? first).catch(() => load(first));
if (state.channels.some((c) => c.id === asked.get("channel"))) go(asked.get("channel"), asked.get("thread") ?? "");
if (asked.has("canvas")) openCanvas(asked.get("canvas"));
