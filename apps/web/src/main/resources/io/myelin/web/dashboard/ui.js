/** Pieces that several views show. */
import {html, nothing, svg} from './webjars/lit-html/lit-html.js';
import {ApiError} from './api.js';
import {duration, percent, rate, time, word} from './format.js';

let draw = () => {};

/** @param {() => void} f draws the page anew */
export function drawnBy(f) {
  draw = f;
}

/** Draws the page anew, soon. */
export const redraw = () => draw();

const MARKS = {good: '●', busy: '◌', warn: '▲', bad: '✕', idle: '–'};
const KINDS = {
  ACTIVE: 'good', READY: 'good', LEADER: 'good', OK: 'good', UP: 'good',
  PROVISIONING: 'busy', SYNCING: 'busy', SCHEDULED: 'busy', RELEASING: 'busy', FOLLOWER: 'idle', UNCONFIRMED: 'warn',
  DEGRADED: 'warn', DRAINED: 'warn', SLOWED: 'warn', MARKED: 'warn',
  FAILED: 'bad', DISCONNECTED: 'bad', STOPPED: 'bad', DOWN: 'bad', HOT: 'bad',
};

/** A state, told by a mark and a word as well as by colour. */
export function badge(state) {
  const kind = KINDS[state] ?? 'idle';
  return html`<span class="badge ${kind}"><span aria-hidden="true">${MARKS[kind]}</span> ${word(state)}</span>`;
}

/** A share as a bar, with its number beside it. */
export function bar(share, label = percent(share)) {
  const known = share !== undefined && !Number.isNaN(share);
  const kind = !known ? '' : share >= 0.9 ? 'bad' : share >= 0.6 ? 'warn' : '';
  return html`<span class="share"><svg class="bar ${kind}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="rest" width="100" height="8" rx="2"></rect>
    ${known ? svg`<rect class="part" width=${Math.max(0, Math.min(100, share * 100))} height="8" rx="2"></rect>` : nothing}
  </svg><span class="number">${label}</span></span>`;
}

/** Pairs of name and value; those without a value are left out. */
export function facts(pairs) {
  return html`<dl class="facts">${pairs
    .filter(([, value]) => value !== undefined && value !== '' && value !== nothing)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export const empty = text => html`<p class="empty">${text}</p>`;

let dialog = null;
let opener = null;

/**
 * Opens the dialog.
 *
 * @param {{title: string, body: () => unknown}} d
 */
export function openDialog(d) {
  opener = document.activeElement;
  dialog = d;
  redraw();
}

export function closeDialog() {
  dialog = null;
  redraw();
}

export function dialogTemplate() {
  return html`<dialog aria-labelledby="dialog-title" @close=${() => {
    dialog = null;
    redraw();
    opener?.isConnected && opener.focus();
  }}>
    ${dialog
      ? html`<header><h2 id="dialog-title">${dialog.title}</h2>
          <button type="button" class="icon" aria-label="Close" @click=${closeDialog}>✕</button></header>
          ${dialog.body()}`
      : nothing}
  </dialog>`;
}

/** After the page was drawn: whether the dialog is open follows from what it has. */
export function syncDialog() {
  const element = document.querySelector('dialog');
  if (dialog && !element.open) {
    element.showModal();
  } else if (!dialog && element.open) {
    element.close();
  }
}

let said = '';
let saidTimer = 0;
const SAID_MS = 6_000;

/** Tells the outcome of what somebody did, to screen readers too. */
export function say(text) {
  said = text;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => {
    said = '';
    redraw();
  }, SAID_MS);
  redraw();
}

export const saidTemplate = () => html`<div class="said" role="status" aria-live="polite">${said ? html`<p>${said}</p>` : nothing}</div>`;

const KIND_WORDS = {
  BANDWIDTH: 'bandwidth', LATENCY: 'latency', JITTER: 'jitter', LOSS: 'loss', COST: 'cost', HOPS: 'number of switches',
  REGION: 'regions', ENCRYPTION: 'encryption', MEDIUM: 'media', AVOID: 'what is to be avoided', VIA: 'switches to pass',
  DISJOINT: 'disjointness',
};

/**
 * A refusal: what bound it, and what would have to give way.
 *
 * @param {unknown} error
 * @param {{use?: (bps: number) => void, show?: (path: any) => void}} [offers]
 */
export function refusal(error, offers = {}) {
  if (!(error instanceof ApiError)) {
    return html`<div class="refusal" role="alert"><p><strong>It failed.</strong> ${String(error?.message ?? error)}</p></div>`;
  }
  const x = error.explanation;
  const fits = Number(error.metadata.fits_bandwidth_bps ?? 0);
  return html`<div class="refusal" role="alert">
    <p class="lead"><strong>Refused</strong> <code>${error.reason || error.code}</code></p>
    <p>${x ? headline(error.message) : error.message}</p>
    ${error.violations.length
      ? html`<ul>${error.violations.map(v => html`<li><code>${v.field}</code> ${v.description}</li>`)}</ul>`
      : nothing}
    ${fits ? offer(`${rate(fits)} would fit now.`, fits, offers) : nothing}
    ${error.metadata.fits_from
      ? html`<p>What was asked for ${error.metadata.fits_from === 'never' ? 'never fits as leases are booked now.' : `would fit from ${time(error.metadata.fits_from)}.`}</p>`
      : nothing}
    ${x?.relaxations?.length ? html`<h3>It would fit if one of these gave way</h3>
      <ol class="relaxations">${x.relaxations.map(r => relaxation(r, offers, fits > 0))}</ol>` : nothing}
    ${x?.omittedRelaxations ? html`<p>${x.omittedRelaxations} more were left out.</p>` : nothing}
    ${x?.earliest ? html`<p>All of it would fit from ${time(x.earliest.startTime)}.</p>` : nothing}
    ${x && !x.complete ? html`<p>The search for reasons ended early; there may be more.</p>` : nothing}
  </div>`;
}

/** The part before the reasons, which are listed below it. */
const headline = message => message.split(': ')[0];

function relaxation(r, offers, offered) {
  const short = (r.violations ?? []).filter(v => v.kind === 'BANDWIDTH');
  const onlyBandwidth = !offered && r.kinds?.every(k => k === 'BANDWIDTH') && short.length > 0;
  const fits = onlyBandwidth ? Math.min(...short.map(v => Number(v.have ?? 0))) : 0;
  return html`<li>
    <p><strong>${r.kinds?.map(k => KIND_WORDS[k] ?? word(k)).join(' and ')}</strong>${r.path
      ? html` <span class="muted">over ${r.path.hops?.map(h => h.device).join(' → ')}</span>`
      : nothing}</p>
    <ul>${(r.violations ?? []).map(v => html`<li>${v.text}</li>`)}
      ${r.omittedViolations ? html`<li>${r.omittedViolations} more</li>` : nothing}</ul>
    ${fits > 0 ? offer(`${rate(fits)} would fit on this path.`, fits, offers) : nothing}
    ${r.path && offers.show ? html`<button type="button" @click=${() => offers.show(r.path)}>Show this path on the map</button>` : nothing}
  </li>`;
}

function offer(text, bps, offers) {
  return html`<p>${text} ${offers.use ? html`<button type="button" @click=${() => offers.use(bps)}>Ask for ${rate(bps)}</button>` : nothing}</p>`;
}

/** A path in one line. */
export function pathLine(path) {
  if (!path?.hops?.length) {
    return html`<span class="muted">no path</span>`;
  }
  return html`<span class="hops">${path.hops.map((h, i) => html`${i ? html`<span aria-hidden="true"> → </span>` : nothing}${h.device}`)}</span>`;
}

/** What a path is like. */
export function pathFacts(path) {
  return path
    ? facts([
        ['Switches', pathLine(path)],
        ['Latency', (path.unknownLatencyLinks ? '≥ ' : '') + duration(path.latencyNs)],
        ['Jitter', path.jitterNs ? duration(path.jitterNs) : ''],
        ['Cost', path.costMicrosPerGb ? `${Number(path.costMicrosPerGb) / 1e6} per GB` : ''],
      ])
    : nothing;
}

/**
 * A control with its label above and an explanation below.
 *
 * @param {string} label
 * @param {unknown} control if there is a hint, described by hint-{name}
 * @param {string} [hint]
 * @param {string} [name]
 */
export function field(label, control, hint = '', name = '') {
  return html`<div class="field"><label><span>${label}</span>${control}</label>${hint ? html`<small id="hint-${name}">${hint}</small>` : nothing}</div>`;
}

/** An input whose suggestions follow what is typed: a list of all hosts would be long. */
export function suggesting(name, value, suggest, placeholder = '') {
  const id = 'suggest-' + name;
  return html`<input name=${name} .value=${value} list=${id} autocomplete="off" required placeholder=${placeholder}
      @input=${e => suggest(e.target.value, document.getElementById(id))}>
    <datalist id=${id}></datalist>`;
}

const MOST_SUGGESTIONS = 30;

/** @param {Iterable<string>} names */
export function fill(names) {
  return (text, datalist) => {
    const found = [];
    for (const n of names()) {
      if (n.includes(text)) {
        found.push(n);
        if (found.length === MOST_SUGGESTIONS) {
          break;
        }
      }
    }
    datalist.replaceChildren(...found.map(n => Object.assign(document.createElement('option'), {value: n})));
  };
}
