// Verifies a ledger as docs/wire.md, section 10, says: signatures (Ed25519), the chain of digests (SHA-256), the bodies that are
// shown, and a checkpoint that was kept. It takes nothing from the page but bytes, so that the same file works without the car.

const te = new TextEncoder(), td = new TextDecoder('utf-8', { fatal: true });
const hex = b => Array.from(b, x => x.toString(16).padStart(2, '0')).join('');
const unhex = s => /^([0-9a-f]{2})+$/i.test(s) ? Uint8Array.from(s.match(/../g), x => parseInt(x, 16)) : null;
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const join = parts => { const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0)); let at = 0; for (const p of parts) { all.set(p, at); at += p.length; } return all; };
const sha256 = async b => new Uint8Array(await crypto.subtle.digest('SHA-256', b));

class Broken extends Error {}
const need = (holds, why) => { if (!holds) throw new Broken(why); };

/** Reads postcard, in which every value has one spelling. */
class Reader {
  constructor(bytes) { this.b = bytes; this.at = 0; }
  byte() { need(this.at < this.b.length, 'encoding'); return this.b[this.at++]; }
  take(n) { need(this.at + n <= this.b.length, 'encoding'); return this.b.subarray(this.at, this.at += n); }
  num() { // LEB128, the shortest spelling; numbers beyond 2^53 stand in no ledger
    let value = 0, unit = 1;
    for (let i = 0; ; i++) {
      const x = this.byte();
      value += (x & 127) * unit;
      if (x < 128) { need(i === 0 || x, 'encoding'); break; }
      unit *= 128;
    }
    need(Number.isSafeInteger(value), 'encoding');
    return value;
  }
  int() { const z = this.num(); return z % 2 ? -(z + 1) / 2 : z / 2; }
  text() { const b = this.take(this.num()); try { return td.decode(b); } catch { throw new Broken('encoding'); } }
  flag() { const x = this.byte(); need(x < 2, 'encoding'); return !!x; }
  end() { need(this.at === this.b.length, 'encoding'); }
}

const AAD = te.encode('cg/1/ledger');

/** The one form of an envelope (docs/wire.md, section 3): protected header, payload, signature. */
function envelope(b) {
  const r = new Reader(b);
  const fixed = bytes => need(same(r.take(bytes.length), Uint8Array.from(bytes)), 'form');
  need(b.length <= 1048576, 'form');
  fixed([0xd2, 0x84, 0x4d]);
  const head = r.take(13);
  need(same(head.subarray(0, 5), Uint8Array.of(0xa2, 1, 0x27, 4, 0x48)), 'form');
  fixed([0xa0]);
  const first = r.byte(), extra = { 0x58: 1, 0x59: 2, 0x5a: 4 }[first] || 0;
  need(extra || (first >= 0x40 && first < 0x58), 'form');
  const n = extra ? r.take(extra).reduce((n, x) => n * 256 + x, 0) : first - 0x40;
  need(!extra || n >= { 1: 24, 2: 256, 4: 65536 }[extra], 'form');
  const payload = r.take(n);
  fixed([0x58, 0x40]);
  const signature = r.take(64);
  need(r.at === b.length, 'form');
  return { head, payload, signature };
}

const sized = b => join([b.length < 24 ? [0x40 + b.length] : b.length < 256 ? [0x58, b.length] : b.length < 65536 ? [0x59, b.length >> 8, b.length & 255]
  : [0x5a, b.length >>> 24, b.length >> 16 & 255, b.length >> 8 & 255, b.length & 255], b]);
const toSign = (head, payload) => join([[0x84, 0x6a], te.encode('Signature1'), sized(head), sized(AAD), sized(payload)]);

/** Points of small order, sign bit off: as key or R they make a signature worth nothing. */
const SMALL = new Set(['01' + '00'.repeat(31), '00'.repeat(32), 'ec' + 'ff'.repeat(30) + '7f', 'ed' + 'ff'.repeat(30) + '7f', 'ee' + 'ff'.repeat(30) + '7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a']);
const small = b => { const y = Uint8Array.from(b); y[31] &= 127; return SMALL.has(hex(y)); };

function header(payload) {
  const r = new Reader(payload);
  const h = { version: r.byte(), seq: r.num(), prev: r.take(32), wall_ms: r.int(), clock: r.num(), kind: r.num(), body: r.take(32) };
  r.end();
  need(h.version === 1 && h.clock < 2 && h.kind < 7, 'encoding');
  return h;
}

export const KINDS = ['consent', 'catalog', 'boot', 'theft', 'erasure', 'answer', 'notice'];
export const ACTIONS = ['requested', 'deferred', 'given', 'renewed', 'refused', 'withdrawn', 'expired', 'trip_ended', 'suspended', 'narrowed', 'objected',
  'restricted', 'lifted', 'paused', 'resumed', 'stopped_by_occupant', 'review_sent', 'review_destroyed'];

/** What a body says, as far as a list of entries needs it. */
function told(body, kind) {
  const r = new Reader(body);
  need(r.byte() === 1 && r.num() === kind, 'body');
  try {
    if (kind === 0) { r.take(16); r.text(); const use = r.text(); r.num(); r.take(32); return { action: ACTIONS[r.num()], use }; }
    if (kind === 1) { r.take(32); return { version: r.num() }; }
    if (kind === 2) return { boot: r.num(), clean: r.flag() };
    if (kind === 3) return { begins: r.flag() };
    if (kind === 5) return { recipient: r.text(), use: r.text(), erased: r.num(), systems: r.num() };
    return { text: r.text() };
  } catch { throw new Broken('body'); }
}

/** A checkpoint as text: CG1:C:number:digest:key. */
export function parseCheckpoint(text) {
  const m = /CG1:C:(\d{1,15}):([0-9A-F]{64}):([0-9A-F]{64})/i.exec((text || '').replace(/\s/g, ''));
  return m && { seq: +m[1], digest: m[2].toLowerCase(), public_key: m[3].toLowerCase() };
}

/**
 * Checks an exported ledger. `kept` is a checkpoint (parseCheckpoint) or nothing. Yields { holds, entries, bodies, erased, head, kept, list }
 * and, where it breaks, { at, why }: form, key, signature, encoding, order, body, checkpoint.
 */
export async function verify(exported, kept) {
  const report = { holds: false, entries: 0, bodies: 0, erased: 0, head: { seq: 0, digest: '00'.repeat(32) }, kept: kept ? 'missing' : 'none', list: [] };
  let at = 1;
  try {
    const raw = unhex(exported?.public_key || '');
    need(raw?.length === 32 && Array.isArray(exported.entries) && !small(raw), 'key');
    if (kept) need(kept.public_key === hex(raw), 'checkpoint');
    const key = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
    const kid = (await sha256(raw)).subarray(0, 8);
    let prev = new Uint8Array(32);
    for (const entry of exported.entries) {
      const bytes = Uint8Array.from(entry.envelope || []), { head, payload, signature } = envelope(bytes);
      need(same(head.subarray(5), kid), 'key');
      need(!small(signature.subarray(0, 32)) && await crypto.subtle.verify('Ed25519', key, signature, toSign(head, payload)), 'signature');
      const h = header(payload);
      need(h.seq === at && same(h.prev, prev), 'order');
      let says = null;
      if (entry.body) {
        const [salt, body] = entry.body.map(b => Uint8Array.from(b));
        need(salt.length === 16 && same(await sha256(join([salt, body])), h.body), 'body');
        says = told(body, h.kind);
        report.bodies++;
      } else report.erased++;
      prev = await sha256(bytes);
      report.list.push({ seq: at, wall_ms: h.wall_ms, kind: KINDS[h.kind], says, digest: hex(prev) });
      report.entries = at;
      if (kept?.seq === at) { need(kept.digest === hex(prev), 'checkpoint'); report.kept = 'stands'; }
      at++;
    }
    report.head = { seq: report.entries, digest: hex(prev) };
    // A chain that was cut at its end verifies; only the checkpoint shows it.
    if (report.kept === 'missing') { at = kept.seq; need(false, 'checkpoint'); }
    report.holds = true;
  } catch (error) {
    report.at = at;
    report.why = error instanceof Broken ? error.message : 'unsupported';
  }
  return report;
}

/* ---- The page, and the file that works without the car. Words stand in the document, in the person's language. ---- */

function mount(root) {
  const $ = name => root.querySelector(`[data-part=${name}]`);
  const word = (name, values = {}) => (root.querySelector(`[data-word="${name}"]`)?.textContent || name).replace(/\{(\w+)\}/g, (_, v) => values[v] ?? '');
  const out = $('out'), button = $('check'), file = $('file'), field = document.getElementById('kept');
  const line = (text, tag = 'p') => { const e = document.createElement(tag); e.textContent = text; return e; };
  async function run() {
    button.disabled = true;
    out.replaceChildren(line(word('busy')));
    const lines = [];
    try {
      const wanted = (field?.value || '').trim(), kept = wanted ? parseCheckpoint(wanted) : null;
      if (wanted && !kept) throw new Error('checkpoint');
      const exported = root.dataset.source ? await (await fetch(root.dataset.source)).json() : JSON.parse(await file.files[0].text());
      const r = await verify(exported, kept), n = v => v.toLocaleString(document.documentElement.lang);
      out.dataset.holds = r.holds;
      lines.push(line(r.holds ? word('holds', { entries: n(r.entries), bodies: n(r.bodies), erased: n(r.erased) }) : word('broken', { at: n(r.at), why: word('why-' + r.why) }), 'h3'));
      if (r.holds) lines.push(line(word('proves-' + r.kept)), line(word('head', { seq: n(r.head.seq), digest: r.head.digest })));
      if (!root.dataset.source) {
        const list = document.createElement('ol');
        for (const e of r.list) list.append(line(`${new Date(e.wall_ms).toLocaleString(document.documentElement.lang)} · ${e.kind} · ${e.says ? Object.values(e.says).join(' · ') : word('erased')}`, 'li'));
        lines.push(list);
      }
    } catch (error) {
      out.dataset.holds = false;
      lines.push(line(word(error.message === 'checkpoint' ? 'no-checkpoint' : 'unreadable')));
    }
    out.replaceChildren(...lines);
    button.disabled = false;
  }
  button.addEventListener('click', run);
  root.hidden = false;
}

if (typeof document !== 'undefined') document.querySelectorAll('[data-verify]').forEach(mount);
