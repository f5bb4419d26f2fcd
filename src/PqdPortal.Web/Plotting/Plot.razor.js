// Draws a figure of the portal with plotly. This and Plot.razor are the only files that know plotly.
// A figure comes as one fetch from its address; the module draws, resizes, follows light and dark, and cleans up.

let library;
const plotly = () => library ??= window.Plotly ? Promise.resolve(window.Plotly) : new Promise((done, failed) => {
  const script = document.createElement('script');
  script.src = new URL('lib/plotly/plotly.min.js', document.baseURI).href;
  script.onload = () => done(window.Plotly);
  script.onerror = () => { library = undefined; failed(new Error('The drawing library did not load.')); };
  document.head.append(script);
});

const font = "'Inter Variable', Inter, system-ui, sans-serif";
const paper = { ground: '#ffffff', grid: '#e6e9ee', ink: '#16191f', soft: '#555c68',
  data: ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#7F7F7F', '#F0E442'] };
const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot', 'solid', 'dash'];
const symbols = ['circle', 'square', 'diamond', 'triangle-up', 'triangle-down', 'cross', 'x', 'circle-open'];

function screenColours(element) {
  const style = getComputedStyle(element);
  const token = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    ground: token('--plot-ground', paper.ground), grid: token('--plot-grid', paper.grid),
    ink: token('--plot-ink', paper.ink), soft: token('--ink-soft', paper.soft),
    data: paper.data.map((colour, i) => token(`--data-${i + 1}`, colour)),
  };
}

const faded = (hex, opacity) => {
  const n = parseInt(hex.slice(1), 16);
  return `rgba(${n >> 16}, ${n >> 8 & 255}, ${n & 255}, ${opacity})`;
};

// Numbers as the pages write them: digits by the uncertainty, thin spaces in thousands, a real minus.
function digits(value, decimals) {
  const [whole, rest] = Math.abs(value).toFixed(Math.min(decimals, 12)).split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
  return (value < 0 ? '\u2212' : '') + spaced + (rest ? '.' + rest : '');
}
function plain(value, significant = 4) {
  if (value === null || value === undefined) return 'none';
  if (value === 0) return '0';
  const power = Math.floor(Math.log10(Math.abs(value)));
  if (power >= 7 || power <= -5) {
    return `${(value / 10 ** power).toFixed(significant - 1).replace('-', '\u2212')} × 10<sup>${String(power).replace('-', '\u2212')}</sup>`;
  }
  const text = digits(value, Math.max(0, significant - 1 - power));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
function withSigma(value, sigma) {
  if (value === null || value === undefined) return 'none';
  if (!(sigma > 0)) return plain(value);
  const power = Math.floor(Math.log10(sigma));
  const decimals = Math.max(0, (sigma / 10 ** power < 2.95 ? 1 : 0) - power);
  return `${digits(value, decimals)} ± ${digits(sigma, decimals)}`;
}
const united = (text, unit) => unit ? `${text} ${unit}` : text;
const titled = axis => axis.unit ? `${axis.name} (${axis.unit})` : axis.name;

// The largest value on an axis.
function largest(figure, axis) {
  let most = 0;
  for (const group of figure.groups) {
    for (const list of axis === figure.x ? [group.x] : group.series.filter(series => !!series.strip === (axis === figure.strip)).flatMap(series => series.high ? [series.y, series.high] : [series.y])) {
      for (const value of list) if (Math.abs(value) > most) most = Math.abs(value);
    }
  }
  return most;
}

// Cells side by side, a colour each; those that are not there show the ground.
function map(x, series, figure, colours, size, brief) {
  const places = list => [...new Set(list)].sort((a, b) => a - b);
  const [xs, ys] = [places(x), places(series.y)];
  const rows = ys.map(() => xs.map(() => null)), words = ys.map(() => xs.map(() => ''));
  const [column, row] = [new Map(xs.map((value, i) => [value, i])), new Map(ys.map((value, i) => [value, i]))];
  series.z.forEach((value, i) => {
    const [r, c] = [row.get(series.y[i]), column.get(x[i])];
    rows[r][c] = value;
    words[r][c] = `${figure.x.name} ${united(plain(x[i]), figure.x.unit)}, ${figure.y.name} ${united(plain(series.y[i]), figure.y.unit)}: ${series.name} ${united(plain(value), series.zAxis.unit)}`;
  });
  return { type: 'heatmap', x: xs, y: ys, z: rows, text: words, hovertemplate: '%{text}<extra></extra>', colorscale: 'Viridis', showscale: !brief, name: series.name,
    colorbar: { thickness: 10, outlinewidth: 0, title: { text: titled(series.zAxis), side: 'right', font: { size } }, tickfont: { size }, tickcolor: colours.soft } };
}

// Translates a figure into plotly's traces and layout.
function drawing(figure, colours, { small, narrow, frozen, width }) {
  const size = small || narrow ? 11 : 13;
  const traces = [];
  const named = figure.groups.flatMap(group => group.series).filter(series => !series.strip);
  const dataSeries = named.filter(series => series.mark === 'steps' || series.mark === 'points').length;
  for (const group of figure.groups) {
    for (const series of group.series) {
      const colour = series.colour === undefined ? colours.ink : colours.data[series.colour % 8];
      const common = { type: 'scatter', x: group.x, xaxis: 'x', yaxis: series.strip ? 'y2' : 'y', name: series.name, legendgroup: series.name };
      if (series.mark === 'cells') { traces.push(map(group.x, series, figure, colours, size, small || narrow)); continue; }
      const shape = series.mark === 'steps' ? 'hvh' : 'linear';
      if (series.low && series.high && series.mark !== 'band') {
        const edge = { ...common, mode: 'lines', line: { width: 0, shape }, hoverinfo: 'skip', showlegend: false };
        traces.push({ ...edge, y: series.low, connectgaps: true }, { ...edge, y: series.high, connectgaps: true, fill: 'tonexty', fillcolor: faded(colour, 0.2) });
      }
      const axis = series.strip ? figure.strip : figure.y;
      const text = series.y.map((value, i) => {
        const said = united(withSigma(value, series.sigma?.[i]), series.strip ? 'σ' : axis.unit);
        const events = series.events?.[i];
        return `${series.name} ${said}` + (events === null || events === undefined ? '' : `, ${plain(events, 9)} ${series.eventName}`);
      });
      const hover = { text, hovertemplate: '%{text}<extra></extra>', showlegend: named.length > 1 && !series.strip };
      if (series.mark === 'band') {
        const edge = { ...common, mode: 'lines', line: { width: 1, color: colour, dash: 'dot' }, hoverinfo: 'skip' };
        traces.push({ ...edge, y: series.low, showlegend: hover.showlegend }, { ...edge, y: series.high, showlegend: false });
      } else if (series.mark === 'line') {
        traces.push({ ...common, ...hover, y: series.y, mode: 'lines', line: { width: figure.whole ? 1.2 : 2, color: colour } });
      } else if (series.mark === 'steps') {
        traces.push({ ...common, ...hover, y: series.y, mode: 'lines',
          line: { width: 1.5, color: colour, shape, dash: dataSeries > 1 ? dashes[series.colour % 8] : 'solid' } });
      } else {
        traces.push({ ...common, ...hover, y: series.y, mode: 'markers',
          marker: { size: series.strip ? 3 : 5, color: colour, symbol: symbols[(series.colour ?? 0) % 8] } });
      }
    }
  }

  const axis = of => ({
    title: { text: titled(of), standoff: 8, font: { size } }, type: of.log ? 'log' : 'linear', color: colours.ink,
    gridcolor: colours.grid, gridwidth: 1, zeroline: false, showline: false, ticks: '', ticklabelstandoff: 4, tickfont: { size }, automargin: true,
    // Counts with k on axes; small numbers keep powers of ten.
    exponentformat: largest(figure, of) >= 5e3 ? 'SI' : 'power', minexponent: 3, separatethousands: true, nticks: small || narrow ? 5 : 8,
    rangemode: of.fromZero ? 'tozero' : 'normal',
  });
  const line = (at, ref) => ({ type: 'line', xref: 'paper', x0: 0, x1: 1, yref: ref, y0: at, y1: at, layer: 'between', line: { width: 1, dash: 'dash', color: colours.soft } });
  // On a logarithmic axis plotly places lines by the value and words by its logarithm.
  const shapes = figure.levels.map(level => line(level.at, 'y'));
  const words = figure.levels.map(level => ({
    xref: 'paper', x: 1, xanchor: 'right', yref: 'y', y: figure.y.log ? Math.log10(level.at) : level.at, yanchor: 'bottom',
    text: narrow && level.brief || level.words, showarrow: false, font: { size: size - 1, color: colours.soft }, bgcolor: faded(colours.ground, 0.75), borderpad: 1,
  }));
  if (figure.strip) shapes.push({ ...line(0, 'y2'), line: { width: 1, color: colours.soft } });
  const legend = named.length > 1;
  // Names that do not fit in one row need room for more.
  const rows = Math.ceil(named.reduce((sum, series) => sum + 46 + 0.58 * size * series.name.length, 0) / Math.max(200, (width ?? 720) - 60));
  const layout = {
    paper_bgcolor: colours.ground, plot_bgcolor: colours.ground, font: { family: font, size, color: colours.ink },
    margin: { l: narrow || small ? 44 : 60, r: 12, t: legend ? 12 + 18 * Math.max(1, rows) : 10, b: narrow || small ? 40 : 48, pad: 0 },
    xaxis: { ...axis(figure.x), anchor: figure.strip ? 'y2' : 'y', rangemode: 'normal' },
    yaxis: { ...axis(figure.y), domain: figure.strip ? [0.26, 1] : [0, 1] },
    shapes, annotations: words, showlegend: legend,
    legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1, yanchor: 'bottom', font: { size }, bgcolor: 'rgba(0,0,0,0)', itemsizing: 'trace', tracegroupgap: 4 },
    hovermode: named.some(series => series.mark === 'cells') ? 'closest' : 'x', hoverlabel: { bgcolor: colours.ground, bordercolor: colours.grid, font: { family: font, size: 12, color: colours.ink }, namelength: -1 },
    dragmode: frozen || matchMedia('(pointer: coarse)').matches ? false : 'zoom', separators: '.\u202f',
  };
  if (figure.whole) {
    // It is looked at along time alone, and never beyond its ends. Plotly writes into the range that it is given.
    Object.assign(layout.xaxis, { range: [...(figure.window ?? figure.whole)], autorange: false, minallowed: figure.whole[0], maxallowed: figure.whole[1] });
    layout.yaxis.fixedrange = !frozen;
  }
  layout.xaxis.hoverformat = figure.x.log ? '.4r' : '.5~r';
  layout.xaxis.ticksuffix = '';
  if (figure.strip) layout.yaxis2 = { ...axis(figure.strip), domain: [0, 0.2], anchor: 'x', nticks: 3, rangemode: 'normal', fixedrange: true };
  return { traces, layout };
}

// The numbers of the drawn figure as a table, a block for each axis of positions.
function table(figure) {
  const parts = figure.groups.map(group => {
    const head = [titled(figure.x)];
    const columns = [group.x];
    for (const series of group.series) {
      if (series.mark === 'band') {
        head.push(`${series.name}, low`, `${series.name}, high`);
        columns.push(series.low, series.high);
        continue;
      }
      head.push(series.strip ? `${series.name} (σ)` : series.name);
      columns.push(series.y);
      if (series.z) {
        head[head.length - 1] = titled(figure.y);
        head.push(titled(series.zAxis));
        columns.push(series.z);
      }
      if (series.sigma) { head.push('σ'); columns.push(series.sigma); }
      else if (series.low) { head.push('low', 'high'); columns.push(series.low, series.high); }
      if (series.events) { head.push(series.eventName); columns.push(series.events); }
    }
    const made = document.createElement('table');
    const caption = made.createCaption();
    caption.textContent = figure.shown < figure.total
      ? `${figure.title}: ${figure.shown} of ${figure.total} points, the extremes among them; the CSV has all.` : `${figure.title}: ${group.x.length} points.`;
    const row = made.createTHead().insertRow();
    for (const text of head) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = text;
      row.append(cell);
    }
    const body = made.createTBody();
    group.x.forEach((_, i) => {
      const line = body.insertRow();
      for (const column of columns) line.insertCell().textContent = column[i] === null ? '' : String(column[i]).replace('-', '\u2212');
    });
    return made;
  });
  return parts;
}

// The page, where it wants to hear of it, is told which stretch of the x axis somebody drew up.
export function mount(root, address, title, page) {
  // The page was drawn anew while this module was on its way: another figure stands there by now.
  if (!root) return { show() {}, dispose() {} };
  const canvas = root.querySelector('.plot-canvas');
  const note = root.querySelector('.plot-note');
  const details = root.querySelector('.plot-data');
  const place = root.querySelector('.plot-table');
  const small = root.classList.contains('plot-small');
  const steps = root.querySelector('.plot-steps');
  let figure, fetching, disposed = false, drawn = false, moving = false, view = {}, width = 0;

  const full = () => {
    const url = new URL(address, document.baseURI);
    url.searchParams.set('points', Math.max(300, Math.min(4000, Math.round(canvas.clientWidth * 2))));
    for (const [name, value] of Object.entries(view)) url.searchParams.set(name, value);
    return url;
  };

  async function load() {
    fetching?.abort();
    clearTimeout(soon);
    const mine = fetching = new AbortController();
    canvas.setAttribute('aria-busy', 'true');
    try {
      const [answer] = await Promise.all([fetch(full(), { signal: mine.signal, headers: { accept: 'application/json' } }), plotly()]);
      if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail ?? `The portal answered ${answer.status}.`);
      const fetched = await answer.json();
      if (mine !== fetching || disposed) return;
      figure = fetched;
      await draw();
      if (figure.coming) soon = setTimeout(load, 1000);
    } catch (trouble) {
      if (trouble.name !== 'AbortError' && !disposed) fail(trouble);
    } finally {
      if (mine === fetching) canvas.setAttribute('aria-busy', 'false');
    }
  }

  function fail(trouble) {
    if (drawn) { note.textContent = `The figure could not be brought up to date. ${trouble.message}`; return; }
    const words = document.createElement('p');
    words.className = 'plot-trouble';
    words.textContent = `The figure could not be fetched. ${trouble.message} `;
    const again = document.createElement('button');
    again.type = 'button';
    again.className = 'plot-again';
    again.textContent = 'Fetch it again';
    again.onclick = load;
    words.append(again);
    canvas.replaceChildren(words);
  }

  async function draw() {
    figure.window = 'from' in view ? [view.from, view.to] : null;
    const { traces, layout } = drawing(figure, screenColours(root), { small, narrow: canvas.clientWidth < 520, width: canvas.clientWidth });
    if (!drawn) canvas.replaceChildren();
    layout.uirevision = address; // a closer look stays until another view is asked for
    layout.width = width = canvas.clientWidth;
    layout.height = canvas.clientHeight;
    await window.Plotly.react(canvas, traces, layout, { displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: figure.whole ? false : 'reset', showTips: !figure.whole, responsive: false });
    if (disposed) { window.Plotly.purge(canvas); return; }
    if (!drawn) {
      canvas.on('plotly_relayout', zoomed);
      canvas.on('plotly_doubleclick', () => { if (figure.whole) step('whole'); });
    }
    if (steps) steps.hidden = !figure.whole;
    drawn = true;
    note.textContent = small && figure.whole ? '' : figure.note ?? '';
    fillTable();
  }

  // A page that has gone meanwhile has nothing to hear.
  function tell([from, to]) { page?.invokeMethodAsync('InView', from, to).catch(() => {}); }

  // A closer look at a thinned curve fetches the stretch in view with all its points.
  let soon;
  function zoomed(change) {
    if (moving) return;
    const reset = change['xaxis.autorange'];
    const range = change['xaxis.range'] ?? [change['xaxis.range[0]'], change['xaxis.range[1]']];
    if (!reset && range[0] === undefined) return;
    if (figure.whole) { look(...(reset ? figure.whole : range.map(Number))); return; }
    const value = at => figure.x.log ? 10 ** at : at;
    tell(reset ? [null, null] : range.map(end => value(Number(end))));
    if (reset ? !('from' in view) : figure.shown >= figure.total) return;
    view = reset ? {} : { from: value(Number(range[0])), to: value(Number(range[1])) };
    clearTimeout(soon);
    soon = setTimeout(load, 150);
  }

  // A figure in windows is asked for again at each look; the old picture stays until the new one is there.
  const shortest = 1e-3;
  function look(from, to) {
    const [begin, end] = figure.whole;
    const span = Math.min(Math.max(to - from, shortest), end - begin);
    from = Math.min(Math.max((from + to - span) / 2, begin), end - span);
    view = span >= end - begin ? {} : { from, to: from + span };
    tell('from' in view ? [view.from, view.to] : [null, null]);
    clearTimeout(soon);
    soon = setTimeout(load, 150);
  }

  async function step(where) {
    const [begin, end] = figure.whole;
    const [from, to] = 'from' in view ? [view.from, view.to] : [begin, end];
    const span = to - from;
    const moved = { closer: [from + span / 4, to - span / 4], wider: [from - span / 2, to + span / 2],
      earlier: [from - span / 2, to - span / 2], later: [from + span / 2, to + span / 2], whole: [begin, end] }[where];
    look(...moved);
    moving = true;
    try {
      await window.Plotly.relayout(canvas, { 'xaxis.range': 'from' in view ? [view.from, view.to] : [begin, end] });
    } finally {
      moving = false;
    }
  }

  function fillTable() { if (details.open && figure) place.replaceChildren(...table(figure)); }

  async function save(format) {
    const library = await plotly();
    if (!figure) return;
    // On paper it is always light, three to two, in the same type.
    const { traces, layout } = drawing(figure, paper, { small: false, narrow: false, frozen: true });
    const seen = drawn && canvas.layout?.xaxis?.range;
    if (seen && canvas.layout.xaxis.autorange === false) layout.xaxis.range = [...seen];
    const data = await library.toImage({ data: traces, layout: { ...layout, width: 720, height: 480 } }, { format, width: 720, height: 480, scale: format === 'png' ? 3 : 1 });
    const link = document.createElement('a');
    link.href = data;
    link.download = `${title.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')}.${format}`;
    link.click();
  }

  function clicked(event) {
    const where = event.target.closest('[data-step]')?.dataset.step;
    if (where && drawn && figure.whole) { step(where); return; }
    const format = event.target.closest('[data-save]')?.dataset.save;
    if (!format) return;
    event.preventDefault();
    save(format).catch(trouble => { note.textContent = `The ${format.toUpperCase()} could not be made. ${trouble.message}`; });
  }

  let again;
  const sizes = new ResizeObserver(() => {
    cancelAnimationFrame(again);
    again = requestAnimationFrame(() => { if (drawn && canvas.clientWidth && canvas.clientWidth !== width) draw(); });
  });
  const themed = () => { if (drawn) requestAnimationFrame(() => { if (!disposed) draw(); }); };

  sizes.observe(canvas);
  root.addEventListener('click', clicked);
  details.addEventListener('toggle', fillTable);
  document.addEventListener('themechange', themed);
  load();

  return {
    show(next) { address = next; view = {}; load(); },
    dispose() {
      disposed = true;
      fetching?.abort();
      clearTimeout(soon);
      cancelAnimationFrame(again);
      sizes.disconnect();
      root.removeEventListener('click', clicked);
      details.removeEventListener('toggle', fillTable);
      document.removeEventListener('themechange', themed);
      if (drawn) window.Plotly.purge(canvas);
    },
  };
}
