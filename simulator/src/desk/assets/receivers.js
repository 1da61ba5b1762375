// The receivers: a row each, and the newest batches of the one that is looked at.

import { count, el, keep, number, say, svg, time } from "/draw.js";

/** VSS units as people write them. */
const UNITS = { celsius: "°C", percent: "%", degrees: "°", "degrees/s": "°/s", "m/s^2": "m/s²" };

let chosen = null;
let headlines = new Map();

/** How long one is looked at before another that got something newer takes its place, milliseconds. */
const STAYS_MS = 5_000;
let shown = { id: null, since: -STAYS_MS };

/** The one that is looked at: the chosen one, else the one that got something last. */
function looked(receivers) {
  const newest = (one) => Math.max(0, ...one.newest.map((batch) => Math.max(batch.received_ms, batch.erased_ms ?? 0)));
  const found = (id) => receivers.find((one) => one.id === id);
  if (found(chosen)) return found(chosen);
  const now = performance.now();
  if (!found(shown.id) || now - shown.since >= STAYS_MS) {
    const last = [...receivers].sort((one, two) => newest(two) - newest(one))[0];
    if (last.id !== shown.id) shown = { id: last.id, since: now };
  }
  return found(shown.id);
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

export function update({ receivers, gate, car }) {
  if (gate.power) headlines = new Map(gate.uses.map((one) => [one.id, one.headline]));
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
  map(open, receivers.indexOf(open), car, gate);
}

/** Where the car was, and where this recipient knows it to have been. */
function map(one, at, { origin, track }, { uses }) {
  const place = document.querySelector("#map");
  const fixes = one.newest.flatMap((batch) => batch.rows.filter((row) => row.value?.latitude !== undefined).map((row) => ({ ...row.value, use: batch.use_id })));
  place.hidden = fixes.length === 0 || track.length < 2;
  if (place.hidden) return;
  const metre = 111320;
  const east = metre * Math.cos((origin[0] * Math.PI) / 180);
  const seen = fixes.map((fix) => {
    const reveals = uses.find((used) => used.id === fix.use)?.reveals ?? "";
    const km = /to (\d+) km/.exec(reveals);
    return { x: (fix.longitude - origin[1]) * east, y: -(fix.latitude - origin[0]) * metre, half: km ? Number(km[1]) * 500 : 0 };
  });
  const xs = [...track.map(([x]) => x), ...seen.flatMap(({ x, half }) => [x - half, x + half])];
  const ys = [...track.map(([, y]) => -y), ...seen.flatMap(({ y, half }) => [y - half, y + half])];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const extent = Math.max(Math.max(...xs) - left, Math.max(...ys) - top, 200);
  const unit = extent / 100;
  const cells = [...new Map(seen.map((cell) => [`${Math.round(cell.x)} ${Math.round(cell.y)}`, cell])).values()];
  const shape = ({ x, y, half }) => (half > 0 ? svg("rect", { x: x - half, y: y - half, width: 2 * half, height: 2 * half, class: "cell", "stroke-width": unit }) : svg("circle", { cx: x, cy: y, r: unit * 3, class: "point" }));
  const way = svg("path", { d: `M${track.map(([x, y]) => `${x} ${-y}`).join("L")}`, class: "way", "stroke-width": unit * 2 });
  const picture = svg("svg", { viewBox: `${left - unit * 4} ${top - unit * 4} ${extent + unit * 8} ${extent + unit * 8}`, "aria-hidden": "true" }, ...cells.map(shape), way);
  const coarse = seen.find(({ half }) => half > 0);
  const words = coarse ? `It knows the square of ${number(coarse.half / 500)} km.` : "It knows the point.";
  place.className = `r${at}`;
  place.replaceChildren(picture, el("figcaption", {}, el("b", {}, words), el("span", {}, track.length < 90 ? "The line is where the car went in the last minute." : `The line is where the car went in the last ${number(Math.round(track.length / 60))} minutes.`)));
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
    const why = batch.erased_for === "retention" ? "past retention" : `erased, ${batch.erased_for}`;
    say(what, gone ? `${why}: ${count(batch.records, "value")} of “${title}”` : title);
    say(seal, holds ? `no. ${batch.n}` : `refused: ${batch.reason}`);
    seal.className = holds ? "holds" : "broken";
    item.title = holds ? `${batch.batch_id}: signature, chain and consent hold` : `${batch.batch_id} was refused`;
    const shown = batch.rows.map((row, index) => ({ ...row, index }));
    keep(rows, shown, (row) => row.index, () => el("li", {}, el("span"), el("b")), (line, row) => {
      const fix = row.value?.latitude !== undefined;
      say(line.firstChild, fix ? "Position" : row.signal.replace(/^Vehicle\./, "").split(".").slice(-2).join(" "));
      say(line.lastChild, fix ? value(row.value) : `${value(row.value)} ${UNITS[row.unit] ?? row.unit}`.trim());
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
