/** Tenants: what they may have, and what they have of it. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {count, leaf, rate, time} from '../format.js';
import {tenants} from '../store.js';
import {bar, empty} from '../ui.js';

export const topics = ['tenants'];

/** Used of a limit; without a limit only the number. */
function of(used, limit, show) {
  if (limit === undefined) {
    return html`<span class="number">${show(used ?? 0)}</span> <span class="limit">no limit</span>`;
  }
  const most = Number(limit);
  return bar(most ? Number(used ?? 0) / most : 1, `${show(used ?? 0)} of ${show(most)}`);
}

const money = micros => (Number(micros) / 1e6).toLocaleString('en', {maximumFractionDigits: 2});

export function view() {
  return html`<h1>Tenants</h1>
    ${tenants.length
      ? html`<div class="scroll" tabindex="0" role="region" aria-label="Tenants"><table>
          <thead><tr><th>Tenant</th><th>Leases</th><th>Bandwidth</th><th>Made today</th><th>Budget</th><th>May reach</th></tr></thead>
          <tbody>${tenants.map(t => html`<tr>
            <th scope="row"><a href="#/leases?tenant=${leaf(t.name)}">${leaf(t.name)}</a></th>
            <td>${of(t.usage?.leases, t.quota?.maxLeases, count)}</td>
            <td>${of(t.usage?.bandwidthBps, t.quota?.maxBandwidthBps, rate)}</td>
            <td>${of(t.usage?.createdToday, t.quota?.maxCreatedPerDay, count)}</td>
            <td>${of(t.usage?.committedMicros, t.quota?.budgetMicros, money)}${t.usage?.periodStartTime ? html`<br><span class="muted">since ${time(t.usage.periodStartTime)}</span>` : nothing}</td>
            <td>${(t.mayReach ?? []).map(leaf).join(', ') || '–'}</td>
          </tr>`)}</tbody></table></div>`
      : empty('There is none that you may see.')}`;
}
