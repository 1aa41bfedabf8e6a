/** Makes, changes and releases leases; a check without effect comes before each change. */
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {patch, post} from '../api.js';
import {leaf, parseRate, rate, rateText, tenantOf} from '../format.js';
import {caller, fabric, tenants} from '../store.js';
import {closeDialog, facts, field, fill, openDialog, pathFacts, redraw, refusal, say, suggesting} from '../ui.js';

const hosts = fill(() => fabric.endpoints.keys());

/** A text field is read as a rate; what it is not, is said at the field. */
export function rateOf(form, name) {
  const input = form.elements[name];
  const bps = parseRate(input.value);
  input.setCustomValidity(input.value && Number.isNaN(bps) ? 'a rate, such as 10M or 25G' : '');
  return bps;
}

/** @returns {string[]} tenants in whose name the caller may ask */
export function ownTenants() {
  return caller?.tenant ? [leaf(caller.tenant)] : tenants.map(t => leaf(t.name));
}

/**
 * A form whose first button checks and whose second does it, with what was checked.
 *
 * @param {object} o
 * @param {string} o.title
 * @param {(use: (name: string, bps: number) => void) => unknown} o.fields
 * @param {(form: HTMLFormElement) => object|null} o.read what to send; null: the form is not valid
 * @param {(request: any) => Promise<any>} o.check
 * @param {(request: any) => Promise<any>} o.commit
 * @param {(answer: any) => unknown} o.preview
 * @param {(answer: any) => void} o.done
 * @param {string} o.verb
 * @param {string} [o.bandwidth] field that an offer of bandwidth goes to
 */
export function checkedForm(o) {
  let request = null;
  let answer = null;
  let error = null;
  let busy = false;
  const attempt = async (how, then) => {
    busy = true;
    error = null;
    redraw();
    try {
      then(await how(request));
    } catch (e) {
      error = e;
      answer = null;
    }
    busy = false;
    redraw();
    requestAnimationFrame(() => document.querySelector('dialog .outcome')?.scrollIntoView({block: 'nearest'}));
  };
  const submit = async e => {
    e.preventDefault();
    const form = e.target;
    const next = o.read(form);
    if (!form.reportValidity() || !next) {
      return;
    }
    if (answer && JSON.stringify(next) === JSON.stringify(request)) {
      await attempt(o.commit, made => {
        closeDialog();
        o.done(made);
      });
    } else {
      request = next;
      await attempt(o.check, a => {
        answer = a;
      });
    }
  };
  const changed = () => {
    answer = null;
    error = null;
    redraw();
  };
  const use = bps => {
    const form = document.querySelector('dialog form');
    form.elements[o.bandwidth].value = rateText(bps);
    changed();
    form.requestSubmit();
  };
  const show = path => {
    closeDialog();
    location.hash = '#/fabric?' + (path.links ?? []).map(l => 'via=' + encodeURIComponent(l.link)).join('&');
  };
  openDialog({
    title: o.title,
    body: () => html`<form @submit=${submit} @input=${changed} novalidate>
      <div class="body">${o.fields()}
        <div class="outcome" aria-live="polite">
          ${error ? refusal(error, {use: o.bandwidth ? use : undefined, show}) : nothing}
          ${answer ? html`<div class="preview"><p class="lead"><span aria-hidden="true">✓</span> <strong>It would be granted.</strong> Nothing was changed yet.</p>${o.preview(answer)}</div>` : nothing}
        </div></div>
      <footer><button type="button" @click=${closeDialog}>Cancel</button>
        <button type="submit" class="main" ?disabled=${busy}>${answer ? o.verb : 'Check'}</button></footer>
    </form>`,
  });
}

const OBJECTIVES = [['OBJECTIVE_LATENCY', 'latency'], ['OBJECTIVE_COST', 'cost'], ['OBJECTIVE_BALANCED', 'balance of both and load']];
const PROTECTION = [['', 'none'], ['SCOPE_LINK', 'against a cable'], ['SCOPE_NODE', 'against a switch'], ['SCOPE_SRLG', 'against a shared risk']];

export const options = (all, chosen) => all.map(([value, text]) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`);

function granted({lease}) {
  return html`${facts([['Bandwidth', rate(lease.bandwidthBps)]])}${pathFacts(lease.paths?.[0])}${lease.backup ? html`<h3>Backup</h3>${pathFacts(lease.backup)}` : nothing}`;
}

/** Asks for what a new lease should be. */
export function createLease() {
  const all = ownTenants();
  checkedForm({
    title: 'New lease',
    verb: 'Create lease',
    bandwidth: 'bandwidth',
    fields: () => html`<div class="grid">
      ${field('Tenant', html`<select name="tenant">${options(all.map(t => [t, t]), all[0])}</select>`)}
      ${field('Name', html`<input name="id" pattern="[a-z]([a-z0-9\\-]{0,61}[a-z0-9])?" autocomplete="off" placeholder="chosen by the node">`)}
      ${field('From', suggesting('source', '', hosts, 'host NIC'))}
      ${field('To', suggesting('destination', '', hosts, 'host NIC'))}
      ${field('Bandwidth', html`<input name="bandwidth" aria-describedby="hint-bandwidth" required autocomplete="off" placeholder="10M">`, 'bits per second of Ethernet frames, such as 400M or 25G', 'bandwidth')}
      ${field('Path chosen for', html`<select name="objective">${options(OBJECTIVES, 'OBJECTIVE_LATENCY')}</select>`)}
      ${field('Backup', html`<select name="protection">${options(PROTECTION, '')}</select>`)}
      ${field('Latency at most', html`<input name="latency" aria-describedby="hint-latency" type="number" min="0" step="any" autocomplete="off">`, 'µs; empty: any', 'latency')}
      ${field('Ends after', html`<input name="ttl" aria-describedby="hint-ttl" type="number" min="1" step="1" autocomplete="off">`, 'minutes; empty: never by itself', 'ttl')}
    </div>`,
    read: form => {
      const bps = rateOf(form, 'bandwidth');
      const v = name => form.elements[name].value.trim();
      return {
        parent: `tenants/${v('tenant')}`,
        id: v('id'),
        lease: {
          source: v('source'),
          destination: v('destination'),
          bandwidthBps: String(bps),
          objective: v('objective'),
          ...(v('protection') ? {protection: [v('protection')]} : {}),
          ...(v('latency') ? {constraints: {maxLatencyNs: String(Math.round(Number(v('latency')) * 1000))}} : {}),
          ...(v('ttl') ? {ttl: `${Number(v('ttl')) * 60}s`} : {}),
        },
      };
    },
    check: r => post(`/v1/${r.parent}/leases`, r.lease, {leaseId: r.id, validateOnly: true}),
    commit: r => post(`/v1/${r.parent}/leases`, r.lease, {leaseId: r.id, requestId: crypto.randomUUID?.() ?? String(Math.random())}),
    preview: granted,
    done: ({lease}) => {
      say(`Lease ${leaf(lease.name)} was created.`);
      location.hash = `#/leases?name=${encodeURIComponent(lease.name)}`;
    },
  });
}

/** @param {any} lease */
export function updateLease(lease) {
  checkedForm({
    title: `Change ${leaf(lease.name)}`,
    verb: 'Change lease',
    bandwidth: 'bandwidth',
    fields: () => html`<p>The path may change; the new one is programmed before the old one is given up.</p><div class="grid">
      ${field('Bandwidth', html`<input name="bandwidth" aria-describedby="hint-bandwidth" required autocomplete="off" value=${rateText(lease.bandwidthBps)}>`, 'bits per second', 'bandwidth')}
      ${field('Burst up to', html`<input name="burst" aria-describedby="hint-burst" autocomplete="off" value=${lease.burstBandwidthBps && lease.burstBandwidthBps !== '0' ? rateText(lease.burstBandwidthBps) : ''}>`, 'while there is room; empty: never more', 'burst')}
    </div>`,
    read: form => ({
      name: lease.name,
      etag: lease.etag,
      bandwidthBps: String(rateOf(form, 'bandwidth')),
      burstBandwidthBps: form.elements.burst.value ? String(rateOf(form, 'burst')) : '0',
    }),
    check: r => patch(`/v1/${r.name}`, r, {updateMask: 'bandwidthBps,burstBandwidthBps', validateOnly: true}),
    commit: r => patch(`/v1/${r.name}`, r, {updateMask: 'bandwidthBps,burstBandwidthBps'}),
    preview: granted,
    done: a => say(`Lease ${leaf(a.lease.name)} has ${rate(a.lease.bandwidthBps)} now.`),
  });
}

/**
 * Asks before something is given back.
 *
 * @param {string} kind lease or job
 * @param {any} thing
 * @param {unknown} what is lost by it
 */
export function confirmRelease(kind, thing, what) {
  let error = null;
  let busy = false;
  const release = async () => {
    busy = true;
    redraw();
    try {
      await post(`/v1/${thing.name}:release`, {etag: thing.etag});
      closeDialog();
      say(`The ${kind} ${leaf(thing.name)} was released.`);
    } catch (e) {
      error = e;
      busy = false;
      redraw();
    }
  };
  openDialog({
    title: `Release ${leaf(thing.name)}`,
    body: () => html`<div class="body">${what}${error ? refusal(error) : nothing}</div>
      <footer><button type="button" @click=${closeDialog}>Cancel</button>
        <button type="button" class="danger" ?disabled=${busy} @click=${release}>Release ${kind}</button></footer>`,
  });
}

/** @param {any} lease */
export function releaseLease(lease) {
  confirmRelease(
    'lease',
    lease,
    html`<p>${rate(lease.bandwidthBps)} from ${lease.source} to ${lease.destination} of ${tenantOf(lease.name)} are given back. Its packets go on without a reservation.</p>${pathFacts(lease.paths?.[0])}`,
  );
}
