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

// The back-test beside an editor: tried when something changes, one try at a time, the newest draft last.
(() => {
  const panel = document.querySelector("#trial .trial");
  const form = document.querySelector("form [name=base]")?.form;
  if (!panel || !form) return;
  const said = document.getElementById("trying");
  let waiting, running = false, again = false;

  const put = (html) => {
    const parts = new DOMParser().parseFromString(html, "text/html").body.querySelectorAll(":scope > [id]");
    for (const part of parts) document.getElementById(part.id)?.replaceWith(part);
    document.getElementById("tried")?.classList.toggle("stale", parts.length === 1);
    place();
  };
  // The histogram stands over the slider, where the form has one.
  const place = () => {
    const there = document.querySelector("[data-scores]"), scores = document.getElementById("scores");
    if (there && scores && !there.contains(scores)) there.replaceChildren(scores);
    document.querySelectorAll(".slider").forEach(tell);
  };
  const attempt = async () => {
    if (running) { again = true; return; }
    running = true;
    said.textContent = "Trying…";
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(panel.dataset.try, { method: "POST", body, redirect: "error" });
      if (!answer.ok) throw new Error();
      put(await answer.text());
      said.textContent = document.querySelector("#mistaken [role=alert]") ? "" : "Tried just now; nothing is saved.";
    } catch {
      said.textContent = "It could not be tried just now. What you wrote is still here: press Try, or open the page anew.";
    }
    running = false;
    if (again) { again = false; attempt(); }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(attempt, 700); };

  const tell = (slider) => {
    const at = slider.querySelector("[type=range]").value, near = Math.round(at / 5) * 5;
    const row = slider.dataset.key === "alert" && document.querySelector(`[data-at="${near}"]`);
    slider.querySelector("output").textContent = `${at}${row ? ` · ${row.dataset.said}` : ""}`;
  };
  for (const slider of document.querySelectorAll(".slider")) {
    const number = form.elements[`f.${slider.dataset.key}`], range = slider.querySelector("[type=range]");
    if (!number) continue;
    slider.parentElement.hidden = false;
    range.value = number.value;
    range.addEventListener("input", () => { number.value = range.value; tell(slider); });
    number.addEventListener("input", () => { range.value = number.value; tell(slider); });
  }
  form.addEventListener("input", soon);
  place();
  if (!document.querySelector("#tried .said, #mistaken [role=alert]")) attempt();
})();

// Names for terms, under the line that is being typed.
(() => {
  const where = document.querySelector("[data-terms]")?.dataset.terms;
  if (!where) return;
  const live = document.createElement("p");
  live.className = "sr";
  live.setAttribute("role", "status");
  document.querySelector("main").append(live);

  // What stands between the start of the term and the caret. In YAML only names are terms for sure.
  const typed = (area) => {
    const line = area.value.slice(0, area.selectionStart).split("\n").pop();
    return area.name === "text" ? (/@[\w/-]*$/.exec(line) || [""])[0] : line.trimStart();
  };
  const attach = (area, number) => {
    const list = document.createElement("ul");
    let waiting, asked = 0, chosen = -1;
    list.className = "terms"; list.id = `terms-${number}`; list.hidden = true;
    list.setAttribute("role", "listbox"); list.setAttribute("aria-label", "Names for terms");
    area.after(list);
    area.setAttribute("aria-autocomplete", "list"); area.setAttribute("aria-controls", list.id);
    area.setAttribute("autocomplete", "off");
    const close = () => { asked++; list.hidden = true; chosen = -1; area.removeAttribute("aria-activedescendant"); live.textContent = ""; };
    const options = () => [...list.children];
    const mark = (to) => {
      chosen = to;
      options().forEach((one, n) => one.setAttribute("aria-selected", n === to));
      area.setAttribute("aria-activedescendant", list.children[to].id);
    };
    const take = (option) => {
      const end = area.selectionStart;
      area.setRangeText(option.dataset.term, end - typed(area).length, end, "end");
      close(); area.focus();
      area.dispatchEvent(new Event("input", { bubbles: true }));
      clearTimeout(waiting);
    };
    const ask = async () => {
      const words = typed(area), mine = ++asked;
      if (words.replace("@", "").length < (/^[ -~]*$/.test(words) ? 2 : 1)) return close();
      const answer = await fetch(`${where}?part=1&q=${encodeURIComponent(words)}`).catch(() => null);
      if (mine !== asked || !answer?.ok || answer.redirected) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[data-term]");
      list.replaceChildren(...found);
      options().forEach((one, n) => { one.id = `${list.id}-${n}`; });
      chosen = -1; list.hidden = !found.length;
      live.textContent = found.length ? `${found.length} names fit. Arrow down to choose one.` : "";
    };
    area.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 150); });
    area.addEventListener("blur", () => setTimeout(close, 200));
    area.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing) return;
      const count = list.children.length;
      if (event.key === "ArrowDown") mark((chosen + 1) % count);
      else if (event.key === "ArrowUp") mark((chosen + count - 1) % count);
      else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    });
    list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[data-term]");
      if (option) { event.preventDefault(); take(option); }
    });
  };
  const fields = "textarea[name=text], textarea[name=words], textarea[name$='.terms'], " +
    ["must", "any", "less", "not"].map((one) => `textarea[name^='f.${one}.']`).join(", ");
  document.querySelectorAll(fields).forEach(attach);
})();
