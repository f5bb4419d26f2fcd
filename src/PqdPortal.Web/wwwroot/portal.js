// What only the browser can do for every page: colours before the first paint, keys, times in the reader's zone.
(() => {
  const store = 'pqdportal.theme';
  const dark = matchMedia('(prefers-color-scheme: dark)');

  // Colours. The choice stays in this browser; "system" follows the system, also while the page is open.
  const chosen = () => { try { return localStorage.getItem(store) ?? 'system'; } catch { return 'system'; } };
  function paint() {
    const choice = chosen();
    const theme = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
    document.documentElement.dataset.theme = theme;
    for (const sheet of document.querySelectorAll('link[data-for-theme]'))
      sheet.media = sheet.dataset.forTheme === theme ? 'all' : 'not all';
    for (const select of document.querySelectorAll('[data-theme-choice]')) select.value = choice;
    document.dispatchEvent(new CustomEvent('themechange', { detail: theme }));
  }
  paint();
  dark.addEventListener('change', paint);
  addEventListener('storage', event => { if (event.key === store) paint(); });
  document.addEventListener('change', event => {
    if (!event.target.matches?.('[data-theme-choice]')) return;
    try { localStorage.setItem(store, event.target.value); } catch { /* a private window keeps nothing */ }
    paint();
  });

  // What a field of a form held before it was touched, for the keeper of typed text, which may come a moment after the first key.
  document.addEventListener('focusin', event => {
    if (event.target.matches?.('[data-fields] :is(input, select, textarea)[id]'))
      event.target.beganWith ??= held(event.target);
  });
  const held = input => input.type === 'checkbox' ? String(input.checked) : input.value;
  // What was typed without a line, and perhaps before that keeper was there: the portal hears of it before anything can be pressed.
  function tellTyped() {
    for (const input of document.querySelectorAll('[data-fields] :is(input, select, textarea)[id]'))
      if (input.beganWith !== undefined && input.beganWith !== held(input))
        for (const kind of ['input', 'change']) input.dispatchEvent(new Event(kind, { bubbles: true }));
  }

  // A choice that the portal did not hear, for a moment without a line, would be shown here and not be done there: what somebody
  // touched in a form is told once more just before the form is sent. Forms with a keeper of typed text have their own way.
  const handled = new WeakSet();
  for (const kind of ['input', 'change']) document.addEventListener(kind, event => handled.add(event.target), true);
  document.addEventListener('submit', event => {
    if (event.target.method === 'post' || event.target.closest('[data-fields]')) return;
    for (const field of event.target.elements)
      if (handled.has(field) && field.type !== 'file') field.dispatchEvent(new Event('change', { bubbles: true }));
  }, true);

  // Keys: / searches, u uploads, g and a letter goes to a list, ? shows all. Never while something is typed.
  const places = { h: '', i: 'inbox', b: 'batches', s: 'samples', d: 'dots', r: 'runs', n: 'instruments', j: 'jobs', p: 'projects' };
  let afterG = 0;
  const go = address => window.Blazor?.navigateTo ? Blazor.navigateTo(new URL(address, document.baseURI).href) : location.assign(new URL(address, document.baseURI));
  // The search of the portal stands in the bar of every page.
  function search() {
    const field = document.querySelector('[data-search]');
    if (!field) return go('search');
    field.focus();
    field.select();
  }
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const help = document.getElementById('shortcuts');
    if (!help || help.open || document.querySelector('.rz-dialog-wrapper')) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable=true]')) return;
    const awaited = Date.now() - afterG < 1500;
    afterG = 0;
    if (awaited && event.key in places) go(places[event.key]);
    else if (event.key === 'g') { afterG = Date.now(); return; }
    else if (event.key === 'u') go('upload');
    else if (event.key === '/') search();
    else if (event.key === '?') help.showModal();
    else return;
    event.preventDefault();
  });

  document.addEventListener('click', event => { if (event.target.closest?.('[data-print]')) print(); });

  // Times: the exact local one on hover; relative ones stay fresh while the page is open. The same words as Moment.razor.
  function relative(at, now) {
    const span = Math.abs(now - at) / 1000;
    if (span < 45) return 'just now';
    if (span > 30 * 86400) return null;
    const text = span < 59.5 * 60 ? `${Math.max(1, Math.round(span / 60))} min`
      : span < 23.5 * 3600 ? `${Math.round(span / 3600)} h` : `${Math.round(span / 86400)} d`;
    return at <= now ? `${text} ago` : `in ${text}`;
  }
  document.addEventListener('mouseover', event => {
    const time = event.target.closest?.('time.moment');
    if (time) time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'long' });
  });
  setInterval(() => {
    for (const time of document.querySelectorAll('time.moment')) {
      const text = relative(new Date(time.dateTime).getTime(), Date.now());
      if (text && time.firstChild && time.firstChild.data !== text) time.firstChild.data = text;
    }
  }, 30000);

  // A table that is wider than its place is scrolled by keyboard, too.
  let looksSoon = false;
  function reachable() {
    if (looksSoon) return;
    looksSoon = true;
    requestAnimationFrame(() => {
      looksSoon = false;
      for (const place of document.querySelectorAll('.table-scroll')) {
        if (place.scrollWidth > place.clientWidth + 1) place.tabIndex = 0;
        else place.removeAttribute('tabindex');
      }
    });
  }
  addEventListener('resize', reachable);

  // The switch is drawn later than this runs: set it when it appears.
  new MutationObserver(() => {
    for (const select of document.querySelectorAll('[data-theme-choice]:not([data-ready])')) {
      select.value = chosen();
      select.dataset.ready = '';
    }
    reachable();
  }).observe(document.documentElement, { childList: true, subtree: true });

  // The menu of a narrow screen: opened by its button, closed by a choice, Escape or the button again.
  function menu(open) {
    const rail = document.getElementById('rail');
    if (!rail || (open ??= !rail.classList.contains('rail-open')) === rail.classList.contains('rail-open')) return;
    rail.classList.toggle('rail-open', open);
    document.querySelector('[data-menu]')?.setAttribute('aria-expanded', open);
  }
  document.addEventListener('click', event => {
    if (event.target.closest?.('[data-menu]')) menu();
    else if (event.target.closest?.('.rail-link')) menu(false);
  });
  document.addEventListener('keydown', event => { if (event.key === 'Escape') menu(false); });

  // Past the navigation. The base of all addresses is the portal's first page, so the link alone would lead there.
  document.addEventListener('click', event => {
    if (!event.target.closest?.('.skip')) return;
    event.preventDefault();
    event.stopPropagation();
    document.getElementById('content')?.focus();
  }, true);

  // Brings a part of the page into sight and puts the focus on it: what an address with # means, once that part is there.
  window.portalShow = id => {
    const part = document.getElementById(id);
    if (!part) return;
    part.scrollIntoView({ block: 'center' });
    part.focus({ preventScroll: true });
  };

  // Copies the text of the element named by data-copy.
  document.addEventListener('click', async event => {
    const button = event.target.closest?.('[data-copy]');
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      button.textContent = 'Copied';
    } catch {
      // Without the clipboard (plain HTTP on a network) the text is marked, and Ctrl-C copies it.
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
      button.textContent = 'Marked: press Ctrl-C';
    }
  });

  // Shows what is typed into a password field, and hides it again.
  document.addEventListener('click', event => {
    const button = event.target.closest?.('[data-show]');
    const field = button && document.getElementById(button.dataset.show);
    if (!field) return;
    const shown = field.type === 'password';
    field.type = shown ? 'text' : 'password';
    button.textContent = shown ? 'Hide' : 'Show';
    button.setAttribute('aria-pressed', shown);
  });

  // A rough word on a new password: length counts most, then how many different characters it has. The portal decides, not this.
  document.addEventListener('input', event => {
    const word = event.target.dataset?.strength && document.getElementById(event.target.dataset.strength);
    if (!word) return;
    const typed = event.target.value;
    const worth = Math.min(typed.length, new Set(typed.toLowerCase()).size * 2);
    word.textContent = !typed ? '' : typed.length < event.target.minLength ? `${event.target.minLength - typed.length} more to go.`
      : worth < 14 ? 'Easy to guess.' : worth < 20 ? 'Good.' : 'Strong.';
  });

  // The connection to the portal. Blazor says by the notice's class how it goes: back again, tell the forms; not for this page
  // any more (the portal was restarted), load it afresh; given up, load it when the portal answers.
  let was = '';
  function connection(notice) {
    const now = ['show', 'hide', 'failed', 'rejected'].find(state => notice.classList.contains(`components-reconnect-${state}`)) ?? '';
    if (now === was) return;
    if (now === 'hide') {
      tellTyped();
      document.dispatchEvent(new CustomEvent('portal-connected'));
    }
    if (now === 'rejected') afresh();
    if (now === 'failed') comeBack();
    was = now;
  }
  const pause = time => new Promise(next => setTimeout(next, time));
  // Not under an upload, for whose rest the page would have to be given the file again; nor before its end could be read.
  async function afresh() {
    const sends = () => document.querySelector('.upload-row:is([data-state=queued], [data-state=sending], [data-state=waiting])');
    if (sends()) {
      while (sends()) await pause(500);
      await pause(15_000);
    }
    location.reload();
  }
  async function comeBack() {
    for (;;) {
      await pause(2000);
      try {
        if ((await fetch('health/live', { cache: 'no-store' })).ok) { await afresh(); return; }
      } catch { /* still away */ }
    }
  }
  // A page that stands for another while the database is away: it asks for that one, and is loaded again only when there is something
  // else to read, so that nobody's place on it, or screen reader, is taken back to the beginning.
  async function waitForPage() {
    for (;;) {
      await pause(2000);
      try {
        if ((await fetch(location.href, { cache: 'no-store', redirect: 'manual', headers: { accept: 'text/html' } })).status !== 503) { location.reload(); return; }
      } catch { /* the portal is away, too */ }
    }
  }
  document.addEventListener('DOMContentLoaded', () => {
    if ('waits' in document.body.dataset) waitForPage();
    const notice = document.getElementById('components-reconnect-modal');
    if (notice) new MutationObserver(() => connection(notice)).observe(notice, { attributeFilter: ['class'] });
  });

  // A fault of ours shows #blazor-error-ui; its link loads the page again.
  document.addEventListener('click', event => {
    if (!event.target.matches?.('#blazor-error-ui .reload, .reconnect-given-up a')) return;
    event.preventDefault();
    location.reload();
  });
})();
