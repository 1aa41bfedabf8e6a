/** Which leases use which links. */
import {fabric, leases} from '../store.js';

const OVER = new Set(['LEASE_STATE_RELEASED', 'LEASE_STATE_EXPIRED', 'LEASE_STATE_FAILED']);

/** Whether a lease still holds something. */
export const lives = lease => !OVER.has(lease.state);

/** @param {any} lease */
export const linksOfLease = lease => (lease.paths ?? []).flatMap(p => (p.links ?? []).map(l => l.link));

/**
 * Living leases whose path has one of these links.
 *
 * @param {string[]} links
 */
export function useOf(links) {
  const wanted = new Set(links);
  return [...leases.values()].filter(l => lives(l) && linksOfLease(l).some(n => wanted.has(n)));
}

/**
 * What a drain would take out of use, and whom it would move. The node has no dry run of it: this is
 * what follows from the paths that leases have now.
 *
 * @param {{device?: string, link?: string}} target
 */
export function drainPreview(target) {
  const of = port => port.slice(0, port.lastIndexOf('/'));
  const all = [...fabric.links.values()];
  let links;
  if (target.device) {
    links = all.filter(l => (of(l.from) === target.device || of(l.to) === target.device) && !fabric.endpoints.has(l.from) && !fabric.endpoints.has(l.to));
  } else {
    const l = fabric.links.get(target.link);
    links = all.filter(x => x === l || (x.from === l?.to && x.to === l?.from));
  }
  const names = new Set(links.map(l => l.name));
  const using = useOf([...names]);
  const bound = using.filter(l => {
    const ends = [l.source, l.destination];
    return target.device
      ? ends.some(e => fabric.endpoints.get(e)?.device === target.device)
      : links.some(x => ends.includes(x.from) || ends.includes(x.to));
  });
  const moving = using.filter(l => !bound.includes(l));
  return {links: [...names], moving, bound, reservedBps: links.reduce((sum, l) => sum + Number(l.reservedBps ?? 0), 0)};
}
