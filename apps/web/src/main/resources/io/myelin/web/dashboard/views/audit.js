/** Who did what, and what was refused. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get} from '../api.js';
import {time} from '../format.js';
import {caller} from '../store.js';
import {badge, empty, redraw, refusal} from '../ui.js';

const PAGE = 100;
const EVERY_MS = 3_000;

export const topics = [];

let events = [];
let done = false;
let problem = null;
let filter = '';
let timer = 0;

const parent = () => caller?.tenant || 'tenants/-';

async function newest() {
  if (!caller) {
    return;
  }
  try {
    const page = (await get('/v1/auditEvents', {parent: parent(), pageSize: PAGE})).events ?? [];
    const known = new Set(events.map(e => e.seq));
    events = [...page.filter(e => !known.has(e.seq)), ...events];
    done ||= page.length < PAGE;
    problem = null;
  } catch (e) {
    problem = e;
  }
  redraw();
}

async function older() {
  const page = (await get('/v1/auditEvents', {parent: parent(), pageSize: PAGE, beforeSeq: events.at(-1).seq})).events ?? [];
  events = [...events, ...page];
  done = page.length < PAGE;
  redraw();
}

export function open() {
  events = [];
  done = false;
  newest();
  timer = setInterval(() => document.hidden || newest(), EVERY_MS);
}

export function routed() {
  newest();
}

export function close() {
  clearInterval(timer);
}

const matches = e => !filter || [e.caller, e.role, e.method, e.resource, e.code, e.reason, e.message].join(' ').toLowerCase().includes(filter);

export function view() {
  const shown = events.filter(matches);
  return html`<h1>Audit</h1>
    <p class="intro">Every change, and every call that was refused for who made it, as this member wrote it down.</p>
    ${problem ? refusal(problem) : nothing}
    <div class="tools"><label class="field inline"><span>Search</span>
      <input type="search" .value=${filter} placeholder="caller, method, resource, reason" @input=${e => {
        filter = e.target.value.toLowerCase();
        redraw();
      }}></label></div>
    ${shown.length
      ? html`<div class="scroll" tabindex="0" role="region" aria-label="Audit events"><table class="dense">
          <thead><tr><th>Time</th><th>Caller</th><th>Method</th><th>Resource</th><th>Outcome</th></tr></thead>
          <tbody>${shown.map(e => html`<tr>
            <td class="nowrap">${time(e.time)}</td>
            <th scope="row">${e.caller} <span class="muted">${e.role}${e.tenant ? ` of ${e.tenant.replace('tenants/', '')}` : ''}</span></th>
            <td><code>${(e.method ?? '').replace('myelin.v1.', '')}</code></td>
            <td class="wide">${e.resource ?? ''}</td>
            <td class="wide">${e.code === 'OK' ? badge('OK') : html`<span class="badge bad"><span aria-hidden="true">✕</span> ${e.reason || e.code}</span> <span class="muted">${e.message ?? ''}</span>`}</td>
          </tr>`)}</tbody></table></div>
          ${done ? nothing : html`<p><button type="button" @click=${older}>Show older</button></p>`}`
      : empty(events.length ? 'Nothing matches.' : 'Nothing was changed, and nobody was refused.')}`;
}
