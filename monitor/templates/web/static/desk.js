// What script adds to pages that work without it.
"use strict";

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
  live.className = "unseen";
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
