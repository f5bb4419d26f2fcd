// Sends dropped files in resumable pieces (tus 1.0) and shows what the portal has confirmed, file by file.

const endpoint = () => new URL('api/v1/uploads', document.baseURI).href;
const pieceBytes = 8 * 1024 * 1024;
const atOnce = 2;
const patience = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000];
// An upload that another page sends is asked for so often [ms]; silent for so long, it is taken over.
const watchEvery = 2000;
const silence = 15000;
// After a break the portal may still hold the piece that broke for so long [ms].
const settling = 20000;

let client;
async function tus() {
  if (!client) {
    await import(new URL('lib/tus/tus.min.js', document.baseURI).href);
    client = window.tus;
  }
  return client;
}

export async function start(zone, metadata, page) {
  await tus();
  const input = zone.querySelector('input[type=file]');
  const drop = zone.querySelector('.upload-drop');
  const list = zone.querySelector('.upload-files');
  const rows = new Set();
  let target = metadata;
  let over = 0;
  let limit = Infinity;

  const asked = tellLimit(zone).then(told => { limit = told; });

  // The list of an input is emptied as soon as this returns: it is copied first.
  const take = async files => { files = [...files]; await asked; for (const file of files) add(file); };
  // A folder comes as one entry without bytes, which no reading would tell from an empty file.
  const takeDropped = transfer => {
    const entries = [...transfer.items ?? []].filter(item => item.kind === 'file').map(item => [item.webkitGetAsEntry?.(), item.getAsFile()]);
    if (entries.length === 0) { take([...transfer.files]); return; }
    for (const [entry] of entries)
      if (entry?.isDirectory) list.prepend(refusal(entry.name, 'is a folder. Open it and drop its files.'));
    take(entries.filter(([entry, file]) => file && !entry?.isDirectory).map(([, file]) => file));
  };
  const onChange = () => { take([...input.files]); input.value = ''; };
  const onEnter = event => { event.preventDefault(); over++; drop.classList.add('upload-over'); };
  const onLeave = () => { if (--over <= 0) { over = 0; drop.classList.remove('upload-over'); } };
  const onOver = event => event.preventDefault();
  const onDrop = event => { event.preventDefault(); over = 0; drop.classList.remove('upload-over'); takeDropped(event.dataTransfer); };
  const onOnline = () => { for (const row of rows) row.wake(); };

  onChange(); // chosen before this module was there
  input.addEventListener('change', onChange);
  drop.addEventListener('dragenter', onEnter);
  drop.addEventListener('dragleave', onLeave);
  drop.addEventListener('dragover', onOver);
  drop.addEventListener('drop', onDrop);
  addEventListener('online', onOnline);

  function next() {
    const busy = [...rows].filter(row => row.state === 'sending').length;
    for (const row of [...rows].filter(row => row.state === 'queued').slice(0, Math.max(0, atOnce - busy))) row.send();
  }

  function add(file) {
    if (file.size === 0) { list.prepend(refusal(file.name, 'is empty (0 bytes), so nothing was uploaded. Look whether the measurement was saved.')); return; }
    if (file.size > limit) { list.prepend(refusal(file.name, `has ${size(file.size)}; this portal takes files up to ${size(limit)}. Nothing was uploaded.`)); return; }
    // The page may have lost its portal, which was started anew; the row says the same without it.
    const row = new Row(file, { ...target, filename: file.name }, next, run => page.invokeMethodAsync('Arrived', run).catch(() => {}));
    rows.add(row);
    row.onGone = () => { rows.delete(row); next(); };
    list.prepend(row.element);
    next();
  }

  return {
    belongTo(metadata) { target = metadata; },
    dispose() {
      removeEventListener('online', onOnline);
      input.removeEventListener('change', onChange);
      for (const row of rows) row.leave();
    },
  };
}

async function tellLimit(zone) {
  try {
    const answer = await fetch(endpoint(), { method: 'OPTIONS', signal: AbortSignal.timeout(5000) });
    const limit = Number(answer.headers.get('Tus-Max-Size'));
    if (limit > 0) {
      zone.querySelector('[data-limit]').textContent = `Up to ${size(limit)} a file.`;
      return limit;
    }
  } catch { /* the limit is told again when a file is too large */ }
  return Infinity;
}

/** Where the uploads of this browser lie; an address is forgotten when the row says so, not when an answer was bad (a signed-out person, a portal that starts anew). */
class Remembered {
  constructor(row) { this.row = row; this.store = client.defaultOptions.urlStorage; }
  findAllUploads() { return this.store.findAllUploads(); }
  findUploadsByFingerprint(fingerprint) { return this.store.findUploadsByFingerprint(fingerprint); }
  addUpload(fingerprint, upload) { return this.row.key ? Promise.resolve(this.row.key) : this.store.addUpload(fingerprint, upload).then(key => (this.row.key = key)); }
  removeUpload() { return Promise.resolve(); }
}

class Row {
  constructor(file, metadata, changed, arrived) {
    this.file = file;
    this.state = 'queued';
    this.changed = changed;
    this.arrived = arrived;
    this.confirmed = 0;
    this.before = 0;
    this.broke = -Infinity;
    this.begunAnew = 0;

    this.element = document.createElement('li');
    this.element.className = 'upload-row';
    this.name = child(this.element, 'span', 'grow');
    this.name.textContent = file.name;
    this.words = child(this.element, 'span', 'muted small number');
    this.pauseButton = button(this.element, 'Pause', () => this.pause());
    this.resumeButton = button(this.element, 'Resume', () => this.resume());
    this.cancelButton = button(this.element, 'Cancel', () => this.cancel());
    this.bar = child(this.element, 'progress', 'progress upload-bar');
    this.bar.max = Math.max(1, file.size);
    this.bar.setAttribute('aria-label', `Upload of ${file.name}`);

    this.upload = this.open(metadata);
    this.show('queued');
  }

  open(metadata) {
    return new client.Upload(this.file, {
      endpoint: endpoint(),
      chunkSize: pieceBytes,
      retryDelays: patience,
      metadata,
      urlStorage: new Remembered(this),
      // The same file for another place is another upload.
      fingerprint: async file => ['pqd', file.name, file.size, file.lastModified, metadata.project, metadata.sample, metadata.dot, metadata.run, metadata.role].join('|'),
      onShouldRetry: error => {
        const status = statusOf(error);
        if (status === 409 || status === 423) return performance.now() - this.broke < settling;
        const mayPass = status === 0 || status === 429 || status >= 500 && status !== 507;
        if (mayPass) this.broke = performance.now();
        return mayPass;
      },
      onAfterResponse: (request, answer) => {
        if (request.getMethod() !== 'HEAD' || !answer.getHeader('Upload-Offset')) return;
        this.confirmed = this.before = Number(answer.getHeader('Upload-Offset'));
        this.begun = performance.now();
        if (this.state === 'sending') this.show('sending');
      },
      // Once there is an upload nothing but this row begins another: a portal that is starting anew, or a person who is signed out, is no reason to.
      onUploadUrlAvailable: () => { this.upload.options.endpoint = null; },
      onChunkComplete: (_, accepted) => { this.confirmed = accepted; this.show('sending'); },
      onError: error => this.failed(error),
      onSuccess: ({ lastResponse }) => this.done(name => lastResponse?.getHeader(name)),
    });
  }

  async send() {
    this.show('sending');
    this.begun ??= performance.now();
    if (!this.looked) {
      this.looked = true;
      const [earlier] = await this.upload.findPreviousUploads();
      if (earlier) this.resumeFrom(earlier);
    }
    if (this.state === 'sending') this.upload.start();
  }

  /** The same file was begun before, on this page or an earlier one: what is confirmed of it is not sent again. */
  resumeFrom(earlier) {
    this.key = earlier.urlStorageKey;
    this.upload.resumeFromPreviousUpload(earlier);
    this.upload.options.endpoint = null;
    this.isResumed = true;
  }

  /** There is no such upload any more: the file is begun anew. */
  beginAnew() {
    this.begunAnew++;
    this.forget();
    this.isResumed = false;
    this.confirmed = this.before = 0;
    this.upload = this.open(this.upload.options.metadata);
    this.upload.start();
  }

  forget() {
    if (!this.key) return;
    try { localStorage.removeItem(this.key); } catch { /* a private window keeps nothing */ }
    this.key = null;
  }

  /** Another page or program sends the same upload: this one watches how far it is, and goes on if it falls silent. */
  async watch() {
    this.show('watching');
    this.changed();
    for (let moved = performance.now(); this.state === 'watching'; await wait(watchEvery)) {
      const answer = await fetch(this.upload.url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } }).catch(() => null);
      if (this.state !== 'watching') return;
      if (answer?.headers.has('Portal-Run')) { this.done(name => answer.headers.get(name)); return; }
      const confirmed = answer?.ok ? Number(answer.headers.get('Upload-Offset')) : this.confirmed;
      if (confirmed !== this.confirmed) {
        moved = performance.now();
        this.confirmed = confirmed;
        this.show('watching');
      } else if (performance.now() - moved > silence) { this.resume(); return; }
    }
  }

  pause() { this.upload.abort(); this.show('paused'); this.changed(); }

  resume() { this.show('queued'); this.changed(); }

  wake() { if (this.state === 'waiting') this.resume(); }

  async cancel() {
    const isOthers = this.state === 'watching';
    this.show('cancelled');
    if (isOthers) { this.element.remove(); this.onGone(); return; }
    // The piece under way is let go first, or the portal would still hold the upload for it.
    await this.upload.abort();
    await wait(400);
    try { await this.upload.abort(true); } catch { /* what the portal holds of it expires by itself */ }
    this.forget();
    this.element.remove();
    this.onGone();
  }

  /** The page goes away; the upload can be taken up again. */
  leave() { if (this.state === 'sending') this.upload.abort(); }

  failed(error) {
    const status = statusOf(error);
    const isPortal = error.originalResponse?.getHeader('Content-Type')?.startsWith('text/plain');
    if (status === 0 || status >= 502 && status <= 504 && !isPortal) {
      this.show('waiting');
      this.changed();
      setTimeout(() => this.wake(), patience.at(-1) / 2);
      return;
    }
    if (status === 409 || status === 423) { this.watch(); return; }
    if ((status === 404 || status === 410) && this.upload.url && this.begunAnew < 3) { this.beginAnew(); return; }
    this.trouble = status === 401 ? 'You are signed out. Sign in again in another tab and try again here, or drop the same file later: it goes on where it stopped.'
      : isPortal && error.originalResponse.getBody()?.trim() || `The portal answered ${status}.`;
    this.mayTryAgain = status === 401 || status === 429 || status >= 500;
    this.show('failed');
    this.changed();
  }

  done(header) {
    this.forget();
    this.confirmed = this.file.size;
    const run = header('Portal-Run');
    this.note = decodeURIComponent(header('Portal-Note') ?? '');
    this.show('arrived');
    if (run) {
      const link = child(this.element, 'a', '');
      link.textContent = 'Open the run';
      link.href = new URL(`r/${run}`, document.baseURI).href;
      this.arrived(run);
    }
    this.changed();
  }

  show(state) {
    this.state = state;
    this.element.dataset.state = state;
    this.bar.value = this.confirmed;
    this.bar.hidden = state === 'arrived' || state === 'failed';
    this.pauseButton.hidden = state !== 'sending';
    this.resumeButton.hidden = state !== 'paused' && state !== 'waiting' && !(state === 'failed' && this.mayTryAgain);
    this.resumeButton.textContent = state === 'failed' ? 'Try again' : 'Resume';
    this.cancelButton.hidden = state === 'arrived' || state === 'cancelled';
    this.cancelButton.textContent = state === 'failed' || state === 'watching' ? 'Remove' : 'Cancel';
    const so = `${size(this.confirmed)} of ${size(this.file.size)} confirmed`;
    this.words.textContent = {
      queued: `${size(this.file.size)}, waiting for its turn`,
      sending: `${so}${this.isResumed ? ', taken up where it stopped' : ''}${this.timeLeft()}`,
      watching: `${so}; another page or program sends this file already. This one watches, and goes on if the other stops.`,
      paused: `${so}, paused`,
      waiting: `${so}; the connection is lost. It goes on when the connection is back.`,
      failed: this.trouble,
      arrived: this.note || `${size(this.file.size)} arrived whole`,
      cancelled: 'cancelled',
    }[state];
  }

  timeLeft() {
    const seconds = (performance.now() - this.begun) / 1000;
    if (!(seconds > 2)) return '';
    // What was confirmed before this page began says nothing of this line.
    const sent = this.confirmed - this.before;
    if (sent <= 0) return '';
    const left = (this.file.size - this.confirmed) / sent * seconds;
    return left < 90 ? `, ${Math.ceil(left)} s left` : `, ${Math.ceil(left / 60)} min left`;
  }
}

const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));

const statusOf = error => error.originalResponse?.getStatus() ?? 0;

// What cannot be uploaded says why, and goes when it was read.
function refusal(name, why) {
  const row = document.createElement('li');
  row.className = 'upload-row';
  row.dataset.state = 'failed';
  child(row, 'span', 'grow').textContent = name;
  child(row, 'span', 'muted small').textContent = why;
  button(row, 'Remove', () => row.remove());
  return row;
}

function child(parent, tag, classes) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  parent.append(made);
  return made;
}

function button(parent, text, action) {
  const made = child(parent, 'button', 'button button-quiet');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', action);
  return made;
}

function size(bytes) {
  if (bytes < 1e3) return `${bytes} B`;
  const [scale, unit] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(bytes / scale).toFixed(bytes / scale < 10 ? 1 : 0)} ${unit}`;
}
