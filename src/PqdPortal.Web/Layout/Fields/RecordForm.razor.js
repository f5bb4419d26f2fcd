// Keeps what is typed in a form in this browser until it is saved or thrown away: over a reload, a lost connection, a restart of
// the portal and the end of a session. Kept per person and record; offered when the same person opens the same form again.

const prefix = 'pqdportal.draft.';
const longest = 100_000; // characters of one draft
const most = 20; // drafts of one browser
const goodFor = 30 * 86_400_000; // ms
const forms = new Set();
let lastPerson; // whose drafts a page shows that was signed out under their hands

function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return draft && Date.now() - draft.at < goodFor ? draft : null;
  } catch { return null; }
}

function drafts(begin) {
  const found = [];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i);
      if (key.startsWith(begin)) found.push({ key, draft: read(key) });
    }
  } catch { /* a private window keeps nothing */ }
  return found.sort((one, other) => (other.draft?.at ?? 0) - (one.draft?.at ?? 0));
}

const forget = key => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } };
const valueOf = input => input.type === 'checkbox' ? String(input.checked) : input.value;
const titleOf = input => input.labels?.[0]?.textContent.replace(/ \(needed\)$/, '').trim() ?? input.id;

function put(input, value) {
  if (input.type === 'checkbox') input.checked = value === 'true'; else input.value = value;
  tell(input);
}

function tell(input) {
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

/** @param page tells the page which fields changed since the draft was typed. */
export function mount(form, person, record, page) {
  // The form was left while this module was on its way.
  if (!form) return { showTrouble() {}, dispose() {}, forget() {} };
  lastPerson = person;
  const key = `${prefix}${person}.${record}`;
  const offer = form.querySelector('[data-draft]');
  const full = form.querySelector('[data-draft-full]');
  const began = new Map(); // id of an input to its value before it was touched
  const touched = new Set();
  let soon, isOver = false;

  const inputs = () => [...form.querySelectorAll('[data-fields] :is(input, select, textarea)[id]')].filter(input => input.type !== 'file');
  const note = () => { for (const input of inputs()) if (!began.has(input.id)) began.set(input.id, valueOf(input)); };

  function keep() {
    clearTimeout(soon);
    // A field that is taken away with the focus in it tells of a last change, after its form was saved.
    if (isOver) return;
    const fields = {};
    const kept = read(key)?.fields ?? {};
    for (const id of touched) {
      const input = document.getElementById(id);
      // A field that is hidden for the moment keeps what it had.
      if (!input || !form.contains(input)) { if (kept[id]) fields[id] = kept[id]; continue; }
      const now = valueOf(input);
      if (now !== began.get(id)) fields[id] = { title: titleOf(input), began: began.get(id) ?? '', now };
    }
    // While an older draft is offered, it is not thrown away by the first key of a new one.
    if (!offer.hidden) Object.assign(fields, { ...kept, ...fields });
    if (Object.keys(fields).length === 0) { forget(key); return; }
    const text = JSON.stringify({ at: Date.now(), where: location.pathname + location.search, heading: document.querySelector('h1')?.textContent.trim() ?? '', fields });
    full.hidden = text.length <= longest;
    if (text.length > longest) return;
    try {
      localStorage.setItem(key, text);
      for (const old of drafts(prefix).slice(most)) forget(old.key);
    } catch { full.hidden = false; }
  }

  function typed(event) {
    if (!event.target.closest('[data-fields]') || !event.target.id) return;
    note();
    touched.add(event.target.id);
    clearTimeout(soon);
    if (event.type === 'change') keep(); else soon = setTimeout(keep, 250);
  }

  // Ctrl+Enter sends from within a long text, which has to be told first: it has not lost the focus yet.
  function pressed(event) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented || !event.target.matches('[data-fields] textarea')) return;
    event.preventDefault();
    tell(event.target);
    form.requestSubmit();
  }

  async function take() {
    const draft = read(key);
    offer.hidden = true;
    if (!draft) return;
    const doubtful = [];
    const waiting = new Map(Object.entries(draft.fields));
    // A field may appear only when another has its value: try until all are there, for as long as the portal may take.
    for (let tries = 0; waiting.size > 0 && tries < 40; tries++) {
      note();
      for (const [id, field] of waiting) {
        const input = document.getElementById(id);
        if (!input || !form.contains(input)) continue;
        waiting.delete(id);
        touched.add(id);
        began.set(id, field.began); // should it be put back once more, it is held against what it was typed over
        const stored = valueOf(input);
        if (stored !== field.began && stored !== field.now) doubtful.push(id);
        put(input, field.now);
      }
      if (waiting.size > 0) await new Promise(next => setTimeout(next, 100));
    }
    keep();
    form.querySelector('[data-fields] :is(input, select, textarea)')?.focus();
    await page.invokeMethodAsync('Took', doubtful);
  }

  function clicked(event) {
    if (event.target.closest('[data-draft-take]')) take();
    else if (event.target.closest('[data-draft-drop]')) { offer.hidden = true; touched.clear(); forget(key); }
  }

  // What was typed while the connection was away never reached the portal: tell it all again.
  const again = () => { for (const input of inputs()) if (touched.has(input.id)) tell(input); };

  // Typed before this module was there, perhaps without a connection.
  for (const input of inputs()) {
    if (input.beganWith !== undefined && input.beganWith !== valueOf(input)) {
      began.set(input.id, input.beganWith);
      touched.add(input.id);
    }
    delete input.beganWith;
  }
  note();
  form.addEventListener('focusin', note);
  form.addEventListener('input', typed);
  form.addEventListener('change', typed);
  form.addEventListener('click', clicked);
  form.addEventListener('keydown', pressed);
  addEventListener('pagehide', keep);
  const draft = read(key);
  if (draft) {
    const time = offer.querySelector('[data-draft-at]');
    time.dateTime = new Date(draft.at).toISOString();
    time.textContent = new Date(draft.at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
    offer.querySelector('[data-draft-fields]').textContent = Object.values(draft.fields).map(field => field.title).join(', ');
    offer.hidden = false;
  } else forget(key);
  if (touched.size > 0) { keep(); again(); }
  const mounted = { again };
  forms.add(mounted);

  function dispose() {
    clearTimeout(soon);
    forms.delete(mounted);
    removeEventListener('pagehide', keep);
  }

  return {
    /** Leads to what keeps the record from being saved: the first field that is wrong, else the first choice to make. */
    showTrouble() {
      form.querySelector('[data-fields] [aria-invalid=true], .conflict input:not(:checked)')?.focus();
    },
    dispose() { if (touched.size > 0 && form.isConnected) keep(); dispose(); },
    forget() { dispose(); isOver = true; forget(key); },
  };
}

document.addEventListener('portal-connected', () => { for (const form of forms) form.again(); });

/** Shows what the person who was here last typed and did not save, to be copied. */
export function showKept(place) {
  const kept = lastPerson ? drafts(`${prefix}${lastPerson}.`).filter(found => found.draft) : [];
  place.replaceChildren(...kept.flatMap(({ draft }) => [
    Object.assign(document.createElement('h2'), { textContent: `Not saved: ${draft.heading}` }),
    ...Object.values(draft.fields).map(field => {
      const label = document.createElement('label');
      label.className = 'field';
      const text = Object.assign(document.createElement('textarea'), { readOnly: true, value: field.now, rows: Math.min(8, field.now.split('\n').length) });
      label.append(field.title, text);
      return label;
    }),
  ]));
}
