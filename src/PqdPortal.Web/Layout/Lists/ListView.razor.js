// What only the browser knows of a list: which row stands at the top, and the keys that go from row to row.
const onTheWay = new WeakSet();

export function watch(place) {
  // The list was left while this module was on its way.
  if (!place) return;
  const url = new URL(location.href);
  const wanted = Number(url.searchParams.get('at') ?? 0);
  if (wanted > 0) back(place, wanted);
  let soon = 0;
  const scroll = () => {
    clearTimeout(soon);
    if (!place.isConnected) return removeEventListener('scroll', scroll);
    soon = setTimeout(() => keep(place), 250);
  };
  const key = event => {
    if (!['ArrowDown', 'ArrowUp'].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest?.('tr[data-at]');
    if (!row || !event.target.matches('a, input[type=checkbox]')) return;
    const next = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
    if (!next?.dataset?.at) return;
    const same = [...row.querySelectorAll('a, input[type=checkbox]')].indexOf(event.target);
    (next.querySelectorAll('a, input[type=checkbox]')[same] ?? next.querySelector('a'))?.focus();
    event.preventDefault();
  };
  addEventListener('scroll', scroll, { passive: true });
  place.addEventListener('keydown', key);
}

// The place in the list stands in the address, without a step in the history: whoever comes back finds it.
function keep(place) {
  if (!place.isConnected || onTheWay.has(place)) return;
  const top = 48 + (place.querySelector('thead')?.offsetHeight ?? 0);
  const row = [...place.querySelectorAll('tr[data-at]')].find(row => row.getBoundingClientRect().top >= top);
  const url = new URL(location.href);
  const at = scrollY < 200 ? null : row?.dataset.at;
  if (at == null) url.searchParams.delete('at'); else url.searchParams.set('at', at);
  if (url.href !== location.href) history.replaceState(history.state, '', url);
}

// Rows are alike in height; what is not there yet keeps its room, which the page makes a moment after its first rows came.
function back(place, wanted) {
  const go = () => {
    const rows = place.querySelectorAll('tr[data-at]');
    if (rows.length < 2) return;
    const some = Math.min(rows.length - 1, 40);
    const from = rows[0].getBoundingClientRect().top;
    const top = scrollY + from + wanted * (rows[some].getBoundingClientRect().top - from) / some - 48 - (place.querySelector('thead')?.offsetHeight ?? 0);
    scrollTo({ top });
    if (document.scrollingElement.scrollHeight - innerHeight >= top) stop();
  };
  const growing = new ResizeObserver(go);
  const stop = () => {
    growing.disconnect();
    onTheWay.delete(place);
    for (const kind of hands) removeEventListener(kind, stop);
  };
  // Who takes the page into their own hands is not led on.
  const hands = ['wheel', 'touchstart', 'keydown', 'pointerdown'];
  for (const kind of hands) addEventListener(kind, stop, { passive: true });
  onTheWay.add(place);
  growing.observe(place);
  setTimeout(stop, 5000);
}
