(() => {
  "use strict";
  const plots = JSON.parse(document.getElementById("plots").textContent);
  const PALETTE = 8;
  const DASHES = [[], [9, 4], [3, 3], [9, 3, 2, 3]];
  const BORDERS = ["solid", "dashed", "dotted", "dashed"]; // what CSS has of them
  const FONT = "12px system-ui, sans-serif";
  const GROUP = 0.8; // of a category's width is bars
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dash = i => (i + Math.floor(i / PALETTE)) % DASHES.length; // differs where colours repeat
  const color = i => css("--c" + (i % PALETTE));

  const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });
  const number = (v, digits = 9) => {
    if (v == null) return "–";
    const size = Math.abs(v);
    return size > 1e-300 && (size < 1e-4 || size >= 10 ** digits)
      ? String(Number(v.toPrecision(5)).toExponential()).replace("e+", "e")
      : plain.format(size > 1e-300 ? v : 0);
  };
  const width = (u, text) => {
    u.ctx.font = FONT;
    return u.ctx.measureText(text).width; // the font has CSS pixels, without uPlot's ratio
  };

  // Of a logarithmic axis: decades, or 1, 2, 5 where there are few.
  const isLog = (u, i) => u.scales[u.axes[i].scale].distr === 3;
  const digit = v => +(v / 10 ** Math.floor(Math.log10(v) + 1e-9)).toFixed(3);
  const marked = (u, splits, i) => {
    if (!isLog(u, i)) return splits;
    const decades = Math.log10(splits[splits.length - 1] / splits[0]);
    const every = Math.ceil(decades / 8);
    const wanted = decades > 2
      ? v => digit(v) === 1 && Math.round(Math.log10(v)) % every === 0
      : v => [1, 2, 5].includes(digit(v));
    return splits.map(v => (wanted(v) ? v : null));
  };

  const axis = (label, more) => ({
    label, labelFont: FONT, font: FONT, labelSize: 22, labelGap: 2, gap: 5,
    stroke: css("--muted"), grid: { stroke: css("--line"), width: 1, filter: marked }, filter: marked,
    ticks: { stroke: css("--line"), width: 1, size: 5 },
    values: (u, splits) => splits.map(v => (v == null ? "" : number(v, 6))),
    ...more,
  });
  const yAxis = y => axis(y.label, {
    size: (u, values, i, cycle) => {
      const wanted = Math.ceil(14 + Math.max(0, ...(values || []).map(v => width(u, v))));
      return cycle > 1 ? Math.max(u.axes[i]._size, wanted) : wanted; // else it may never settle
    },
  });
  const firstDigit = (v, round) => {
    const decade = 10 ** Math.floor(Math.log10(v) + 1e-9);
    return round(+(v / decade).toFixed(6)) * decade;
  };
  const xRange = log => (u, low, high) => {
    if (low == null || high - low > 1e-9 * Math.abs(high)) {
      return log && low != null ? [firstDigit(low, Math.floor), firstDigit(high, Math.ceil)] : [low, high];
    }
    return log ? [low / 2, high * 2] : [low - (Math.abs(low) / 2 || 1), high + (Math.abs(high) / 2 || 1)];
  };
  const scale = a => (a.log ? { distr: 3 } : {});

  // Series have their own x: at another's, a curve's value is the one before, or the one nearer.
  const nearest = (u, s, i, x) => {
    const ys = u.data[s], xs = u.data[0];
    if (s === 0 || ys[i] !== undefined) return i;
    let left = i, right = i;
    while (left >= 0 && ys[left] === undefined) left--;
    while (right < ys.length && ys[right] === undefined) right++;
    if (left < 0 || right >= ys.length) return i;
    return u.series[s].step || x - xs[left] <= xs[right] - x ? left : right;
  };

  const curves = plot => ({
    data: uPlot.join(plot.series.map(s => [s.x, s.y])),
    options: {
      scales: {
        x: { time: false, ...scale(plot.x), range: xRange(plot.x.log) },
        y: { ...scale(plot.y), ...(plot.y.to ? { range: [plot.y.from, plot.y.to] } : {}) },
      },
      axes: [axis(plot.x.label, { space: 60, size: 28 }), yAxis(plot.y)],
      cursor: { dataIdx: nearest },
      legend: { markers: { width: 3, dash: (u, i) => BORDERS[dash(i - 1)] } },
      series: [
        { label: plot.x.label, value: (u, v) => number(v) },
        ...plot.series.map((s, i) => ({
          label: s.name, step: s.step, stroke: color(i), width: 2, dash: DASHES[dash(i)],
          paths: s.step ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
          points: { show: s.x.length === 1 || (!s.step && s.x.length <= 40), size: 6 },
          value: (u, v) => number(v),
        })),
      ],
    },
  });

  const wrap = (u, text, room) => {
    const lines = [];
    for (const word of text.split(/(?<=-)|\s+/)) {
      const last = lines.length - 1;
      const glued = last < 0 ? word : lines[last] + (lines[last].endsWith("-") ? "" : " ") + word;
      if (last >= 0 && width(u, glued) <= room) lines[last] = glued;
      else lines.push(word);
    }
    return lines;
  };

  const bars = plot => {
    const n = plot.categories.length, k = plot.series.length;
    const boxes = new Map(); // uPlot keeps paths: what did not change is not told again
    const room = u => (u.over.clientWidth || u.width) / n - 8;
    const wrapped = u => plot.categories.map(c => wrap(u, c, room(u)));
    const fits = u => wrapped(u).flat().every(line => width(u, line) <= room(u));
    const short = plot.categories.map(c => (c.length > 16 ? c.slice(0, 9) + "…" + c.slice(-6) : c));
    const bar = i => uPlot.paths.bars({
      disp: {
        x0: { unit: 2, values: () => plot.categories.map((_, c) => (c + (1 - GROUP) / 2 + (GROUP * i) / k) / n) },
        size: { unit: 2, values: () => plot.categories.map(() => (GROUP / k / n) * 0.92) },
      },
      each: (u, s, c, left, top, wide) => boxes.set(s + "/" + c, { s, c, x: left + wide / 2, top, wide }),
    });
    return {
      data: [plot.categories.map((_, c) => c), ...plot.series.map(s => s.y)],
      options: {
        scales: {
          x: { time: false, range: [-0.5, n - 0.5] },
          y: plot.y.log ? { distr: 3 } : { range: (u, low, high) => uPlot.rangeNum(Math.min(0, low), Math.max(0, high), 0.1, true) },
        },
        axes: [
          axis(null, { grid: { show: false }, ticks: { show: false },
            splits: () => plot.categories.map((_, c) => c),
            values: u => (fits(u) ? wrapped(u).map(lines => lines.join("\n")) : short),
            rotate: u => (fits(u) ? 0 : 40),
            size: u => fits(u)
              ? 12 + 18 * Math.max(1, ...wrapped(u).map(lines => lines.length))
              : 20 + 0.65 * Math.max(...short.map(c => width(u, c))),
          }),
          yAxis(plot.y),
        ],
        cursor: { points: { show: false }, drag: { x: false, y: false }, y: false },
        legend: { markers: { width: 0 } },
        series: [
          { label: "category", value: (u, v) => plot.categories[v] ?? "–" },
          ...plot.series.map((s, i) => ({
            label: s.name, stroke: color(i), fill: color(i), width: 0, paths: bar(i),
            points: { show: false }, value: (u, v) => number(v),
          })),
        ],
        hooks: {
          draw: [u => {
            u.ctx.save();
            u.ctx.font = FONT.replace("12px", 11 * devicePixelRatio + "px");
            u.ctx.fillStyle = css("--fore");
            u.ctx.textAlign = "center";
            u.ctx.textBaseline = "bottom";
            const shown = [...boxes.values()].filter(b => u.series[b.s].show)
              .map(b => ({ ...b, text: number(u.data[b.s][b.c]) }));
            if (shown.every(b => u.ctx.measureText(b.text).width <= b.wide * 1.15)) {
              shown.forEach(b => u.ctx.fillText(b.text, b.x, b.top - 2));
            }
            u.ctx.restore();
          }],
        },
      },
    };
  };

  const drawn = new Map();
  const size = box => ({ width: box.clientWidth, height: box.clientWidth < 560 ? 260 : 340 });
  const draw = box => {
    drawn.get(box)?.destroy();
    const plot = plots[Number(box.dataset.plot)];
    if (!plot.series.some(s => s.y.some(v => v !== null))) return;
    const { data, options } = (plot.kind === "bars" ? bars : curves)(plot);
    box.classList.toggle("bars", plot.kind === "bars");
    drawn.set(box, new uPlot({ ...size(box), padding: [10, 14, 0, 0], ...options }, data, box));
  };
  const all = [...document.querySelectorAll("[data-plot]")];
  all.forEach(draw);
  const resized = new ResizeObserver(entries => entries.forEach(e => {
    const u = drawn.get(e.target);
    if (u && u.width !== e.target.clientWidth) u.setSize(size(e.target));
  }));
  all.forEach(box => resized.observe(box));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all.forEach(draw));
})();
