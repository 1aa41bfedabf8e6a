/** Takes switches and links out of use, and into use again. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {post} from '../api.js';
import {count, leaf, rate, tenantOf} from '../format.js';
import {caller, fabric, may} from '../store.js';
import {closeDialog, openDialog, redraw, refusal, say} from '../ui.js';
import {drainPreview} from './usage.js';

const LISTED = 30;

/** @param {{device?: string, link?: string}} target */
export function drainButtons(target) {
  const drained = target.device ? fabric.devices.get(target.device)?.drained : fabric.links.get(target.link)?.drained;
  const name = target.device ?? target.link;
  return html`<p class="actions">
    ${!drained && may('FabricService/Drain') ? html`<button type="button" @click=${() => ask(target, name)}>Drain …</button>` : nothing}
    ${drained && may('FabricService/Undrain') ? html`<button type="button" @click=${() => undrain(target, name)}>Undrain</button>` : nothing}
  </p>`;
}

async function undrain(target, name) {
  try {
    const answer = await post('/v1/fabric:undrain', target);
    say(`${name} is in use again: ${count(answer.links?.length)} links.`);
  } catch (e) {
    openDialog({title: `Undrain ${name}`, body: () => refusal(e)});
  }
}

function leaseRows(leases) {
  return html`<ul class="rows">${leases.slice(0, LISTED).map(l => html`<li><span>${leaf(l.name)}</span>
      <span class="muted grow">${tenantOf(l.name)} · ${l.source} → ${l.destination}</span><span class="number">${rate(l.bandwidthBps)}</span></li>`)}</ul>
    ${leases.length > LISTED ? html`<p class="muted">and ${count(leases.length - LISTED)} more</p>` : nothing}`;
}

function ask(target, name) {
  let error = null;
  let busy = false;
  const drain = async () => {
    busy = true;
    redraw();
    try {
      const answer = await post('/v1/fabric:drain', target);
      closeDialog();
      say(`${name} is drained: ${count(answer.links?.length)} links, ${count(answer.leases?.length)} leases to move.`);
    } catch (e) {
      error = e;
      busy = false;
      redraw();
    }
  };
  openDialog({
    title: `Drain ${name}`,
    body: () => {
      const p = drainPreview(target);
      return html`<div class="body">
          <p>Nothing new is placed on ${p.links.length === 1 ? 'this link' : `these ${count(p.links.length)} links`}; what uses them moves to other paths while they still forward.</p>
          <p class="muted">From the paths that leases have now${caller?.tenant ? ', as far as you may see them' : ''}. The node decides when it is asked, and leaves where it is what has no other path.</p>
          <h3>Would move <span class="count">${p.moving.length}</span></h3>
          ${p.moving.length ? leaseRows(p.moving) : html`<p class="muted">No lease.</p>`}
          ${p.bound.length ? html`<h3>Begin or end here and stay <span class="count">${p.bound.length}</span></h3>${leaseRows(p.bound)}` : nothing}
          ${error ? refusal(error) : nothing}
        </div>
        <footer><button type="button" @click=${closeDialog}>Cancel</button>
          <button type="button" class="main" ?disabled=${busy} @click=${drain}>Drain ${name}</button></footer>`;
    },
  });
}
