/** Queues that are hot now, and what was decided about them. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {chart} from '../chart.js';
import {ago, byName, count, duration, percent, time, word} from '../format.js';
import * as store from '../store.js';
import {badge, bar, empty, facts, redraw} from '../ui.js';

export const topics = ['congestion'];

const WINDOW_S = 600;
const BUCKET_S = 10;
const LISTED = 60;
const KINDS = {
  KIND_GUIDE: 'steered a flow',
  KIND_MOVE: 'moved a lease',
  KIND_WEIGHTS: 'divided traffic anew',
  KIND_SLOW: 'marking changed',
  KIND_REPLACE: 'placed leases elsewhere',
  KIND_NONE: 'left as it is',
};

let kind = '';

const linkTo = name => (name ? html`<a href="#/fabric?link=${encodeURIComponent(name)}">${name.replace('>', ' → ')}</a>` : '–');

function timeline() {
  const now = Math.ceil(Date.now() / 1000 / BUCKET_S) * BUCKET_S;
  const times = Array.from({length: WINDOW_S / BUCKET_S + 1}, (_, i) => now - WINDOW_S + i * BUCKET_S);
  const hot = times.map(() => 0);
  const decided = times.map(() => 0);
  for (const e of store.events) {
    const i = Math.floor((e.at - times[0]) / BUCKET_S);
    if (i >= 0 && i < times.length) {
      if (e.decision) {
        decided[i]++;
      } else if (e.hot) {
        hot[i]++;
      }
    }
  }
  return chart({
    label: 'Events of hot queues, and decisions, in ten seconds each',
    names: ['hot queue events', 'decisions'],
    times,
    values: [hot, decided],
    unit: v => (Number.isInteger(v) ? count(v) : ''),
    height: 120,
    least: 4,
  });
}

function queue(e) {
  const depth = Number(e.depthPackets ?? 0);
  const mark = Number(e.kMinPackets ?? 0);
  return html`<tr>
    <th scope="row">${linkTo(e.link)}</th>
    <td>${e.device}/${e.port} queue ${e.queue ?? 0}</td>
    <td>${badge(e.hot ? 'HOT' : 'OK')}</td>
    <td>${bar(mark ? depth / (2 * mark) : 0, `${count(depth)} packets, marks from ${count(mark)}`)}</td>
    <td>${e.sourceIp ? html`${e.sourceIp} → ${e.destinationIp}${e.destinationQp ? html` <span class="muted">QP ${e.destinationQp}</span>` : nothing}` : '–'}</td>
    <td class="nowrap">${ago(Date.now() - new Date(e.eventTime).getTime())} ago</td></tr>`;
}

function decision(d) {
  const e = d.estimate;
  const predicted = d.utilisationBefore || d.utilisationAfter;
  return html`<li class="decision">
    <p class="lead"><span class="nowrap">${time(d.decideTime)}</span> <strong>${KINDS[d.kind] ?? word(d.kind, 'KIND_')}</strong> ${linkTo(d.link)}</p>
    <p>${d.reason}</p>
    ${facts([
      ['Utilisation', predicted ? `${percent(d.utilisationBefore ?? 0)} → ${percent(d.utilisationAfter ?? 0)} predicted` : e ? percent(e.utilisation ?? 0) : ''],
      ['Queueing', e?.queueingNs ? duration(e.queueingNs) : ''],
      ['Lost', e?.lossShare ? percent(e.lossShare) : ''],
      ['Marked CE', e?.markedShare ? percent(e.markedShare) : ''],
      ['Estimate', e ? `${percent(e.confidence ?? 0)} sure, ${duration(Number(e.ageMs ?? 0) * 1e6)} old` : ''],
      ['Acknowledged', Number(d.reactionUs ?? 0) ? `after ${duration(Number(d.reactionUs) * 1e3)}` : 'not yet'],
      ['Concerned', (d.subjects ?? []).slice(0, 6).join(', ') + ((d.subjects?.length ?? 0) > 6 ? ` and ${d.subjects.length - 6} more` : '')],
    ])}</li>`;
}

export function view() {
  const all = [...store.queues.values()].sort((a, b) => Number(!!b.hot) - Number(!!a.hot) || Number(b.depthPackets ?? 0) - Number(a.depthPackets ?? 0) || byName(a.link, b.link));
  const hot = all.filter(q => q.hot);
  const decisions = store.decisions.filter(d => !kind || d.kind === kind);
  return html`<h1>Congestion</h1>
    <section aria-labelledby="timeline"><h2 id="timeline">Last ten minutes</h2>${timeline()}</section>
    <section aria-labelledby="queues"><h2 id="queues">Queues <span class="count">${hot.length} hot</span></h2>
      ${all.length
        ? html`<div class="scroll" tabindex="0" role="region" aria-labelledby="queues"><table class="dense">
            <thead><tr><th>Link</th><th>Port</th><th>State</th><th>Depth</th><th>Last packet</th><th>Told</th></tr></thead>
            <tbody>${all.slice(0, LISTED).map(queue)}</tbody></table></div>
            ${all.length > LISTED ? html`<p class="muted">and ${count(all.length - LISTED)} that are shorter</p>` : nothing}`
        : empty('No queue has told of congestion.')}
    </section>
    <section aria-labelledby="decisions"><h2 id="decisions">Decisions <span class="count">${decisions.length}</span></h2>
      <div class="tools"><label class="field inline"><span>Kind</span><select @change=${e => {
        kind = e.target.value;
        redraw();
      }}><option value="">all</option>${Object.entries(KINDS).map(([k, text]) => html`<option value=${k}>${text}</option>`)}</select></label></div>
      ${decisions.length ? html`<ol class="decisions">${decisions.slice(0, LISTED).map(decision)}</ol>` : empty('Nothing was decided.')}
    </section>`;
}
