// Small helpers: elements, numbers, times. Texts are only ever set as text.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/** Sets a text if it is another one: a node that stays the same keeps its selection. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Keeps one child for each item, by key, in order; made once, updated every time. */
export function keep(parent, items, key, make, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, at) => {
    const name = String(key(item));
    let child = known.get(name);
    known.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
    }
    update(child, item, at);
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
  known.forEach((child) => child.remove());
}

const whole = new Intl.NumberFormat("en");
export const number = (value) => whole.format(value);
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
export const time = (ms) => clock.format(new Date(ms));
export const day = (ms) => date.format(new Date(ms));
