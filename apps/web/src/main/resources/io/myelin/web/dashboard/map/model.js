/**
 * The fabric as a graph for drawing. Two links of opposite directions between the same ports are
 * one cable. Zoomed out, neighbouring switches of a tier become one cell and the cables between two
 * cells one bundle, which shows its hottest link.
 */
import {DOWN, DRAINED} from '../store.js';
import {layout} from './layout.js';

const deviceOf = port => port.slice(0, port.lastIndexOf('/'));

/**
 * @typedef {{a: number, b: number, links: string[], numbers: number[]}} Cable a and b: numbers of switches
 * @typedef {{a: number, b: number, cables: number[]}} Bundle a and b: numbers of cells
 * @typedef {{x: number, y: number, tier: number, role: string, members: number[]}} Cell
 * @typedef {{cells: Cell[], bundles: Bundle[], cellOf: Int32Array}} Level
 */
export class Model {
  /** @param {typeof import('../store.js').fabric} fabric */
  constructor(fabric) {
    this.fabric = fabric;
    const devices = [...fabric.devices.values()];
    this.index = new Map(devices.map((d, i) => [d.name, i]));
    /** @type {Cable[]} */
    this.cables = [];
    /** @type {Map<string, number>} */
    this.cableOf = new Map();
    /** @type {{name: string, node: number, slot: number, links: string[], numbers: number[]}[]} */
    this.hosts = [];
    this.hostIndex = new Map();
    this.hostsOf = devices.map(() => []);
    this.#readLinks(fabric);
    this.layout = layout(devices, this.cables.map(c => [c.a, c.b]));
    this.nodes = this.layout.nodes;
    /** @type {Map<number, Level>} */
    this.levels = new Map();
  }

  #readLinks(fabric) {
    const byPorts = new Map();
    for (const e of fabric.endpoints.values()) {
      const node = this.index.get(e.device);
      if (node !== undefined) {
        const host = {name: e.name, node, slot: this.hostsOf[node].length, links: [], numbers: []};
        this.hostIndex.set(e.name, this.hosts.length);
        this.hostsOf[node].push(this.hosts.length);
        this.hosts.push(host);
      }
    }
    for (const l of fabric.links.values()) {
      const number = fabric.number.get(l.name);
      const host = this.hostIndex.get(l.from) ?? this.hostIndex.get(l.to);
      if (host !== undefined) {
        this.hosts[host].links.push(l.name);
        this.hosts[host].numbers.push(number);
        continue;
      }
      const a = this.index.get(deviceOf(l.from));
      const b = this.index.get(deviceOf(l.to));
      if (a === undefined || b === undefined) {
        continue;
      }
      const opposite = byPorts.get(l.to + '>' + l.from);
      if (opposite === undefined) {
        byPorts.set(l.from + '>' + l.to, this.cables.length);
        this.cableOf.set(l.name, this.cables.length);
        this.cables.push({a, b, links: [l.name], numbers: [number]});
      } else {
        this.cableOf.set(l.name, opposite);
        this.cables[opposite].links.push(l.name);
        this.cables[opposite].numbers.push(number);
      }
    }
  }

  /** What is wrong with some links, as flags. */
  flags(numbers) {
    let flags = 0;
    for (const n of numbers) {
      flags |= this.fabric.flags[n];
    }
    return flags;
  }

  /**
   * How hot the hottest of some links is.
   *
   * @param {number[]} numbers of links
   * @param {'utilisation'|'reserved'} by
   * @returns {number} a share of capacity; -1: not known
   */
  heat(numbers, by) {
    const values = this.fabric[by];
    let heat = -1;
    for (const n of numbers) {
      if (values[n] > heat) {
        heat = values[n];
      }
    }
    return heat;
  }

  /**
   * The picture in which cells are 2^n steps wide.
   *
   * @param {number} n
   * @returns {Level} 0: every switch by itself
   */
  level(n) {
    let level = this.levels.get(n);
    if (!level) {
      level = n === 0 ? this.#single() : this.#aggregated(n);
      this.levels.set(n, level);
    }
    return level;
  }

  #single() {
    const cells = this.nodes.map((d, i) => ({x: d.x, y: d.y, tier: d.tier, role: d.role, members: [i]}));
    return this.#bundled(cells, Int32Array.from(cells.keys()));
  }

  #aggregated(n) {
    const size = 40 * 2 ** n;
    const byKey = new Map();
    const cells = [];
    const cellOf = new Int32Array(this.nodes.length);
    this.nodes.forEach((d, i) => {
      const row = this.layout.rows ? '' : Math.floor(d.y / size);
      const key = `${d.tier},${Math.floor(d.x / size)},${row}`;
      let c = byKey.get(key);
      if (c === undefined) {
        c = cells.length;
        byKey.set(key, c);
        cells.push({x: 0, y: 0, tier: d.tier, role: d.role, members: []});
      }
      cells[c].members.push(i);
      cellOf[i] = c;
    });
    for (const c of cells) {
      c.x = c.members.reduce((sum, i) => sum + this.nodes[i].x, 0) / c.members.length;
      c.y = c.members.reduce((sum, i) => sum + this.nodes[i].y, 0) / c.members.length;
    }
    return this.#bundled(cells, cellOf);
  }

  #bundled(cells, cellOf) {
    const byPair = new Map();
    const bundles = [];
    this.cables.forEach((cable, i) => {
      const a = cellOf[cable.a];
      const b = cellOf[cable.b];
      if (a === b) {
        return;
      }
      const key = a < b ? a * cells.length + b : b * cells.length + a;
      let bundle = byPair.get(key);
      if (!bundle) {
        bundle = {a, b, cables: []};
        byPair.set(key, bundle);
        bundles.push(bundle);
      }
      bundle.cables.push(i);
    });
    return {cells, bundles, cellOf};
  }

  /**
   * Heat and flags of each bundle of a level, and how many of its cables are down or drained.
   *
   * @param {Level} level
   * @param {'utilisation'|'reserved'} by
   * @returns {{heat: number, flags: number, down: number, drained: number}[]}
   */
  states(level, by) {
    return level.bundles.map(bundle => {
      let heat = -1;
      let flags = 0;
      let down = 0;
      let drained = 0;
      for (const i of bundle.cables) {
        const numbers = this.cables[i].numbers;
        const f = this.flags(numbers);
        flags |= f;
        down += f & DOWN ? 1 : 0;
        drained += f & DRAINED ? 1 : 0;
        if (!(f & DOWN)) {
          heat = Math.max(heat, this.heat(numbers, by));
        }
      }
      return {heat, flags, down, drained};
    });
  }
}
