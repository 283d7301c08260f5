// What script adds to pages that work without it. Each part is a function of its own, and does nothing on a
// page that has nothing for it.
"use strict";

// Keys: `?` lists them. A part with keys of its own names them: desk.keys.push(["j / k", "next, previous"]).
const desk = { keys: [["/", "to the search"], ["g then t, w, l, s, d", "Today, Watchlists, Ledgers, Sources, Deliveries"], ["?", "this help"]] };
desk.typing = (event) => event.ctrlKey || event.metaKey || event.altKey
  || Boolean(event.target.closest && event.target.closest("input, textarea, select, [contenteditable], dialog"));

(() => {
  const parts = { t: "", w: "watchlists/", l: "ledgers/", s: "sources/", d: "deliveries/" };
  const root = document.querySelector(".brand")?.getAttribute("href");
  const node = (name, words = "", inside = []) => {
    const made = document.createElement(name);
    made.textContent = words;
    made.append(...inside);
    return made;
  };
  const help = () => {
    const rows = desk.keys.flatMap(([key, what]) => [node("dt", "", [node("kbd", key)]), node("dd", what)]);
    const list = node("dl", "", rows);
    list.className = "facts";
    const close = node("button", "Close");
    close.className = "second";
    const title = node("h2", "Keys");
    title.id = "keys";
    const form = node("form", "", [close]);
    form.method = "dialog";
    const made = node("dialog", "", [title, list, form]);
    made.setAttribute("aria-labelledby", "keys");
    made.addEventListener("close", () => made.remove());
    document.body.append(made);
    made.showModal();
  };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (desk.typing(event) || document.querySelector("dialog[open]")) return;
    const gone = Date.now() - going < 1500 && event.key in parts;
    going = event.key === "g" ? Date.now() : 0;
    if (event.key === "?") help();
    else if (root && gone) location.assign(root + parts[event.key]);
    else if (root && event.key === "/") {
      event.preventDefault();
      const field = document.querySelector("input[type=search]");
      if (field) field.focus();
      else location.assign(root + "search");
    }
  });
})();

// A moment in words keeps them; how long ago it was stands in its title.
(() => {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const one of document.querySelectorAll("time[datetime]")) {
    const seconds = (new Date(one.dateTime) - Date.now()) / 1000;
    const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) || units[2];
    if (!Number.isNaN(seconds) && !one.title) one.title = ago.format(Math.round(seconds / size), unit);
  }
})();
