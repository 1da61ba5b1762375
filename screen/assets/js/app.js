// Keeps the open page up to date and sends its forms without leaving it. With script off the page works as well: it is then as
// old as its last load. Nothing is drawn here: every part comes from the server, from the same address.
//
// Parts are told apart by id.

const PARTS = ['top', 'rail', 'pause', 'main', 'aside'];
const SILENT_MS = 40_000; // the server says something at least every 15 s
const PATIENCE_MS = 10_000; // an answer that takes longer is none: the next touch is not kept waiting
const MEMORY = 'gate:' + location.origin;
const policy = window.trustedTypes?.createPolicy('gate', { createHTML: html => html }) ?? { createHTML: html => html };
const parse = html => new DOMParser().parseFromString(policy.createHTML(html), 'text/html');
const part = id => document.getElementById(id);
const here = () => location.pathname + location.search;

/** Boot and revision that a page was drawn from: `gate;desc="3.17"`. */
const marked = text => /gate;desc="(\d+)\.(\d+)"/.exec(text ?? '')?.slice(1).map(Number) ?? [0, 0];
const fromEntry = entry => [Number(entry?.description.split('.')[0] ?? 0), Number(entry?.description.split('.')[1] ?? 0)];
let [boot, revision] = fromEntry(performance.getEntriesByType('navigation')[0]?.serverTiming?.find(entry => entry.name === 'gate'));

let served = texts(document); // as the server wrote each part, without what scripts added
let waiting = null; // why a refresh was put off
let busy = false; // a form is under way
let shown = here(); // the page that is drawn, without its fragment
let swaps = 0;
let restarted = 0; // when another boot was first heard of

function texts(from) {
  return Object.fromEntries(PARTS.map(id => [id, from.getElementById(id)?.outerHTML ?? '']));
}

// ---- What the person is doing -------------------------------------------------------------------------------------------

const fields = () => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')];
const changed = field => field.type === 'radio' || field.type === 'checkbox' ? field.checked !== field.defaultChecked
  : field instanceof HTMLSelectElement ? [...field.options].some(option => option.selected !== option.defaultSelected)
  : field.value !== field.defaultValue;

/** A person in the middle of something, or before what a script found out, is not interrupted. */
function held() {
  return busy || document.querySelector('details[data-hold][open], [data-holds]') !== null || fields().some(changed);
}

/** A name for an element that finds its like in a later version of the page. */
function nameOf(element) {
  if (!element || element === document.body) return null;
  const one = element.id ? '#' + element.id : [element.localName, element.getAttribute('name'), element.getAttribute('value'),
    element.getAttribute('href'), element.form?.getAttribute('action'), element.form?.elements.at?.value].join('|');
  return [one, alike(one).indexOf(element)];
}

function alike(one) {
  if (one[0] === '#') return [document.getElementById(one.slice(1))];
  const [tag] = one.split('|');
  return [...document.getElementsByTagName(tag)].filter(other => !other.id && one === [other.localName, other.getAttribute('name'), other.getAttribute('value'),
    other.getAttribute('href'), other.form?.getAttribute('action'), other.form?.elements.at?.value].join('|'));
}

/** The closest ancestor that has a name of its own. */
const near = element => element?.closest?.('[id]:not(body)')?.id ?? null;
const first = id => id && part(id)?.querySelector('a[href], button:not([disabled]), summary, input:not([type=hidden])');

const find = name => name && (alike(name[0])[name[1]] ?? alike(name[0])[0] ?? null);
const driver = () => document.querySelector('input[name=as]')?.value ?? '';

/** Focus, scroll and open details; with `all` also what was filled in, save secrets. */
function snapshot(all) {
  const scrolls = ['main', 'aside'].map(id => part(id)?.scrollTop ?? 0);
  const open = [...document.querySelectorAll('details')].map((element, at) => element.open ? at : -1).filter(at => at >= 0);
  const filled = all ? fields().filter(field => field.type !== 'password' && changed(field)).map(field => [nameOf(field), field.checked ?? false, field.value]) : [];
  return { path: here(), driver: driver(), focus: nameOf(document.activeElement), near: near(document.activeElement), scrolls, y: scrollY, open, filled, count: document.querySelectorAll('details').length };
}

function restore(kept) {
  const details = [...document.querySelectorAll('details')];
  if (details.length === kept.count) kept.open.forEach(at => { details[at].open = true; });
  for (const [name, checked, value] of kept.filled) {
    const field = find(name);
    if (!field) continue;
    if (field.type === 'radio' || field.type === 'checkbox') field.checked = checked; else field.value = value;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  }
  ['main', 'aside'].forEach((id, at) => { if (part(id)) part(id).scrollTop = kept.scrolls[at]; });
  scrollTo(0, kept.y);
  (find(kept.focus) ?? first(kept.near))?.focus({ preventScroll: true });
}

// ---- Swapping in what the server says -----------------------------------------------------------------------------------

/** Style sheets of a page of another place. */
async function equip(next) {
  const sheets = [...next.querySelectorAll('link[rel=stylesheet]')].filter(link => !document.querySelector(`link[href="${CSS.escape(link.getAttribute('href'))}"]`));
  await Promise.all(sheets.map(link => new Promise(done => {
    const added = document.createElement('link');
    added.rel = 'stylesheet';
    added.onload = added.onerror = done;
    added.href = link.getAttribute('href');
    document.head.append(added);
  })));
}

/** Modules add to a page once it is there: a swapped part needs them anew. */
function enliven(next) {
  swaps++;
  const own = [...next.querySelectorAll('script[src]')].map(script => script.getAttribute('src')).filter(src => !/\/(app|rotary)\.js$/.test(src));
  for (const src of new Set(own)) import(`${src}?${swaps}`);
}

async function swap(next, kept) {
  await equip(next);
  const now = texts(next);
  const whole = PARTS.some(id => !now[id] !== !served[id]) || !now.main || !!next.querySelector('.driving') !== !!document.querySelector('.driving');
  document.title = next.title;
  for (const name of ['lang', 'data-theme']) {
    const value = next.documentElement.getAttribute(name);
    if (value === null) document.documentElement.removeAttribute(name); else document.documentElement.setAttribute(name, value);
  }
  const differ = PARTS.filter(id => now[id] !== served[id]);
  if (whole) document.body.replaceChildren(...document.importNode(next.body, true).childNodes);
  else for (const id of differ) if (now[id]) part(id).replaceWith(document.importNode(next.getElementById(id), true));
  served = now;
  if (whole || differ.length) {
    enliven(next);
    if (kept) restore(kept);
  }
  notes();
}

async function load(response) {
  const type = response.headers.get('content-type') ?? '';
  if (response.status === 401) return location.reload(); // the page outside says how to enter
  if (!type.startsWith('text/html')) throw new Error(String(response.status));
  [boot, revision] = marked(response.headers.get('server-timing'));
  return parse(await response.text());
}

/** Brings the page up to date. */
async function refresh() {
  const wasDriving = !!document.querySelector('.driving');
  const kept = snapshot(true);
  try {
    const next = await load(await fetch(here(), { headers: { 'gate-refresh': '1' }, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) }));
    if (!next) return;
    const drives = !!next.querySelector('.driving');
    if (!wasDriving && !drives && held()) { waiting = true; return; }
    if (!wasDriving && drives) remember(kept);
    await swap(next, wasDriving === drives ? kept : null);
    if (wasDriving && !drives) recall();
    waiting = null;
    answered();
  } catch { lost(); }
}

/** What was interrupted by driving off, until the car is parked again. */
function remember(kept) {
  try { sessionStorage.setItem(MEMORY, JSON.stringify(kept)); } catch { /* then it begins anew */ }
}

function recall() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(MEMORY));
    sessionStorage.removeItem(MEMORY);
    if (kept?.path === here() && kept.driver === driver()) restore(kept);
  } catch { /* nothing was kept */ }
}

// ---- Forms --------------------------------------------------------------------------------------------------------------

document.addEventListener('submit', async event => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post' || form.hasAttribute('data-plain') || new URL(form.action).origin !== location.origin) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  form.setAttribute('aria-busy', 'true');
  const kept = { ...snapshot(false), focus: nameOf(event.submitter ?? document.activeElement), near: near(form) };
  try {
    const response = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, event.submitter)), signal: AbortSignal.timeout(PATIENCE_MS) });
    const next = await load(response);
    if (!next) return;
    const to = new URL(response.url);
    const stays = to.pathname + to.search === here();
    if (!stays) history.pushState(null, '', to.pathname + to.search);
    shown = here();
    form.reset(); // what was filled in is sent, and holds nothing any more
    await swap(next, stays ? { ...kept, filled: [] } : null);
    if (!stays) { scrollTo(0, 0); part('main')?.focus({ preventScroll: true }); }
    answered();
  } catch (error) {
    if (/^\d+$/.test(error.message)) location.reload(); else lost();
  } finally {
    busy = false;
    form.removeAttribute('aria-busy');
  }
});

// A step within the page, as to Adjust, is one too, and leaves the page as it is.
addEventListener('popstate', () => { if (here() !== shown) location.reload(); });
for (const kind of ['toggle', 'change', 'reset']) document.addEventListener(kind, () => setTimeout(() => { if (waiting && !held()) refresh(); }), true);

// ---- Events -------------------------------------------------------------------------------------------------------------

let source = null;
let heard = Date.now();
let gone = false;

function connect() {
  source?.close();
  source = new EventSource('/api/1/events');
  source.addEventListener('state', event => {
    answered();
    const state = JSON.parse(event.data);
    if (boot && state.boot !== boot) restarted = Date.now();
    const drives = state.driving !== 'parked';
    const turned = drives !== !!document.querySelector('.driving');
    if (state.boot === boot && state.revision === revision && !turned) return;
    if (held() && !turned) { waiting = true; return; }
    refresh();
  });
  source.addEventListener('beat', answered);
  source.addEventListener('error', () => { lost(); if (source.readyState === EventSource.CLOSED) setTimeout(probe, 3_000); });
}

/** A closed stream was refused: either the session has ended, and loading says so, or the gate is busy. */
async function probe() {
  await refresh();
  connect();
}

function answered() {
  heard = Date.now();
  document.documentElement.dataset.live = '1';
  if (gone) { gone = false; notes(); }
}

function lost() {
  delete document.documentElement.dataset.live;
  if (!gone) { gone = true; notes(); }
}

/** The two notes that only a script can show. */
function notes() {
  const [offline, stale] = [part('offline'), part('stale')];
  if (offline) offline.hidden = !gone;
  const seconds = Math.round((Date.now() - restarted) / 1_000);
  if (!stale) return;
  stale.hidden = gone || !restarted || seconds > 60;
  const text = stale.querySelector('[data-text]');
  if (text && !stale.hidden) text.textContent = text.dataset.text.replace('{n}', seconds);
}

setInterval(() => {
  if (Date.now() - heard > SILENT_MS) { lost(); heard = Date.now(); connect(); }
  if (restarted) notes();
}, 1_000);

addEventListener('pagehide', () => source?.close());
addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
if (!document.querySelector('.driving')) recall();
connect();
