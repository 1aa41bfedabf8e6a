/** Lines over time, by uPlot. */
import uPlot from './webjars/uplot/dist/uPlot.esm.js';
import {Directive, directive} from './webjars/lit-html/directive.js';
import {noChange, html} from './webjars/lit-html/lit-html.js';

/** Colours of series, told apart in both themes and by people who see few colours. */
const SERIES = ['--series-1', '--series-2', '--series-3'];

/**
 * @typedef {object} Chart
 * @property {string} label what it shows, for people who cannot see it
 * @property {string[]} names of series
 * @property {number[]} times seconds since 1970
 * @property {(number|null)[][]} values of each series
 * @property {(v: number) => string} unit writes a value
 * @property {number} [height] pixels
 * @property {boolean} [bars]
 * @property {number} [least] the axis reaches at least so far up
 */

class ChartDirective extends Directive {
  render() {
    return noChange;
  }

  update(part, [chart]) {
    const box = part.element;
    const theme = getComputedStyle(document.documentElement).colorScheme + matchMedia('(prefers-color-scheme: dark)').matches;
    const key = JSON.stringify([chart.names, theme, chart.bars, chart.least]);
    const data = [chart.times, ...chart.values];
    if (this.plot && this.key === key && this.box === box) {
      this.plot.setData(data);
      return noChange;
    }
    this.plot?.destroy();
    this.key = key;
    this.box = box;
    const height = chart.height ?? 120;
    this.plot = new uPlot(options(chart, box, height), data, box);
    this.resizing?.disconnect();
    this.resizing = new ResizeObserver(() => box.clientWidth && this.plot.setSize({width: box.clientWidth, height}));
    this.resizing.observe(box);
    return noChange;
  }
}

function options(chart, box, height) {
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
    height,
    legend: {show: false},
    cursor: {y: false, points: {size: 6}},
    scales: {x: {time: true}, y: {range: (u, min, max) => [0, Math.max(least, (max ?? 0) * 1.05)]}},
    axes: [
      {...axis, size: 26, space: 70},
      {...axis, size: 62, space: 26, values: (u, splits) => splits.map(chart.unit)},
    ],
    series: [
      {},
      ...chart.names.map((label, i) => ({
        label,
        stroke: colour(SERIES[i]),
        width: 1.6,
        dash: i === 1 ? [6, 3] : undefined,
        fill: chart.bars ? colour(SERIES[i]) : undefined,
        paths: chart.bars ? uPlot.paths.bars({size: [0.8, 12]}) : undefined,
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
