// Sends dropped files in resumable pieces (tus 1.0) and shows what the portal has confirmed, file by file.

const endpoint = () => new URL('api/uploads', document.baseURI).href;
const pieceBytes = 8 * 1024 * 1024;
const atOnce = 2;
const patience = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000];

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

  tellLimit(zone);

  const take = files => { for (const file of files) add(file); };
  // A folder comes as one entry without bytes, which no reading would tell from an empty file.
  const takeDropped = transfer => {
    const entries = [...transfer.items ?? []].filter(item => item.kind === 'file').map(item => [item.webkitGetAsEntry?.(), item.getAsFile()]);
    if (entries.length === 0) { take([...transfer.files]); return; }
    for (const [entry, file] of entries) {
      if (entry?.isDirectory) list.prepend(refusal(entry.name, 'is a folder. Open it and drop its files.'));
      else if (file) add(file);
    }
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
    const row = new Row(file, { ...target, filename: file.name }, next, run => page.invokeMethodAsync('Arrived', run));
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
    const answer = await fetch(endpoint(), { method: 'OPTIONS' });
    const limit = Number(answer.headers.get('Tus-Max-Size'));
    if (limit > 0) zone.querySelector('[data-limit]').textContent = `Up to ${size(limit)} a file.`;
  } catch { /* the limit is told again when a file is too large */ }
}

class Row {
  constructor(file, metadata, changed, arrived) {
    this.file = file;
    this.state = 'queued';
    this.changed = changed;
    this.arrived = arrived;
    this.confirmed = 0;

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

    this.upload = new client.Upload(file, {
      endpoint: endpoint(),
      chunkSize: pieceBytes,
      retryDelays: patience,
      metadata,
      removeFingerprintOnSuccess: true,
      // The same file for another place is another upload.
      fingerprint: async file => ['pqd', file.name, file.size, file.lastModified, metadata.project, metadata.sample, metadata.dot, metadata.run, metadata.role].join('|'),
      onShouldRetry: error => { const status = error.originalResponse?.getStatus() ?? 0; return status === 0 || status === 409 || status === 423 || status >= 500 && status !== 507; },
      onChunkComplete: (_, accepted) => { this.confirmed = accepted; this.show('sending'); },
      onError: error => this.failed(error),
      onSuccess: ({ lastResponse }) => this.done(lastResponse),
    });
    this.show('queued');
  }

  async send() {
    this.show('sending');
    this.begun ??= performance.now();
    if (!this.looked) {
      this.looked = true;
      const [earlier] = await this.upload.findPreviousUploads();
      if (earlier) this.upload.resumeFromPreviousUpload(earlier);
    }
    if (this.state === 'sending') this.upload.start();
  }

  pause() { this.upload.abort(); this.show('paused'); this.changed(); }

  resume() { this.show('queued'); this.changed(); }

  wake() { if (this.state === 'waiting') this.resume(); }

  async cancel() {
    this.show('cancelled');
    // The piece under way is let go first, or the portal would still hold the upload for it.
    await this.upload.abort();
    await new Promise(done => setTimeout(done, 400));
    try { await this.upload.abort(true); } catch { /* what the portal holds of it expires by itself */ }
    this.element.remove();
    this.onGone();
  }

  /** The page goes away; the upload can be taken up again. */
  leave() { if (this.state === 'sending') this.upload.abort(); }

  failed(error) {
    const answer = error.originalResponse;
    if (!answer) { this.show('waiting'); this.changed(); return; }
    const status = answer.getStatus();
    this.trouble = status === 401 ? 'You are signed out. Sign in again and drop the same file: it goes on where it stopped.'
      : answer.getBody()?.trim() || `The portal answered ${status}.`;
    this.show('failed');
    this.changed();
  }

  done(answer) {
    this.confirmed = this.file.size;
    const run = answer?.getHeader('Portal-Run');
    this.note = decodeURIComponent(answer?.getHeader('Portal-Note') ?? '');
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
    this.resumeButton.hidden = state !== 'paused' && state !== 'waiting';
    this.cancelButton.hidden = state === 'arrived' || state === 'cancelled';
    this.cancelButton.textContent = state === 'failed' ? 'Remove' : 'Cancel';
    const so = `${size(this.confirmed)} of ${size(this.file.size)} confirmed`;
    this.words.textContent = {
      queued: `${size(this.file.size)}, waiting for its turn`,
      sending: `${so}${this.timeLeft()}`,
      paused: `${so}, paused`,
      waiting: `${so}; the connection is lost. It goes on when the connection is back.`,
      failed: this.trouble,
      arrived: this.note || `${size(this.file.size)} arrived whole`,
      cancelled: 'cancelled',
    }[state];
  }

  timeLeft() {
    const seconds = (performance.now() - this.begun) / 1000;
    if (!(seconds > 2) || this.confirmed === 0) return '';
    const left = (this.file.size - this.confirmed) / this.confirmed * seconds;
    return left < 90 ? `, ${Math.ceil(left)} s left` : `, ${Math.ceil(left / 60)} min left`;
  }
}

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
