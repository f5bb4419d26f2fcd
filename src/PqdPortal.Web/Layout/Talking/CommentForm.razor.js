// Offers the people who can see a record behind an @ in a comment. Arrows move, Enter and Tab take, Escape leaves.

const most = 8; // names shown at once

/** @param page says who can be named, asked at the first @. */
export function mount(place, page, focuses) {
  if (!place) return { dispose() {} };
  const list = place.querySelector('[data-people]');
  let people, begin = -1, shown = [], at = 0, turns = 0, isOwed = false;
  const field = () => place.querySelector('textarea');

  function close() {
    begin = -1;
    list.hidden = true;
    list.replaceChildren();
    const text = field();
    if (!text) return;
    text.removeAttribute('aria-activedescendant');
  }

  function draw() {
    const text = field();
    if (!text || shown.length === 0) { close(); return; }
    list.replaceChildren(...shown.map((name, i) => Object.assign(document.createElement('li'), {
      textContent: name, id: `${list.id}-${i}`, role: 'option', ariaSelected: String(i === at),
    })));
    list.hidden = false;
    list.style.top = `${text.offsetTop + text.offsetHeight}px`;
    text.setAttribute('aria-activedescendant', `${list.id}-${at}`);
    list.children[at].scrollIntoView({ block: 'nearest' });
  }

  async function look() {
    const text = field();
    if (!text) return;
    const turn = ++turns;
    // A name may have spaces; longer than any it is none.
    const before = text.value.slice(Math.max(0, text.selectionStart - 80), text.selectionStart);
    const found = /(?:^|[^\p{L}\p{N}_/@])@([^@\n]*)$/u.exec(before);
    if (!found) { close(); return; }
    begin = text.selectionStart - found[1].length;
    // Asked once: of several answers the one to the first letter could come last.
    const asked = people ??= page.invokeMethodAsync('People');
    let all;
    try { all = await asked; } catch { if (people === asked) people = undefined; close(); return; }
    // Meanwhile more was typed, or the list was left.
    if (turn !== turns || begin < 0) return;
    const typed = found[1].toLowerCase();
    // What is behind a whole name is text again.
    if (all.some(name => typed.startsWith(`${name.toLowerCase()} `))) { close(); return; }
    shown = all.filter(name => name.toLowerCase().startsWith(typed))
      .concat(typed ? all.filter(name => !name.toLowerCase().startsWith(typed) && name.toLowerCase().split(/\s+/).some(part => part.startsWith(typed))) : []).slice(0, most);
    at = 0;
    draw();
  }

  function take(name) {
    const text = field();
    const end = text.selectionStart + (text.value[text.selectionStart] === ' ' ? 1 : 0);
    text.focus();
    text.setSelectionRange(begin, end);
    // As if it were typed, so that it can be undone. The portal hears of it with the rest, when the field is left: told now, it would
    // put back what it heard over what is typed meanwhile.
    if (!document.execCommand('insertText', false, `${name} `)) {
      text.setRangeText(`${name} `, begin, end, 'end');
      text.dispatchEvent(new Event('input', { bubbles: true }));
    }
    isOwed = true;
    close();
  }

  function typed(event) { if (event.target.matches('textarea')) look(); }
  function pressed(event) {
    if (list.hidden || !event.target.matches('textarea')) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      at = (at + (event.key === 'ArrowDown' ? 1 : shown.length - 1)) % shown.length;
      draw();
    } else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') take(shown[at]);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  // Before the field loses the focus.
  function chosen(event) {
    const name = event.target.closest('[role=option]');
    if (!name) return;
    event.preventDefault();
    take(name.textContent);
  }
  function left(event) {
    if (isOwed && event.target.matches('textarea')) {
      isOwed = false;
      event.target.dispatchEvent(new Event('change', { bubbles: true }));
    }
    if (!place.contains(event.relatedTarget)) close();
  }

  place.addEventListener('input', typed);
  place.addEventListener('keydown', pressed);
  list.addEventListener('pointerdown', chosen);
  place.addEventListener('focusout', left);
  const text = field();
  if (text) {
    text.setAttribute('aria-autocomplete', 'list');
    text.setAttribute('aria-controls', list.id);
  }
  if (focuses) text?.focus();

  return {
    dispose() {
      place.removeEventListener('input', typed);
      place.removeEventListener('keydown', pressed);
      list.removeEventListener('pointerdown', chosen);
      place.removeEventListener('focusout', left);
    },
  };
}
