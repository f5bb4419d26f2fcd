// Keeps the note that is being typed in this browser until it is added. Kept per person and record.

const prefix = 'pqdportal.note.';

export function mount(form, of) {
  const key = prefix + of;
  const input = form?.querySelector('textarea');
  if (!input) return { keep() {} };
  try {
    const kept = localStorage.getItem(key);
    // What was typed while this was on its way counts more than what was kept.
    if (input.value.trim()) localStorage.setItem(key, input.value.slice(0, 70_000));
    else if (kept) {
      input.value = kept;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  } catch { /* a private window keeps nothing */ }
  input.addEventListener('input', () => {
    try { if (input.value.trim()) localStorage.setItem(key, input.value.slice(0, 70_000)); else localStorage.removeItem(key); } catch { /* full, or private */ }
  });
  form.dataset.ready = '';
  return { keep(text) { try { if (text) localStorage.setItem(key, text.slice(0, 70_000)); else localStorage.removeItem(key); } catch { /* full, or private */ } } };
}
