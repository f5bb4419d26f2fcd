// What a page is asked for in the browser: each function gives the sentences of what is wrong.
window.everyPage = (() => {
  const shown = element => {
    const style = getComputedStyle(element);
    return element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert], [aria-hidden=true]') && style.pointerEvents !== 'none'
      && element.getClientRects().length > 0;
  };
  const name = element => {
    const text = (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 50);
    return `${element.localName}${element.id ? '#' + element.id : ''}${element.className && typeof element.className === 'string' ? '.' + element.className.trim().split(/\s+/).join('.') : ''} "${text}"`;
  };
  const actions = () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
    .filter(element => element.tabIndex >= 0 && !element.disabled && element.type !== 'hidden' && shown(element));

  let seen, dim;
  const look = element => { const s = getComputedStyle(element); return [s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.backgroundColor].join('|'); };
  const isSeen = element => {
    const s = getComputedStyle(element);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none';
  };
  // A label may carry the focus of the control that it hides.
  const carrier = element => element.closest('label') ?? element;

  return {
    structure() {
      const wrong = [];
      if (!document.title.trim()) wrong.push('the page has no title');
      if (document.documentElement.lang !== 'en') wrong.push('the page has no language');
      const heads = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(head => head.checkVisibility());
      const levels = heads.map(head => Number(head.localName[1]));
      if (levels.filter(level => level === 1).length !== 1) wrong.push(`the page has ${levels.filter(level => level === 1).length} first headings`);
      levels.forEach((level, i) => { if (i > 0 && level > levels[i - 1] + 1) wrong.push(`heading "${heads[i].textContent.trim()}" skips a level`); });
      if (document.querySelectorAll('main').length !== 1) wrong.push('the page has not one main landmark');
      for (const plot of document.querySelectorAll('figure.plot')) {
        if (!plot.getAttribute('aria-label')) wrong.push('a plot has no name');
        if (!plot.querySelector('details.plot-data > summary')) wrong.push('a plot has no data table');
        if (plot.querySelector('.plot-canvas').getAttribute('role') !== 'img') wrong.push('a plot is no image for a screen reader');
      }
      for (const input of document.querySelectorAll('[aria-invalid=true]')) {
        const said = (input.getAttribute('aria-describedby') ?? '').split(' ').map(id => document.getElementById(id)?.textContent.trim()).join('');
        if (!said) wrong.push(`${name(input)} is wrong and does not say why`);
      }
      return wrong;
    },
    /** Begins to note what the keyboard reaches; the keys are pressed by the test. */
    beginWalk() {
      document.activeElement?.blur?.();
      seen = new Set(); dim = new Set();
      const before = new Map(actions().map(element => [element, look(carrier(element))]));
      document.addEventListener('focusin', this.note = event => {
        const element = event.target;
        seen.add(element);
        const marked = carrier(element);
        if (!(isSeen(element) || isSeen(marked) || (before.has(element) && before.get(element) !== look(marked)))) dim.add(element);
      });
      return actions().length;
    },
    walked() { return seen.size; },
    endWalk() {
      document.removeEventListener('focusin', this.note);
      const reached = element => seen.has(element) || (element.type === 'radio' && [...seen].some(other => other.name === element.name));
      return [
        ...actions().filter(element => !reached(element)).map(element => `the keyboard does not reach ${name(element)}`),
        ...[...dim].filter(element => element !== document.body && element.localName !== 'main').map(element => `the focus does not show on ${name(element)}`),
      ];
    },
    /** On a phone: actions large enough for a finger, nothing wider than the screen, no label without a value. */
    phone() {
      const wrong = [];
      const root = document.scrollingElement;
      if (root.scrollWidth > innerWidth + 1) {
        const wide = [...document.querySelectorAll('main *')].filter(element => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.table-scroll, .tabs, .crumbs, pre, .plot'));
        wrong.push(`the page is ${root.scrollWidth} px wide: ${wide.slice(0, 2).map(name)}`);
      }
      for (const element of actions()) {
        if (element.closest('.visually-hidden, .skip') || element.classList.contains('skip') || element.classList.contains('visually-hidden') || element.localName === 'main') continue;
        if (element.matches('[tabindex]:not(a, button, input, select, textarea, summary)')) continue;
        // A link within a sentence is as high as its line.
        const text = element.localName === 'a' && !element.matches('.button') && [...(element.closest('p, dd, li, td, .trouble, .hint') ?? element).childNodes]
          .some(node => !node.contains(element) && node.textContent.trim());
        if (text) continue;
        const box = (element.type === 'checkbox' || element.type === 'radio' ? element.closest('label') ?? element : element).getBoundingClientRect();
        if (box.height < 43.5) wrong.push(`${name(element)} is only ${Math.round(box.height)} px high`);
      }
      for (const label of document.querySelectorAll('.record-grid tbody .rz-column-title, .table-rows td[data-label]')) {
        const cell = label.closest('td');
        const value = cell.cloneNode(true);
        value.querySelector('.rz-column-title')?.remove();
        if (cell.checkVisibility() && !value.textContent.trim() && label.checkVisibility() && label.getClientRects().length > 0)
          wrong.push(`the label "${label.textContent.trim() || label.dataset.label}" stands without a value`);
      }
      return [...new Set(wrong)];
    },
    /** What moves although the person asked for stillness. */
    moving: () => [...document.querySelectorAll('*')].filter(element => {
      const style = getComputedStyle(element);
      const longest = text => Math.max(...text.split(',').map(parseFloat));
      return longest(style.animationDuration) > 0.01 && style.animationName !== 'none' || longest(style.transitionDuration) > 0.01;
    }).slice(0, 3).map(element => `${name(element)} moves`),
  };
})();
