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

// Rows: j and k go through those of a list ([data-row], with a link [data-open]), o opens, u goes up ([data-up]).
// The selected row is the one with the focus. Who does not want letters as keys takes the tick off (#keys-on).
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const link = (row) => row && row.querySelector("[data-open]");
  const at = () => document.activeElement && document.activeElement.closest("[data-row]");
  const keep = (name, value) => { try { sessionStorage.setItem(name, value); } catch { /* private */ } };
  const kept = (name) => { try { return sessionStorage.getItem(name) || ""; } catch { return ""; } };
  const select = (row) => { if (link(row)) { link(row).focus(); row.scrollIntoView({ block: "nearest" }); } };
  const step = (by) => {
    const all = rows(), now = all.indexOf(at());
    select(all[now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + by, 0), all.length - 1)]);
  };
  const list = document.querySelector("[data-live]");
  const up = document.querySelector("[data-up]");
  // From the list one comes back to the place where one was, with its filters.
  if (list) {
    document.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row && event.target.closest("[data-open]")) keep("list", location.search + "#" + row.id);
    });
    const place = location.hash.slice(1);
    const row = place && document.getElementById(place);
    // To go to a place in a page takes the focus from it once all is there.
    if (row && row.matches("[data-row]")) addEventListener("load", () => setTimeout(() => select(row)));
  }
  if (up && up.dataset.up === "list" && kept("list")) up.href = up.getAttribute("href").split("#")[0] + kept("list");
  const on = document.getElementById("keys-on"), typing = desk.typing;
  let wanted = true;
  desk.typing = (event) => !wanted || typing(event);
  try { wanted = localStorage.getItem("keys") !== "off"; } catch { /* private */ }
  if (on) {
    document.getElementById("keys-off").hidden = false;
    on.checked = wanted;
    on.addEventListener("change", () => {
      wanted = on.checked;
      try { localStorage.setItem("keys", wanted ? "on" : "off"); } catch { /* private */ }
    });
  }
  if (!rows().length && !up) return;
  desk.keys.push(["j / k", "next, previous in the list"], ["o / Enter", "open"], ["u", "back up to the list"]);
  const does = {
    j: () => step(1),
    k: () => step(-1),
    o: () => link(at()) && link(at()).click(),
    u: () => up && up.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (desk.typing(event) || event.isComposing || event.defaultPrevented || !Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    does[event.key]();
  });
})();

// Live: while it is looked at, the page asks for a number every few seconds, and where that has changed for
// its list anew. What is selected, opened and focused stays so.
(() => {
  const place = document.querySelector("[data-live]"), told = document.getElementById("live");
  const list = () => place && place.firstElementChild;
  if (!place || !told || !list() || !list().dataset.again) return;
  const EVERY = 4000, LONGEST = 60000, ANYWAY = 120000, PATIENCE = 10000;
  let pause = EVERY, timer = 0, asking = false, whole = Date.now(), lost = "";
  const say = (words, bad) => {
    if (told.textContent !== words) told.textContent = words;
    told.classList.toggle("bad", Boolean(bad));
  };
  const ask = async (url) => {
    const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.redirected) throw new Error("login");
    if (!answer.ok) throw new Error("refused");
    return answer.text();
  };
  const focused = () => {
    const at = document.activeElement, row = at && at.closest("[data-row]");
    if (!at || !place.contains(at)) return () => {};
    const of = row && row.id, same = [...(row || place).querySelectorAll("a, summary")].indexOf(at);
    return () => {
      const now = at.isConnected ? at
        : [...((of && document.getElementById(of)) || place).querySelectorAll("a, summary")][same];
      if (now) now.focus({ preventScroll: true });
    };
  };
  const swap = (html) => {
    const read = new DOMParser().parseFromString(html, "text/html");
    const made = read.querySelector("[data-number]"), state = read.getElementById("pulse");
    if (!made || !state) throw new Error("refused");
    const old = new Map([...place.querySelectorAll("[data-row][id]")].map((row) => [row.id, row]));
    const back = focused();
    const seen = [...old.values()].find((row) => row.getBoundingClientRect().bottom > 0);
    const top = seen && seen.getBoundingClientRect().top;
    let fresh = 0;
    for (const row of made.querySelectorAll("[data-row][id]")) {
      const before = old.get(row.id);
      if (before && before.dataset.alert === row.dataset.alert) {
        if (before.classList.contains("fresh")) row.classList.add("fresh");
      } else {
        row.classList.add("fresh");
        fresh += 1;
      }
      const opened = before && before.querySelector("details"), own = row.querySelector("details");
      if (opened && own) own.open = opened.open;
    }
    document.getElementById("pulse").replaceChildren(...document.adoptNode(state).childNodes);
    place.replaceChildren(document.adoptNode(made));
    back();
    const now = seen && document.getElementById(seen.id);
    if (now && window.scrollY > 0) window.scrollBy(0, now.getBoundingClientRect().top - top);
    if (fresh) say(`${fresh} new`);
    whole = Date.now();
  };
  const look = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const number = (await ask(place.dataset.live)).trim();
      if (number !== list().dataset.number || Date.now() - whole > ANYWAY) swap(await ask(list().dataset.again));
      if (lost) say("Connected again.");
      lost = "";
      pause = EVERY;
    } catch (error) {
      lost = lost || new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      say(error.message === "login" ? "You are logged out: load the page anew to log in."
        : `Not connected since ${lost}. What stands here may be old.`, true);
      pause = Math.min(pause * 2, LONGEST);
    }
    asking = false;
    later();
  };
  const later = () => { clearTimeout(timer); timer = document.hidden ? 0 : setTimeout(look, pause); };
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  later();
})();

// What was written in an editor is sent only to a monitor that answers: else the browser would put a page of its
// own in the place of it all.
(() => {
  const form = document.getElementById("editor"), root = document.querySelector(".brand")?.getAttribute("href");
  if (!form || !root) return;
  const note = document.createElement("div");
  note.className = "message bad";
  note.setAttribute("role", "alert");
  let asking = false, there = false;
  form.addEventListener("submit", async (event) => {
    if (there) { there = false; return; }
    event.preventDefault();
    if (asking) return;
    asking = true;
    note.remove();
    try {
      await fetch(`${root}today/number`, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      there = true;
      form.requestSubmit(event.submitter);
    } catch {
      note.textContent = "The monitor cannot be reached. Nothing was saved, and all that you wrote is still here: press again when it runs.";
      (event.submitter?.parentElement || form).prepend(note);
    }
    asking = false;
  });
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
    const near = Math.round(slider.querySelector("[type=range]").value / 5) * 5;
    const row = slider.dataset.of === "f.alert" && document.querySelector(`[data-at="${near}"]`);
    slider.querySelector("output").textContent = row ? row.dataset.said : "";
  };
  for (const slider of document.querySelectorAll(".slider")) {
    const number = form.elements[slider.dataset.of], range = slider.querySelector("[type=range]");
    range.hidden = false;
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

// From a mistake in a text to its line.
(() => {
  const area = document.querySelector("textarea.text");
  for (const link of area ? document.querySelectorAll("a[data-line]") : []) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const lines = area.value.split("\n"), line = Math.min(Number(link.dataset.line), lines.length) - 1;
      const start = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
      area.focus();
      area.setSelectionRange(start, start + lines[line].length);
      area.scrollTop = (area.scrollHeight / lines.length) * Math.max(line - 3, 0);
    });
  }
})();
