// Follows the call: asks once a second whether there is news. The HTML comes escaped from our own
// server, and the page's policy runs no script that might be in it.
"use strict";

const PAUSE_MS = 1000;
// What was said last may be written down after the end: so long an ended call is looked at.
const AFTER_END_MS = 60_000;
const sheet = document.getElementById("sheet");
const state = document.getElementById("state");
let version = sheet.dataset.version;
let endedAt = null;

function atTheEnd() {
  return window.innerHeight + window.scrollY >= document.body.scrollHeight - 80;
}

function show(news) {
  if (news.html !== undefined) {
    const follow = atTheEnd();
    sheet.innerHTML = news.html;
    version = news.version;
    if (follow) window.scrollTo(0, document.body.scrollHeight);
  }
  state.textContent = news.live ? "Live" : "The call has ended";
  state.classList.toggle("ended", !news.live);
}

async function look() {
  try {
    const answer = await fetch(`${sheet.dataset.news}?version=${encodeURIComponent(version)}`, {
      signal: AbortSignal.timeout(5000),
    });
    if (answer.status === 403 || answer.status === 404) {
      state.textContent = "Not open any more: load the page again";
      state.classList.add("ended");
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const news = await answer.json();
    show(news);
    endedAt = news.live ? null : (endedAt ?? Date.now());
    if (endedAt !== null && Date.now() - endedAt >= AFTER_END_MS) return;
    window.setTimeout(look, news.live ? PAUSE_MS : 5 * PAUSE_MS);
  } catch {
    state.textContent = "No connection: trying again";
    state.classList.add("ended");
    window.setTimeout(look, 2 * PAUSE_MS);
  }
}

window.setTimeout(look, PAUSE_MS);
