// The receivers: a row each, and the newest batches of the one that is looked at.

import { count, el, keep, number, say, time } from "/draw.js";

/** VSS units as people write them. */
const UNITS = { celsius: "°C", percent: "%", degrees: "°", "degrees/s": "°/s", "m/s^2": "m/s²" };

let chosen = null;
let headlines = new Map();

/** The one that is looked at: the chosen one, else the one that got something last. */
function looked(receivers) {
  const newest = (one) => Math.max(0, ...one.newest.map((batch) => Math.max(batch.received_ms, batch.erased_ms ?? 0)));
  return receivers.find((one) => one.id === chosen) ?? [...receivers].sort((one, two) => newest(two) - newest(one))[0];
}

const sound = (one) => one.gaps === 0 && one.forks === 0;

function chain(one) {
  if (one.streams === 0) return "";
  if (one.forks > 0) return "contradicts itself: proof kept";
  if (one.gaps > 0) return `${count(one.gaps, "gap")} in the chain`;
  return one.refused > 0 ? `${number(one.refused)} refused` : "verified";
}

function summary(one) {
  const parts = [];
  if (one.accepted > 0) parts.push(count(one.accepted, "batch", "batches"), `${number(one.held)} of ${count(one.records, "value")} held`);
  if (one.erased > 0) parts.push(`${number(one.erased)} erased`);
  if (one.deleted > 0) parts.push(`${number(one.deleted)} past retention`);
  if (parts.length === 0) parts.push(one.streams > 0 ? "told of a consent, no data yet" : "nothing");
  if (one.waiting > 0) parts.push(`${number(one.waiting)} wait in the car`);
  return parts.join(" · ");
}

export function update({ receivers, gate }) {
  headlines = new Map(gate.uses.map((one) => [one.id, one.headline]));
  const open = looked(receivers);
  keep(document.querySelector("#recipients"), receivers, (one) => one.id, make, (item, one, at) => {
    const button = item.firstChild;
    const [dot, name, sums, seal] = button.children;
    dot.className = `dot r${at}`;
    say(name, one.name);
    say(sums, summary(one));
    say(seal, chain(one));
    seal.className = one.streams === 0 ? "" : sound(one) && one.refused === 0 ? "holds" : "broken";
    button.classList.toggle("empty", one.streams === 0);
    button.setAttribute("aria-pressed", String(one === open));
    button.title = one.outside ? "not the maker of the car" : "the maker of the car";
  });
  arrived(open, receivers.indexOf(open));
}

function make(one) {
  const button = el("button", { type: "button" }, el("i"), el("b"), el("span"), el("em"));
  button.addEventListener("click", () => {
    chosen = chosen === one.id ? null : one.id;
  });
  return el("li", {}, button);
}

function arrived(one, at) {
  const place = document.querySelector("#arrived");
  place.className = `arrived r${at}`;
  const batches = one?.newest ?? [];
  const empty = [{ batch_id: "none", none: true }];
  keep(place, batches.length > 0 ? batches : empty, (batch) => batch.batch_id, () => el("article", {}, el("p", {}, el("time"), el("span"), el("em")), el("ul")), (item, batch) => {
    const [head, rows] = item.children;
    const [when, what, seal] = head.children;
    if (batch.none) {
      say(what, one ? `${one.name}: nothing has arrived.` : "Nothing has arrived.");
      return;
    }
    const gone = batch.erased_ms !== null;
    item.classList.toggle("gone", gone);
    const title = headlines.get(batch.use_id) ?? batch.use_id;
    const holds = batch.verdict === "accepted";
    say(when, time(gone ? batch.erased_ms : batch.received_ms));
    say(what, gone ? `erased, ${batch.erased_for}: ${count(batch.records, "value")} of “${title}”` : title);
    say(seal, holds ? `no. ${batch.n}` : `refused: ${batch.reason}`);
    seal.className = holds ? "holds" : "broken";
    item.title = holds ? `${batch.batch_id}: signature, chain and consent hold` : `${batch.batch_id} was refused`;
    const shown = batch.rows.map((row, index) => ({ ...row, index }));
    keep(rows, shown, (row) => row.index, () => el("li", {}, el("span"), el("b")), (line, row) => {
      say(line.firstChild, row.signal.replace(/^Vehicle\./, "").split(".").slice(-2).join(" "));
      say(line.lastChild, `${value(row.value)} ${UNITS[row.unit] ?? row.unit}`.trim());
      line.title = row.signal;
    });
  });
}

function value(of) {
  if (of !== null && typeof of === "object" && "latitude" in of) return `${of.latitude.toFixed(3)}° N, ${of.longitude.toFixed(3)}° E`;
  if (typeof of === "boolean") return of ? "yes" : "no";
  if (typeof of === "number") return Number.isInteger(of) ? number(of) : String(Number(of.toFixed(4)));
  return Array.isArray(of) ? of.map(value).join(", ") : String(of);
}
