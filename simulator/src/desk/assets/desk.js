// The desk's page: one stream of states, and buttons that are sent back. It judges nothing: everything shown is in the state.

import { count, day, el, keep, number, say, svg, time } from "/draw.js";
import * as car from "/car.js";
import * as receivers from "/receivers.js";

const $ = (selector) => document.querySelector(selector);
const SIZES = [["1280×800", 1280, 800], ["1920×720", 1920, 720], ["phone", 390, 844]];
const GROUPS = [["car", "The car"], ["people", "People"], ["way", "The way out"], ["computer", "Its computer"], ["time", "Time and story"]];
let size = SIZES[0];
let screen = null;
let page = "/";
let buttons = new Map();
let silent = 0;
let opened = false;

// ---------------------------------------------------------------- the privacy screen

function fit() {
  const stage = $("#stage");
  const [, width, height] = size;
  const scale = Math.min(stage.clientWidth / width, stage.clientHeight / height, 1);
  const frame = $("#screen");
  frame.style.width = `${width}px`;
  frame.style.height = `${height}px`;
  frame.style.transform = `translate(${Math.max(0, (stage.clientWidth - width * scale) / 2)}px, ${Math.max(0, (stage.clientHeight - height * scale) / 2)}px) scale(${scale})`;
}

function sizes() {
  const make = ([name]) => el("button", { type: "button", "aria-pressed": "false" }, name);
  for (const one of SIZES) {
    const button = make(one);
    button.addEventListener("click", () => choose(one));
    $("#sizes").append(button);
  }
  choose(size);
}

function choose(one) {
  size = one;
  [...$("#sizes").children].forEach((button, at) => button.setAttribute("aria-pressed", String(SIZES[at] === one)));
  fit();
}

/** Opens the screen of a new telling, and follows the eyes of the story's person; whoever took over goes where they like. */
function frame({ gate, screen: wanted, page: looks, lines }) {
  const veil = $("#veil");
  if (!gate.power) {
    veil.hidden = false;
    say(veil, lines.gate.text);
  } else if (wanted !== screen || (looks !== "" && looks !== page)) {
    screen = wanted;
    page = looks || "/";
    $("#screen").src = `/screen?telling=${encodeURIComponent(wanted)}&to=${encodeURIComponent(page)}`;
  } else if (!veil.hidden && opened) {
    // The page was open when the power went: it recovers by itself, and says so.
    veil.hidden = true;
  }
}

// ---------------------------------------------------------------- between the panes

function figure(place, rows, state) {
  const line = place.querySelector("svg") ?? place.appendChild(arrow());
  line.setAttribute("class", state);
  let list = place.querySelector("ul");
  if (!list) list = place.appendChild(el("ul"));
  keep(list, rows, ([name]) => name, ([name]) => el("li", {}, el("b"), el("span", {}, name)), (item, [, value, tone]) => {
    const text = state === "off" ? "–" : number(value);
    if (item.firstChild.textContent !== text && item.firstChild.textContent !== "") pulse(item);
    say(item.firstChild, text);
    item.className = value === 0 ? "none" : tone ?? "";
  });
}

function arrow() {
  return svg("svg", { viewBox: "0 0 64 24", "aria-hidden": "true" }, svg("path", { d: "M2 12H54", class: "shaft" }), svg("path", { d: "M48 5L58 12L48 19", class: "tip" }));
}

function pulse(item) {
  item.classList.remove("new");
  requestAnimationFrame(() => item.classList.add("new"));
}

function gaps({ left, gate }) {
  figure($("#gap-in"), [["offered", left.offered], ["decisions", left.decisions], ["withheld", left.withheld], ["destroyed", left.destroyed]], gate.power ? "plain" : "off");
  const state = !gate.power ? "off" : left.link === "lost" ? "cut" : left.broker === "honest" ? "open" : "hostile";
  figure($("#gap-out"), [["values left", left.values, "leaves"], ["batches", left.batches, "leaves"], ["wait", left.waiting, "waits"], ["messages owed", left.owed, "waits"], ...(left.meddled > 0 ? [["meddled with", left.meddled, "fault"]] : [])], state);
}

/** The id of a use as a few words: there is no room for its headline, which the log and the screen have. */
const title = (id) => `${id.slice(0, 1).toUpperCase()}${id.slice(1).replaceAll("-", " ")}`;

const ACTIVITY = { live: "leaves", awaits: "waits" };

function uses({ gate }) {
  $("#uses").classList.toggle("dark", !gate.power);
  if (!gate.power) return;
  keep($("#uses"), gate.uses, (one) => one.id, () => el("li", {}, el("b"), el("span")), (item, one) => {
    say(item.firstChild, title(one.id));
    const waits = one.waits > 0 ? `, ${number(one.waits)} wait` : "";
    say(item.lastChild, one.activity === "live" ? `${number(one.values)} left${waits}` : one.activity === "awaits" ? `${number(one.waits)} to review` : one.says);
    item.className = ACTIVITY[one.activity] ?? "stays";
    item.title = `${one.headline}: ${one.consent}. ${one.reveals}`;
  });
}

// ---------------------------------------------------------------- buttons

function bar(state) {
  buttons = new Map(state.buttons.map((one) => [one.key.toLowerCase(), one]));
  keep($("#groups"), GROUPS, ([id]) => id, ([, title]) => el("div", { role: "group", "aria-label": title }, el("h3", {}, title), el("div", { class: "row" })), (item, [id]) => {
    keep(item.lastChild, state.buttons.filter((one) => one.group === id), (one) => one.key, makeButton, (button, one) => {
      say(button.firstChild, one.key);
      say(button.lastChild, one.label);
      button.disabled = !one.can;
      button.setAttribute("aria-pressed", String(one.on));
      button.setAttribute("aria-describedby", "sees");
      button.title = one.sees;
    });
  });
}

function makeButton(one) {
  const key = one.key.toLowerCase();
  const button = el("button", { type: "button" }, el("kbd"), el("span"));
  button.addEventListener("click", () => press(key));
  for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => explain(key));
  return button;
}

function explain(key) {
  const one = buttons.get(key);
  if (one) $("#sees").replaceChildren(el("b", {}, one.label), ` ${one.sees}`);
}

async function press(key) {
  const one = buttons.get(key);
  if (!one?.can) return;
  explain(key);
  try {
    const answer = await fetch(`/do/${one.id}`, { method: "POST", headers: { desk: "touch" } });
    if (answer.ok) show(await answer.json());
  } catch {
    // The stream of states says it when nobody answers.
  }
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key === "Escape" ? "r" : event.key.toLowerCase();
  if (event.key === "Escape" && buttons.get("r")?.id !== "skip") return;
  if (buttons.has(key)) press(key);
});

// ---------------------------------------------------------------- text

function tale({ story, hint }) {
  say($("#tale"), story ? story.sentence : hint);
  $(".tale").classList.toggle("told", Boolean(story));
  $("#bar").hidden = !story;
  if (story) $("#done").style.width = `${Math.min(100, (story.at_s / story.of_s) * 100)}%`;
}

function log(state) {
  const place = $("#log");
  if (place.firstChild?.dataset.key === String(state.log[0]?.n)) return;
  keep(place, state.log, (one) => one.n, (one) => el("li", { class: one.who }, el("time", {}, time(one.t_ms)), el("em", {}, one.who), el("span", {}, one.text)), () => {});
}

function sums({ sums: { balanced, compared, pruned, bad, refused, forks } }) {
  const three = (name) => compared?.[name] ?? { agent: 0, store: 0, receiver: 0 };
  keep($("#sums"), ["batches", "records", "decisions"], (name) => name, (name) => el("tr", {}, el("th", { scope: "row" }, name === "records" ? "values" : name), el("td"), el("td"), el("td")), (row, name) => {
    const { agent, store, receiver } = three(name);
    [agent, store, receiver].forEach((value, at) => say(row.children[at + 1], number(value)));
  });
  const parts = [];
  if (!compared) parts.push("not compared yet");
  else parts.push(compared.agree ? "They agree" : "THEY DO NOT AGREE");
  if (compared?.possibly_sent > 0) parts.push(`at most ${number(compared.possibly_sent)} more may have arrived`);
  parts.push(balanced ? "balanced: one outcome each" : "OUTCOMES DO NOT SUM TO THE DECISIONS");
  if (pruned) parts.push("the car keeps its disclosures for 30 days");
  if (bad > 0) parts.push(`${count(bad, "message")} did not hold`);
  if (refused > 0) parts.push(`${number(refused)} refused`);
  if (forks > 0) parts.push(count(forks, "fork"));
  say($("#verdict"), `${parts.join(" · ")}.`);
  $("#verdict").className = balanced && compared?.agree !== false ? "holds" : "broken";
}

function top({ at_ms, moved_days, gate, lines }) {
  const parts = [`${day(at_ms)} ${time(at_ms)}`];
  if (moved_days > 0) parts.push(`${count(moved_days, "day")} ahead`);
  if (gate.power) parts.push(`catalog ${gate.catalog}`, `boot ${gate.boot}`);
  say($("#clock"), parts.join(" · "));
  for (const [name, { text, tone }] of Object.entries(lines)) {
    const place = $(`#${name}-line`);
    say(place, text);
    place.className = `line ${tone}`;
    place.title = text;
  }
  document.body.classList.toggle("shut", !gate.power || !gate.store_ok);
}

// ---------------------------------------------------------------- the stream

function show(state) {
  silent = 0;
  document.body.classList.remove("lost");
  [top, tale, car.update, frame, gaps, uses, receivers.update, bar, log, sums].forEach((draw) => draw(state));
}

car.make($("#scene"));
sizes();
new ResizeObserver(fit).observe($("#stage"));
$("#screen").addEventListener("load", () => {
  if (screen === null) return;
  opened = true;
  $("#veil").hidden = true;
});
const stream = new EventSource("/events");
stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
setInterval(() => {
  silent += 1;
  if (silent > 3) {
    document.body.classList.add("lost");
    say($("#tale"), "The desk does not answer. Is it still running?");
  }
}, 1000);
