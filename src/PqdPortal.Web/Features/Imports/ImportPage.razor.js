// Sends a chosen, dropped or pasted table over plain HTTP and leads to the look at it; the page's own connection carries none of it.

/** @param lead where the look at a table is. */
export function mount(take, lead) {
  if (!take || take.dataset.mounted) return;
  take.dataset.mounted = 'yes';
  const drop = take.querySelector('.upload-drop');
  const input = take.querySelector('input[type=file]');
  const text = take.querySelector('textarea');
  const trouble = take.querySelector('[data-trouble]');
  const sending = take.querySelector('[data-sending]');

  const say = sentence => { trouble.textContent = sentence ?? ''; trouble.hidden = !sentence; };

  async function send(body) {
    say(null);
    sending.hidden = false;
    try {
      const answer = await fetch(new URL('api/v1/imports', document.baseURI), { method: 'POST', body, headers: { 'Content-Type': 'text/csv' } });
      if (!answer.ok) {
        const problem = await answer.json().catch(() => null);
        say(problem?.detail ?? `The portal answered ${answer.status} and kept nothing. Try again.`);
        return;
      }
      const { id } = await answer.json();
      Blazor.navigateTo(new URL(`${lead}?file=${id}`, document.baseURI).href);
    } catch {
      say('The table did not arrive: the portal could not be reached. Nothing was imported; try again.');
    } finally {
      sending.hidden = true;
    }
  }

  const choose = () => { const file = input.files[0]; if (file) send(file); input.value = ''; };
  input.addEventListener('change', choose);
  drop.addEventListener('dragover', event => { event.preventDefault(); drop.classList.add('upload-over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('upload-over'));
  drop.addEventListener('drop', event => {
    event.preventDefault();
    drop.classList.remove('upload-over');
    const file = event.dataTransfer.files[0];
    if (file) send(file);
  });
  take.querySelector('[data-paste]').addEventListener('click', () => {
    if (text.value.trim() === '') { say('Paste a table first: its first row names the columns.'); text.focus(); return; }
    send(new Blob([text.value], { type: 'text/csv' }));
  });
  choose(); // chosen before this module was there
}
