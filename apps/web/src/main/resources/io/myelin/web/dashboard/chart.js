/** Lines over time, by uPlot. */
import uPlot from './webjars/uplot/dist/uPlot.esm.js';
import {Directive, directive} from './webjars/lit-html/directive.js';
import {noChange, html} from './webjars/lit-html/lit-html.js';

/** Colours of series; the second is dashed, too, for people who see few colours. */
const HEIGHT = 120;
const SERIES = ['--series-1', '--series-2'];

/**
 * @typedef {object} Chart
 * @property {string} label what it shows, for people who cannot see it
 * @property {string[]} names of series
 * @property {number[]} times seconds since 1970
 * @property {(number|null)[][]} values of each series
 * @property {(v: number) => string} unit writes a value
 * @property {number} [height] pixels
 * @property {number} [least] the axis reaches at least so far up
 */

class ChartDirective extends Directive {
  render() {
    return noChange;
  }

  update(part, [chart]) {
    this.chart = chart;
    if (this.box !== part.element) {
      this.box = part.element;
      this.plot?.destroy();
      this.plot = undefined;
      this.resizing?.disconnect();
      // Called when the box is in the page, which it may not be yet, and has a size.
      this.resizing = new ResizeObserver(() => this.#resized());
      this.resizing.observe(this.box);
    } else if (this.plot) {
      this.#draw();
    }
    return noChange;
  }

  #resized() {
    if (!this.box.clientWidth) {
      return;
    }
    if (this.plot) {
      this.plot.setSize({width: this.box.clientWidth, height: this.chart.height ?? HEIGHT});
    } else {
      this.#draw();
    }
  }

  #draw() {
    const {chart, box} = this;
    const theme = document.documentElement.dataset.theme + matchMedia('(prefers-color-scheme: dark)').matches;
    const key = JSON.stringify([chart.names, theme, chart.least]);
    const data = [chart.times, ...chart.values];
    if (this.plot && this.key === key) {
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.key = key;
    this.plot = new uPlot(options(chart, box), data, box);
  }
}

/** A time of day as the rest of the page writes it. */
function clock(seconds, exact) {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', exact ? {} : {hour: '2-digit', minute: '2-digit'});
}

function options(chart, box) {
  const css = getComputedStyle(box);
  const of = name => css.getPropertyValue(name).trim();
  const probe = document.createElement('span');
  box.append(probe);
  const colour = name => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const axis = {stroke: colour('--muted'), grid: {stroke: colour('--line'), width: 1}, ticks: {show: false}, font: `11px ${of('--font') || 'system-ui'}`};
  const least = chart.least ?? 0;
  const result = {
    width: Math.max(200, box.clientWidth),
    height: chart.height ?? HEIGHT,
    legend: {show: false},
    cursor: {y: false, points: {size: 6}},
    scales: {x: {time: true}, y: {range: (u, min, max) => [0, Math.max(least, (max ?? 0) * 1.05)]}},
    axes: [
      {...axis, size: 26, space: 80, values: (u, splits, i, space, step) => splits.map(t => clock(t, step < 60))},
      {...axis, size: 62, space: 26, values: (u, splits) => splits.map(chart.unit)},
    ],
    series: [
      {},
      ...chart.names.map((label, i) => ({
        label,
        stroke: colour(SERIES[i]),
        width: 1.6,
        dash: i === 1 ? [6, 3] : undefined,
        points: {show: false},
        spanGaps: true,
      })),
    ],
  };
  probe.remove();
  return result;
}

const draws = directive(ChartDirective);

/** @param {Chart} chart */
export function chart(c) {
  const last = c.values.map((v, i) => `${c.names[i]} ${v.length ? c.unit(v.at(-1) ?? 0) : 'not known'}`).join(', ');
  return html`<figure class="chart">
    <figcaption>${c.names.map((n, i) => html`<span class="key key-${i + 1}">${n}</span>`)}</figcaption>
    <div class="plot" role="img" aria-label="${c.label}, now: ${last}" ${draws(c)}></div>
  </figure>`;
}
