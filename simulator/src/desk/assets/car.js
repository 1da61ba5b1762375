// The vehicle: a scene that moves as fast as the car does, dials, people, and what the car knows.

import { el, svg, keep, say } from "/draw.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const parts = {};
let shown = { metres: 0, kmh: 0 };
let wanted = 0;
let before = 0;

/** Houses of a town that does not exist: x, width, height. */
const HOUSES = [[0, 30, 34], [36, 22, 52], [62, 40, 26], [108, 18, 62], [130, 34, 40], [170, 26, 30], [200, 44, 48], [250, 20, 24], [276, 38, 58]];

function houses() {
  return HOUSES.map(([x, width, height]) => svg("rect", { x, y: 84 - height, width, height, rx: 1.5 }));
}

function wheel(x) {
  const spokes = svg("path", { d: "M-9 0H9M0-9V9", class: "spoke" });
  const turning = svg("g", {}, spokes);
  parts.wheels.push(turning);
  return svg("g", { transform: `translate(${x} 116)` }, svg("circle", { r: 14, class: "tyre" }), svg("circle", { r: 8, class: "rim" }), turning);
}

function seat(x, y, role) {
  const letter = svg("text", { x, y: y + 4, "text-anchor": "middle", class: "initial" });
  const head = svg("circle", { cx: x, cy: y, r: 9, class: "head" });
  const seated = svg("g", { class: `seat ${role}` }, head, letter);
  return { seated, letter };
}

export function make(place) {
  parts.wheels = [];
  parts.town = svg("g", { class: "town" }, svg("g", { transform: "translate(-320 0)" }, ...houses()), ...houses(), svg("g", { transform: "translate(320 0)" }, ...houses()), svg("g", { transform: "translate(640 0)" }, ...houses()));
  parts.dashes = svg("path", { d: "M-240 138H560", class: "dashes" });
  parts.seats = [seat(189, 72, "front"), seat(145, 72, "rear"), seat(167, 73, "rear"), seat(126, 75, "rear"), seat(156, 77, "rear")];
  parts.brake = svg("rect", { x: 79, y: 90, width: 6, height: 9, rx: 2, class: "brake" });
  parts.hazards = svg("g", { class: "hazards" }, svg("circle", { cx: 83, cy: 104, r: 3 }), svg("circle", { cx: 246, cy: 103, r: 3 }));
  parts.beam = svg("path", { d: "M246 95L320 86V118L246 101Z", class: "beam" });
  parts.lamps = ["red", "amber", "green"].map((name, at) => svg("circle", { cx: 291, cy: 32 + at * 12, r: 4, class: `lamp ${name}` }));
  parts.light = svg("g", { class: "light" }, svg("path", { d: "M291 64V132", class: "pole" }), svg("rect", { x: 283, y: 24, width: 16, height: 40, rx: 4 }), ...parts.lamps);
  parts.park = svg("g", { class: "sign" }, svg("rect", { x: 24, y: 30, width: 24, height: 24, rx: 4 }), svg("text", { x: 36, y: 48, "text-anchor": "middle" }, "P"), svg("path", { d: "M36 54V132", class: "pole" }));
  parts.picture = svg("svg", { viewBox: "0 0 320 150", role: "img", "aria-label": "The car on the road" },
    svg("rect", { x: -240, width: 800, height: 150, class: "sky" }), parts.town, svg("rect", { x: -240, y: 84, width: 800, height: 66, class: "road" }),
    svg("path", { d: "M-240 84H560", class: "kerb" }), parts.dashes, parts.park, parts.light, parts.beam,
    svg("path", { d: "M80 116V98Q80 88 96 86L112 84L134 62Q138 57 146 57H190Q198 57 204 63L222 84L238 87Q250 90 250 100V116Z", class: "body" }),
    svg("path", { d: "M121 83L139 66Q142 63 147 63H162V83ZM168 63H189Q194 63 198 67L212 83H168Z", class: "glass" }),
    ...parts.seats.map((one) => one.seated), parts.brake, parts.hazards, wheel(112), wheel(220));
  place.append(parts.picture);
  requestAnimationFrame(move);
}

/** Goes on between two states as fast as the last one said. */
function move(now) {
  const seconds = Math.min((now - before) / 1000, 0.1);
  before = now;
  shown.kmh += (wanted - shown.kmh) * Math.min(1, seconds * 4);
  if (wanted === 0 && shown.kmh < 0.4) shown.kmh = 0;
  if (!still.matches) {
    shown.metres += (shown.kmh / 3.6) * seconds;
    const road = shown.metres * 18;
    parts.dashes.setAttribute("stroke-dashoffset", (road % 60).toFixed(1));
    parts.town.setAttribute("transform", `translate(${(-(shown.metres * 5) % 320).toFixed(1)} 0)`);
    parts.wheels.forEach((one) => one.setAttribute("transform", `rotate(${((shown.metres * 90) % 360).toFixed(1)})`));
  }
  requestAnimationFrame(move);
}

const STATES = { parked: "parked", driving: "driving", standing: "standing in gear", unknown: "not known: counts as driving" };

export function update(state) {
  const { car, gate } = state;
  wanted = car.speed_kmh;
  parts.picture.setAttribute("class", [car.wish, car.gear === "P" ? "in-park" : "", car.brakes ? "braking" : "", car.hazard ? "flashing" : ""].join(" "));
  const driver = car.people.filter((one) => one.drives);
  const others = car.people.filter((one) => !one.drives);
  const seated = [driver[0], ...others];
  parts.seats.forEach(({ seated: place, letter }, at) => {
    const one = seated[at];
    place.classList.toggle("taken", Boolean(one));
    say(letter, one ? initial(one.name) : "");
  });
  dials(car, gate);
  keep(document.querySelector("#people"), seated.filter(Boolean), (one) => one.name + one.drives, () => el("li"), (item, one) => {
    say(item, `${one.name} ${one.drives ? "drives" : "rides along"}`);
    item.classList.toggle("drives", one.drives);
    item.title = one.name === "a guest" ? "not recognised" : `recognised with ${one.assurance} assurance`;
  });
  known(state);
}

const initial = (name) => (name === "a guest" ? "?" : name.slice(0, 1));

function dials(car, gate) {
  const place = document.querySelector("#dials");
  const rows = [["speed", Math.round(car.speed_kmh), "km/h"], ["gear", car.gear, "gear"], ["state", STATES[gate.driving] ?? "dark", gate.trip ? "on a trip" : "no trip"]];
  keep(place, rows, ([name]) => name, ([name]) => el("p", { class: name }, el("b"), el("span")), (item, [, value, unit]) => {
    say(item.firstChild, String(value));
    say(item.lastChild, unit);
  });
}

function known({ car, receivers }) {
  const at = new Map(receivers.map((one, index) => [one.id, index]));
  const make = () => el("li", {}, el("b"), el("span"), el("i"));
  keep(document.querySelector("#known"), car.known, (one) => one.id, make, (item, one) => {
    const [name, now, to] = item.children;
    say(name, one.short || one.name);
    say(now, one.now || "nothing yet");
    item.classList.toggle("leaves", one.to.length > 0);
    const names = one.to.map((id) => receivers[at.get(id)]?.name ?? id).join("; ");
    item.title = `${one.name}: ${names ? `may leave, reduced, to ${names}` : "stays in the car"}`;
    keep(to, one.to.length > 0 ? one.to : ["stays"], (id) => id, () => el("span"), (dot, id) => {
      dot.className = id === "stays" ? "stays" : `dot r${at.get(id) ?? 0}`;
      say(dot, id === "stays" ? "stays" : "");
    });
  });
}
