// What script adds to pages that work without it.
"use strict";

// Keys: j and k go through the rows of a list ([data-row], with a link [data-open]), o opens, u goes up
// ([data-up]), ? shows the keys. The selected row is the one with the focus.
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
    const place = decodeURIComponent(location.hash.slice(1));
    const row = place && document.getElementById(place);
    if (row && row.matches("[data-row]")) select(row);
  }
  if (up && up.dataset.up === "list" && kept("list")) up.href = up.getAttribute("href").split("#")[0] + kept("list");
  const keys = document.getElementById("keys"), on = document.getElementById("keys-on");
  let wanted = true;
  try { wanted = localStorage.getItem("keys") !== "off"; } catch { /* private */ }
  if (on) {
    document.getElementById("keys-off").hidden = false;
    on.checked = wanted;
    on.addEventListener("change", () => {
      wanted = on.checked;
      try { localStorage.setItem("keys", wanted ? "on" : "off"); } catch { /* private */ }
    });
  }
  const show = () => {
    if (!keys) return;
    keys.open = !keys.open;
    keys.querySelector("summary").focus();
  };
  const does = {
    j: () => step(1),
    k: () => step(-1),
    o: () => link(at()) && link(at()).click(),
    u: () => up && up.click(),
    "?": show,
  };
  document.addEventListener("keydown", (event) => {
    if (!wanted || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (Object.hasOwn(does, event.key)) { event.preventDefault(); does[event.key](); }
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
