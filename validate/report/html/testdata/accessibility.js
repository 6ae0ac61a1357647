// What can be told by a program of WCAG 2.2 AA, held against the page as it
// stands. Returns a list of sentences, one a fault; empty when there is none.
(() => {
  const faults = [];
  const all = (s, e = document) => Array.from(e.querySelectorAll(s));
  const where = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (typeof e.className === 'string' && e.className ? '.' + e.className.trim().split(/\s+/).join('.') : '') +
    ' "' + (e.textContent || '').trim().slice(0, 40) + '"';
  const fault = (what, e) => faults.push(e ? what + ': ' + where(e) : what);
  const shown = e => e.checkVisibility({contentVisibilityAuto: false, opacityProperty: true, visibilityProperty: true}) && e.getClientRects().length > 0;
  let looked = 0;

  // The document: language, title, zoom, landmarks.
  if (!document.documentElement.lang) fault('no language');
  if (!document.title.trim()) fault('no title');
  const viewport = document.querySelector('meta[name=viewport]');
  if (!viewport || /user-scalable\s*=\s*no|maximum-scale/.test(viewport.content)) fault('the page cannot be zoomed');
  for (const [what, selector] of [['main', 'main'], ['first heading', 'h1'], ['banner', 'body > header'], ['footer', 'body > footer']]) {
    const n = all(selector).length;
    if (n !== 1) fault(n + ' of ' + what + ', want one');
  }
  for (const e of all('body > *')) {
    if (shown(e) && !e.matches('header, main, footer, script, style, a.skip, [role=status], [aria-hidden=true]')) fault('outside every landmark', e);
  }
  const landmarks = new Map();
  for (const e of all('nav, [role=group], [role=search], section')) {
    const names = e.getAttribute('aria-label') || (e.getAttribute('aria-labelledby') || '').split(/\s+/).map(id => (document.getElementById(id) || {}).textContent || '').join('');
    if (!names.trim()) fault('a landmark without a name', e);
    const known = (e.getAttribute('role') || e.tagName) + ' ' + names;
    if (!e.matches('[role=group]') && landmarks.has(known)) fault('two landmarks of one name', e);
    landmarks.set(known, e);
  }
  const skip = document.querySelector('a[href="#main"]');
  if (!skip || !document.querySelector(skip.getAttribute('href'))) fault('no link past the navigation');

  // Identifiers and what refers to them.
  const ids = new Map();
  for (const e of all('[id]')) ids.set(e.id, (ids.get(e.id) || 0) + 1);
  for (const [id, n] of ids) if (n > 1) fault(n + ' elements with the id ' + id);
  for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for']) {
    for (const e of all('[' + attribute + ']')) {
      for (const id of e.getAttribute(attribute).split(/\s+/)) if (!ids.has(id)) fault(attribute + ' names ' + id + ', which is not there', e);
    }
  }
  for (const a of all('a[href^="#"]')) {
    if (a.getAttribute('href').length > 1 && !ids.has(a.getAttribute('href').slice(1))) fault('a link to nowhere, ' + a.getAttribute('href'), a);
  }

  // Headings go down one level at a time.
  let level = 0;
  for (const h of all('h1, h2, h3, h4, h5, h6')) {
    const n = Number(h.tagName[1]);
    if (n > level + 1) fault('a heading of level ' + n + ' after one of level ' + level, h);
    if (!h.textContent.trim()) fault('an empty heading', h);
    level = n;
    looked++;
  }

  // Names of what can be operated.
  const name = e => {
    const by = (e.getAttribute('aria-labelledby') || '').split(/\s+/).map(id => (document.getElementById(id) || {}).textContent || '').join(' ').trim();
    if (by) return by;
    if (e.getAttribute('aria-label')) return e.getAttribute('aria-label').trim();
    if (e.labels && e.labels.length) return Array.from(e.labels).map(l => Array.from(l.childNodes).filter(n => n.nodeType === 3).map(n => n.data).join('')).join(' ').trim();
    return (e.textContent || '').trim();
  };
  for (const e of all('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
    looked++;
    if (!name(e)) fault('no name', e);
    const label = e.getAttribute('aria-label'), text = (e.innerText || '').trim();
    if (label && text && e.matches('a, button') && !label.toLowerCase().includes(text.toLowerCase())) fault('the name does not hold the text seen', e);
    if (e.closest('[aria-hidden=true]') && e.tabIndex >= 0) fault('hidden from readers and yet in the tab order', e);
  }
  for (const e of all('[tabindex]')) if (e.tabIndex > 0) fault('a place of its own in the tab order', e);

  // Roles and states that exist.
  const roles = ['status', 'note', 'region', 'search', 'table', 'rowgroup', 'row', 'cell', 'columnheader', 'rowheader', 'img', 'group'];
  for (const e of all('[role]')) if (!roles.includes(e.getAttribute('role'))) fault('the role ' + e.getAttribute('role'), e);
  for (const e of all('[aria-sort]')) if (!['ascending', 'descending', 'none'].includes(e.getAttribute('aria-sort')) || !e.matches('th')) fault('aria-sort', e);
  for (const e of all('[aria-live]')) if (!['polite', 'assertive', 'off'].includes(e.getAttribute('aria-live'))) fault('aria-live', e);
  for (const e of all('[aria-pressed], [aria-expanded]')) if (!['true', 'false'].includes(e.getAttribute('aria-pressed') || e.getAttribute('aria-expanded')) || !e.matches('button')) fault('a state', e);
  if (!document.querySelector('[role=status][aria-live=polite]')) fault('nothing tells readers how many were found');

  // Pictures and lists.
  for (const e of all('svg, img')) if (e.getAttribute('aria-hidden') !== 'true' && !(e.getAttribute('role') === 'img' && name(e))) fault('a picture without words', e);
  for (const e of all('ul, ol')) for (const c of e.children) if (c.tagName !== 'LI') fault('not an item of a list', c);
  for (const e of all('li')) if (!e.parentElement.matches('ul, ol')) fault('an item outside a list', e);
  for (const e of all('dl')) for (const c of e.children) if (!c.matches('div, dt, dd')) fault('not a term of a list', c);

  // Tables: caption, heads with their scope, rows of equal length, explicit
  // roles wherever the layout takes the table's own away.
  for (const t of all('table')) {
    looked++;
    if (!t.caption || !t.caption.textContent.trim()) fault('a table without caption', t);
    const heads = t.tHead ? Array.from(t.tHead.rows[0].cells) : [];
    if (!heads.length) { fault('a table without heads', t); continue; }
    for (const h of heads) if (h.tagName !== 'TH' || h.scope !== 'col' || !h.textContent.trim()) fault('a head without scope or text', h);
    for (const tr of all('tbody tr', t)) {
      let n = 0;
      for (const c of tr.cells) n += c.colSpan;
      if (n !== heads.length) fault('a row of ' + n + ' cells under ' + heads.length + ' heads', tr);
      if (!tr.querySelector('th[scope]')) fault('a row without a head', tr);
    }
    const roles = getComputedStyle(t).display !== 'table' || all('tr', t).some(tr => !['table-row', 'none'].includes(getComputedStyle(tr).display));
    if (roles && (t.getAttribute('role') !== 'table' || all('tr', t).some(e => e.getAttribute('role') !== 'row') || all('td', t).some(e => e.getAttribute('role') !== 'cell') ||
      all('th', t).some(e => !['rowheader', 'columnheader'].includes(e.getAttribute('role'))) || all('thead, tbody, tfoot', t).some(e => e.getAttribute('role') !== 'rowgroup'))) fault('a table laid out as blocks without roles', t);
  }

  // What scrolls can be scrolled by keyboard, and the page itself does not
  // scroll sideways.
  for (const e of all('body *')) {
    const s = getComputedStyle(e);
    if (shown(e) && /(auto|scroll)/.test(s.overflowX + s.overflowY) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) &&
      e.tabIndex < 0 && !e.querySelector('a[href], button, input, select')) fault('scrolls, and no key reaches it', e);
  }
  if (document.documentElement.scrollWidth > innerWidth) fault('the page scrolls sideways: ' + document.documentElement.scrollWidth + ' in ' + innerWidth);

  // Contrast of text with what lies behind it.
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const colours = new Map();
  const rgba = s => {
    if (!colours.has(s)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = s;
      canvas.fillRect(0, 0, 1, 1);
      const d = canvas.getImageData(0, 0, 1, 1).data;
      colours.set(s, [d[0], d[1], d[2], d[3] / 255]);
    }
    return colours.get(s);
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0.99) return c;
      if (c[3] > 0.01) fault('a background that lets others through', e);
    }
    return rgba('Canvas');
  };
  const light = c => {
    const f = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2];
  };
  const ratio = (a, b) => {
    const x = light(a), y = light(b);
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  };
  const told = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e || e.matches('script, style, noscript, option') || e.closest('.unseen, :disabled, a.skip') || !shown(e)) continue;
    const s = getComputedStyle(e);
    const size = parseFloat(s.fontSize), large = size >= 24 || size >= 18.66 && Number(s.fontWeight) >= 700;
    const got = ratio(rgba(s.color), behind(e)), want = large ? 3 : 4.5;
    texts++;
    if (got < want && !told.has(s.color + e.className)) {
      told.add(s.color + e.className);
      fault('contrast ' + got.toFixed(2) + ', want ' + want, e);
    }
    if (Number(s.opacity) < 1) fault('text that others show through', e);
  }
  if (texts < 50) fault('only ' + texts + ' texts seen: the check proves nothing');
  for (const e of all('input, select, button:not(:disabled)')) {
    if (!shown(e)) continue;
    const s = getComputedStyle(e);
    if (s.borderTopWidth !== '0px' && ratio(rgba(s.borderTopColor), behind(e.parentElement)) < 3) fault('an edge that cannot be seen', e);
  }
  for (const e of all('svg.bar rect, .dot')) {
    if (e.classList.contains('f-none') || !shown(e)) continue;
    const s = getComputedStyle(e);
    const fill = e.tagName === 'rect' ? s.fill : s.backgroundColor;
    const got = ratio(rgba(fill), behind(e.closest('svg') ? e.closest('svg').parentElement : e.parentElement));
    if (got < 3 && !told.has(fill)) { told.add(fill); fault('a bar of contrast ' + got.toFixed(2), e); }
  }

  // Targets are large enough to hit; a link within a sentence may be small.
  for (const e of all('button, select, input, summary, nav a')) {
    if (!shown(e)) continue;
    const r = e.getBoundingClientRect();
    const target = e.type === 'checkbox' ? e.closest('label').getBoundingClientRect() : r;
    if (target.width < 23.5 || target.height < 23.5) fault('a target of ' + target.width.toFixed(0) + ' by ' + target.height.toFixed(0), e);
  }

  // Where the keyboard is can be seen.
  const before = document.activeElement;
  for (const e of [all('button').find(shown), all('a.code').find(shown), all('select').find(shown), all('summary').find(shown), all('.scroll').find(shown), all('thead button').find(shown)]) {
    if (!e) continue;
    e.focus({focusVisible: true, preventScroll: true});
    const s = getComputedStyle(e);
    if (document.activeElement !== e) fault('cannot take the focus', e);
    else if (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2 || ratio(rgba(s.outlineColor), behind(e.parentElement)) < 3) fault('the focus cannot be seen', e);
  }
  if (before && before.focus) before.focus({preventScroll: true});
  if (looked < 20) fault('only ' + looked + ' elements seen: the check proves nothing');
  return faults;
})()
