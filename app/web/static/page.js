// Announces new posts, goes through them by keys, shows answers as they come. Every page works without it.
"use strict";

const ASK_EVERY = 15000; // milliseconds: a poll of the channel takes a minute

function announce() {
  const news = document.getElementById("news");
  if (!news || !news.dataset.newer) return; // only the first page of a list has newer ones before it
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(news.dataset.newer);
      if (answer.ok && (await answer.json()).count > 0) news.hidden = false;
    } catch { /* the server is away: the next time may find it */ }
  }, ASK_EVERY);
}

function step(by) {
  const posts = [...document.querySelectorAll("main article")];
  if (!posts.length) return;
  const at = posts.indexOf(document.activeElement);
  const next = posts[Math.min(posts.length - 1, Math.max(0, at + by))];
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "start" });
}

// Two keys lead to a page: g, then its letter.
const PAGES = { o: "/", f: "/feed", g: "/gallery", s: "/search", a: "/ask", c: "/channels", w: "/work" };
const SOON = 1500; // milliseconds for the second key
let going = 0;

function go(key) {
  const soon = Date.now() - going < SOON;
  going = !soon && key === "g" ? Date.now() : 0;
  if (soon && PAGES[key]) location.assign(PAGES[key]);
  return going > 0 || (soon && key in PAGES);
}

function help() {
  const keys = document.getElementById("keys");
  if (!keys.open) keys.showModal();
}

document.getElementById("help").addEventListener("click", (event) => {
  event.preventDefault();
  help();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  if (document.getElementById("keys").open) return;
  if (go(event.key)) { /* on the way */ }
  else if (event.key === "?") help();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "o") document.activeElement.querySelector?.("a.when")?.click();
  else if (event.key === "/") document.querySelector("input[type=search]")?.focus();
  else return;
  event.preventDefault();
});

// Sentences of an answer, as a worker writes them.
function follow() {
  const answer = document.getElementById("answer");
  if (!answer || !answer.dataset.open) return;
  const stream = new EventSource(answer.dataset.open);
  stream.addEventListener("answer", (event) => { answer.innerHTML = event.data; }); // made and escaped by the server
  stream.addEventListener("end", () => stream.close());
}

// Parts that change while work goes on, read anew in their place. One that holds the focus stays as it is.
function refresh() {
  if (!document.querySelector("[data-fresh]")) return;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok || answer.redirected) return;
      const now = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-fresh]")) {
        const fresh = now.getElementById(part.id);
        if (!fresh || part.contains(document.activeElement) || part.innerHTML === fresh.innerHTML) continue;
        part.innerHTML = fresh.innerHTML; // made and escaped by the server
      }
    } catch { /* the server is away: the next time may find it */ }
  }, ASK_EVERY);
}

announce();
follow();
refresh();
