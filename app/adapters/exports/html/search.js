// The search of an export. It reads one part of the index after the other, the newest first, and keeps none: a browser
// holds a hundred thousand posts no better than this. A part calls exported([[page, id, when, channel, text], ...]).
"use strict";
(() => {
  const PORTION = 50; // hits until the reader asks for more
  const BEFORE = 60, AFTER = 180; // signs of a text around the first match
  const form = document.getElementById("search"), hits = document.getElementById("hits");
  const state = document.getElementById("state"), more = document.getElementById("more");
  const folded = (text) => text.toLowerCase().replaceAll("ё", "е");
  let run = 0; // the search of now: an older one stops
  let words = [], shard = 0, rows = [], found = 0;

  const load = (number) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    window.exported = (some) => { rows = some; };
    script.src = `search/${String(number).padStart(5, "0")}.js`;
    script.onload = () => { script.remove(); resolve(); };
    script.onerror = () => { script.remove(); reject(new Error(script.src)); };
    document.head.append(script);
  });

  const marked = (text) => {
    const plain = folded(text), line = document.createElement("p");
    const first = Math.max(0, Math.min(...words.map((word) => plain.indexOf(word)).filter((at) => at >= 0)) - BEFORE);
    const part = text.slice(first, first + BEFORE + AFTER), low = folded(part);
    let at = 0;
    while (at < part.length) {
      const next = words.map((word) => [low.indexOf(word, at), word.length]).filter(([place]) => place >= 0)
        .sort((a, b) => a[0] - b[0] || b[1] - a[1])[0];
      if (!next) break;
      line.append(part.slice(at, next[0]));
      const mark = document.createElement("mark");
      mark.textContent = part.slice(next[0], next[0] + next[1]);
      line.append(mark);
      at = next[0] + next[1];
    }
    line.append(part.slice(at));
    return line;
  };

  const show = ([page, id, when, channel, text]) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `pages/${String(page).padStart(5, "0")}.html#p${id}`;
    link.textContent = `${channel} ${when}`;
    item.append(link, marked(text));
    hits.append(item);
  };

  const search = async (mine) => {
    const enough = found + PORTION, shards = Number(form.dataset.shards);
    more.hidden = true;
    while (mine === run && found < enough && (rows.length || shard < shards)) {
      if (!rows.length) {
        state.textContent = `${form.dataset.searching} ${shard + 1} / ${shards}`;
        await load(++shard);
        if (mine !== run) return;
      }
      const row = rows.shift(), text = folded(row[4]);
      if (words.every((word) => text.includes(word))) { show(row); found += 1; }
    }
    if (mine !== run) return;
    more.hidden = !(rows.length || shard < shards);
    state.textContent = found ? `${form.dataset.found}: ${found}${more.hidden ? "" : "+"}` : form.dataset.none;
  };

  const begin = (event) => {
    event.preventDefault();
    words = folded(form.elements.q.value).split(/\s+/).filter(Boolean);
    [shard, rows, found] = [0, [], 0];
    hits.replaceChildren();
    run += 1;
    if (words.length) search(run).catch((error) => { state.textContent = String(error); });
    else state.textContent = "";
  };

  form.addEventListener("submit", begin);
  more.addEventListener("click", () => search(run));
  form.hidden = false;
})();
