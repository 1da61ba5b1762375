// Four directions and press alone: arrow keys move the focus to what lies there, Enter or Space presses, Escape goes back.
//
// The nearest in a direction is taken; if nothing lies there, the page scrolls; if it cannot, the next or the last one in the
// order of the page is taken, so that everything can be reached and nothing holds the focus.

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
    if (element === from || element.contains(from) || from.contains(element)) continue;
    const away = distance(at, place(element), direction);
    if (away < least) { least = away; best = element; }
  }
  return best;
}

/** What stays in its place while the page scrolls under it. */
function pinned(element) {
  for (let box = element; box; box = box.parentElement) if (/fixed|sticky/.test(getComputedStyle(box).position)) return box;
  return null;
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
    const main = document.getElementById('main');
    const first = all.find(element => main?.contains(element)) ?? all[0];
    if (first) go(first);
    return;
  }
  // A region that scrolls by itself is read to its end before it is left.
  if (from.matches('[tabindex]') && !from.matches('button, a, input')) {
    const box = scroller(from, direction);
    if (box === from) return shift(box, direction);
  }
  // What scrolls around the focus is gone through before it is left.
  const box = scroller(from, direction);
  const target = nearest(from, direction, box ? all.filter(element => box.contains(element) && pinned(element) === pinned(from)) : all);
  // What lies beyond a screen's height is scrolled to, so that what is between can be read.
  if (box && direction[1] && (!target || Math.abs(place(target).top - place(from).top) > box.clientHeight)) return shift(box, direction);
  if (target) return go(target);
  if (box) return shift(box, direction);
  const step = direction[0] + direction[1];
  go(all[(all.indexOf(from) + step + all.length) % all.length]);
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
  if (element.matches('select, input[type=date], input[type=time], input[type=range]')) return !x;
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
  } else if (event.key === 'Escape') {
    event.preventDefault();
    back();
  }
});
