// Sends photos and files by plain HTTP, one after the other, with their progress; makes the small picture of a photo.

const side = 480; // pixels of the longer side of a small picture

export function mount(zone, address, limit) {
  if (!zone) return { dispose() {} };
  const progress = () => zone.querySelector('.attach-progress');
  let queue = Promise.resolve();
  let isGone = false;

  function line(name) {
    const item = document.createElement('li');
    const words = document.createElement('span');
    words.className = 'grow';
    const bar = document.createElement('progress');
    bar.className = 'progress';
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute('aria-label', name);
    words.textContent = `${name}: waiting`;
    item.append(words, bar);
    progress()?.append(item);
    return {
      say(text) { words.textContent = `${name}: ${text}`; },
      at(part) { bar.value = part; },
      done() { item.remove(); },
      trouble(text) {
        bar.remove();
        words.textContent = text;
        words.className = 'grow field-error';
        const away = document.createElement('button');
        away.type = 'button';
        away.className = 'button button-quiet';
        away.textContent = 'Dismiss';
        away.addEventListener('click', () => item.remove());
        item.append(away);
      },
    };
  }

  const send = (method, url, body, tell) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, new URL(url, document.baseURI));
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = event => { if (event.lengthComputable) tell?.(event.loaded / event.total); };
    request.onload = () => request.status < 300 ? resolve(request.response) : reject(new Error(request.response?.detail ?? `the portal answered ${request.status}`));
    request.onerror = () => reject(new Error('the connection was lost. Nothing was added; choose it again when there is a connection.'));
    request.send(body);
  });

  async function small(file) {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', 0.8));
  }

  async function one(file) {
    const shown = line(file.name);
    if (file.size > limit) {
      shown.trouble(`${file.name} has ${Math.ceil(file.size / 1048576)} MB; up to ${limit >> 20} MB can be added here. Nothing was added.`);
      return;
    }
    try {
      shown.say('being sent');
      const to = `${address}?on=${zone.dataset.on}&record=${zone.dataset.record}&name=${encodeURIComponent(file.name)}&type=${encodeURIComponent(file.type)}`;
      const added = await send('POST', to, file, part => shown.at(part));
      if (added?.picture && file.size > 150_000) {
        shown.say('making its small picture');
        try {
          const thumbnail = await small(file);
          if (thumbnail) await send('PUT', `${address}/${added.id}/thumbnail`, thumbnail);
        } catch { /* the page shows the photo itself instead */ }
      }
      shown.done();
    } catch (trouble) {
      shown.trouble(trouble.message.includes(file.name) ? trouble.message : `${file.name}: ${trouble.message}`);
    }
  }

  function chosen(event) {
    if (event.target.type !== 'file') return;
    for (const file of event.target.files) queue = queue.then(() => isGone ? null : one(file));
    event.target.value = '';
  }
  zone.addEventListener('change', chosen);
  zone.dataset.ready = '';
  return { dispose() { isGone = true; zone.removeEventListener('change', chosen); } };
}
