// Four directions and press alone: arrow keys move the focus, Enter or Space presses, Escape goes back.
//
// A region of the page (header, rail, pause, main part, second pane) is gone through row by row: up and down from row to row,
// left and right within one. So everything in it is reached, whatever it looks like. Below its last row begins the next region;
// beyond its other edges lies what is nearest. What is further away than the screen is high is scrolled to, so that what is between can be read.

const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const STOPS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex="-1"])';
const PICKS = 'input[type=radio], input[type=checkbox]';
const TEXTS = 'textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=submit]):not([type=button])';

function stops() {
  return [...document.querySelectorAll(STOPS)].filter(element => !element.disabled && !element.closest('[inert]')
    && element.checkVisibility({ visibilityProperty: true }) && !(element.classList.contains('skip') && element !== document.activeElement));
}

/** Where something is seen: a choice is as large as its label. */
function place(element) {
  const seen = element.matches(PICKS) ? element.closest('label') ?? element : element;
  return seen.getBoundingClientRect();
}

/** How far away it lies in a direction; infinite if it does not. */
function distance(from, to, [x, y]) {
  const along = x ? (x > 0 ? to.left - from.right : from.left - to.right) : (y > 0 ? to.top - from.bottom : from.top - to.bottom);
  const centre = x ? (to.left + to.right - from.left - from.right) * x : (to.top + to.bottom - from.top - from.bottom) * y;
  if (along < -4 && !(centre > 0 && along > -0.5 * (x ? Math.min(from.width, to.width) : Math.min(from.height, to.height)))) return Infinity;
  if (centre <= 0) return Infinity;
  const aside = x ? Math.max(0, to.top - from.bottom, from.top - to.bottom) : Math.max(0, to.left - from.right, from.left - to.right);
  const slant = x ? Math.abs(to.top + to.bottom - from.top - from.bottom) : Math.abs(to.left + to.right - from.left - from.right);
  return Math.max(0, along) + 4 * aside + slant / 8;
}

function nearest(from, direction, among) {
  const at = place(from);
  let best = null, least = Infinity;
  for (const element of among) {
    const away = distance(at, place(element), direction);
    if (away < least) { least = away; best = element; }
  }
  return best;
}

const REGIONS = ['top', 'main', 'aside', 'rail', 'pause']; // one after the other, downwards
const region = element => element.closest('#' + REGIONS.join(', #'))?.id ?? '';

/** Stops by rows, each from left to right. What contains others is a row of its own, before them. */
function rows(among) {
  const placed = among.map(element => {
    const { top, left, height } = place(element);
    const inside = element.matches('[tabindex]') ? among.filter(other => other !== element && element.contains(other)).map(other => place(other).top) : [];
    return inside.length ? { element, top: Math.min(top, ...inside) - 1, left, height: 0 } : { element, top, left, height };
  });
  placed.sort((a, b) => a.top - b.top || b.height - a.height);
  const found = [];
  for (const one of placed) {
    const row = found.at(-1);
    if (row && one.height && row[0].height && row[0].top + row[0].height - one.top > Math.min(one.height, row[0].height) / 2) row.push(one);
    else found.push([one]);
  }
  return found.map(row => row.sort((a, b) => a.left - b.left).map(one => one.element));
}

/** The element of a row that lies nearest below or above another. */
function under(from, row) {
  const { left, right } = place(from);
  const away = element => { const at = place(element); return Math.max(0, at.left - right, left - at.right) * 1_000 + Math.abs(at.left - left); };
  return row.reduce((best, element) => away(element) < away(best) ? element : best);
}

/** The element that scrolls around another, if it can go on in this direction. */
function scroller(element, [x, y]) {
  for (let box = element; box; box = box.parentElement) {
    const style = getComputedStyle(box);
    const root = box === document.documentElement;
    if (y && box.scrollHeight > box.clientHeight + 1 && (root || /auto|scroll/.test(style.overflowY))
      && (y > 0 ? box.scrollTop + box.clientHeight < box.scrollHeight - 1 : box.scrollTop > 0)) return box;
    if (x && box.scrollWidth > box.clientWidth + 1 && (root || /auto|scroll/.test(style.overflowX))
      && (x > 0 ? box.scrollLeft + box.clientWidth < box.scrollWidth - 1 : box.scrollLeft > 0)) return box;
    if (/fixed|sticky/.test(style.position)) return null;
  }
  return null;
}

/** How far something lies beyond what is seen of a scroller. */
function hidden(element, box, y) {
  const seen = box === document.documentElement ? { top: 0, bottom: innerHeight } : box.getBoundingClientRect();
  return y > 0 ? place(element).top - seen.bottom : seen.top - place(element).bottom;
}

function shift(box, [x, y]) {
  box.scrollBy({ left: x * box.clientWidth * 0.6, top: y * box.clientHeight * 0.6, behavior: 'instant' });
}

function go(element) {
  element.focus({ preventScroll: true, focusVisible: true });
  (element.matches(PICKS) ? element.closest('label') ?? element : element).scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
}

function move(direction) {
  const all = stops();
  const from = all.includes(document.activeElement) ? document.activeElement : null;
  if (!from) {
    // Where an address has led, as to the panel of a use; else the main part.
    const led = document.activeElement !== document.body && document.activeElement;
    const main = document.getElementById('main');
    const first = all.find(element => led && led.contains(element)) ?? all.find(element => main?.contains(element)) ?? all[0];
    if (first) go(first);
    return;
  }
  // What scrolls by itself and holds nothing to press is read to its end before it is left.
  if (scroller(from, direction) === from && !all.some(element => element !== from && from.contains(element))) return shift(from, direction);
  const [x, y] = direction;
  const own = rows(all.filter(element => region(element) === region(from)));
  const at = own.findIndex(row => row.includes(from));
  const box = scroller(from, direction);
  const target = x ? own[at][own[at].indexOf(from) + x] : own[at + y] && under(from, own[at + y]);
  if (target && !(box && y && hidden(target, box, y) > box.clientHeight * 0.4)) return go(target);
  if (box && y) return shift(box, direction);
  const beyond = y > 0 ? null : nearest(from, direction, all.filter(element => region(element) !== region(from)));
  if (beyond) return go(beyond);
  if (box) return shift(box, direction);
  if (x) return;
  const order = REGIONS.filter(id => all.some(element => region(element) === id));
  const next = order[(order.indexOf(region(from)) + y + order.length) % order.length];
  const there = rows(all.filter(element => region(element) === next));
  if (there.length) go(under(from, there.at(y > 0 ? 0 : -1)));
}

function back() {
  const open = document.activeElement?.closest('details[open]') ?? document.querySelector('details.display[open]');
  if (open) {
    open.open = false;
    return go(open.querySelector('summary'));
  }
  const parts = location.pathname.split('/').filter(Boolean);
  if (location.search) location.assign(location.pathname);
  else if (parts.length) location.assign('/' + parts.slice(0, -1).join('/'));
}

/** In a text the arrows belong to the text until its edge. */
function inText(element, [x, y]) {
  if (!element?.matches?.(TEXTS)) return false;
  if (element.matches('select, input[type=date], input[type=time]')) return false; // press opens them
  if (element.matches('input[type=range]')) return !!x;
  if (y && element.localName !== 'textarea') return false;
  const [start, end] = [element.selectionStart, element.selectionEnd];
  if (start === null) return false;
  return start !== end || (x < 0 || y < 0 ? start > 0 : end < element.value.length);
}

document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
  const direction = STEPS[event.key];
  if (direction) {
    if (inText(document.activeElement, direction)) return;
    event.preventDefault();
    move(direction);
  } else if (event.key === 'Enter' && event.target.matches?.(PICKS)) {
    // Enter in a choice would send its form by the first button; here it chooses, and nothing else.
    event.preventDefault();
    event.target.click();
  } else if (event.key === 'Enter' && event.target.matches?.('select, input[type=date], input[type=time]')) {
    event.preventDefault();
    try { event.target.showPicker(); } catch { /* then it is typed in */ }
  } else if (event.key === 'Escape') {
    event.preventDefault();
    back();
  }
});
