// In: the page's address (?as=mina&channel=…&thread=…). Out: the whole page, drawn again after each change.

import { drawDialogs } from "./dialogs.js";
import { drawRail } from "./rail.js";
import { changed, go, load, state, subscribe } from "./store.js";
import { drawMain, drawThread } from "./timeline.js";

const asked = new URLSearchParams(location.search);

subscribe(() => {
  document.documentElement.lang = state.me.language;
  document.title = state.team;
  drawRail();
  drawMain();
  drawThread();
  drawDialogs();
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && state.me) changed(); });

await load(asked.get("as") ?? localStorage.getItem("acting") ?? "mina").catch(() => load("mina"));
if (state.channels.some((c) => c.id === asked.get("channel"))) go(asked.get("channel"), asked.get("thread") ?? "");
