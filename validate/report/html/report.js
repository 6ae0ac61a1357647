(() => {
'use strict';
// The report's program: filters, sorts, pages through the places and copies.
// It writes text, never HTML, so that nothing in the data can become a mark.
const one = (s, e = document) => e.querySelector(s);
const all = (s, e = document) => Array.from(e.querySelectorAll(s));
const data = JSON.parse(one('#data').textContent);
const severities = ['', 'warning', 'record rejected', 'group rejected', 'file rejected'];
const classes = ['', 's-warning', 's-record', 's-group', 's-file'];
const states = ['', 'new', 'still there', 'returned', 'fixed'];
const number = new Intl.NumberFormat('en-GB').format;
const things = (n, unit) => number(n) + ' ' + unit + (n === 1 ? '' : 's');

const make = (tag, attributes, ...children) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) {
    if (v !== undefined && v !== false) e.setAttribute(k, v);
  }
  e.append(...children);
  return e;
};

// say tells a screen reader what a button did.
const live = make('p', {class: 'unseen', role: 'status', 'aria-live': 'polite', id: 'said'});
document.body.append(live);
const say = text => { live.textContent = ''; setTimeout(() => { live.textContent = text; }, 50); };

// A cell of a CSV file. Text that a spreadsheet would take for a formula gets
// a leading apostrophe; numbers of ours stay numbers.
const cell = v => {
  if (typeof v === 'number') return String(v);
  let s = v === null || v === undefined ? '' : String(v);
  if (/^\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(s)) s = "'" + s;
  return /[",\r\n]/.test(s) ? '"' + s.replace(/"/g, '""') + '"' : s;
};
const csv = rows => rows.map(r => r.map(cell).join(',')).join('\r\n') + '\r\n';
const copy = async (button, rows) => {
  const text = csv(rows);
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch (e) {
    const area = make('textarea', {class: 'unseen', 'aria-hidden': 'true', tabindex: '-1'});
    area.value = text;
    document.body.append(area);
    area.select();
    try { done = document.execCommand('copy'); } catch (e) { done = false; }
    area.remove();
    button.focus();
  }
  const label = button.textContent;
  button.textContent = done ? 'Copied' : 'Could not copy';
  say(done ? things(rows.length - 1, 'row') + ' copied as CSV' : 'The browser did not allow copying');
  setTimeout(() => { button.textContent = label; }, 1500);
  return text;
};

// Sorting: a button in each head that can be sorted by.
const sortable = (table, sorted) => {
  const heads = all('thead th', table);
  heads.forEach((th, column) => {
    const kind = th.dataset.sort;
    if (!kind) return;
    const button = make('button', {type: 'button'}, th.textContent);
    th.replaceChildren(button);
    button.addEventListener('click', () => {
      const was = th.getAttribute('aria-sort');
      const way = was === 'descending' ? 'ascending' : was === 'ascending' ? 'descending' : kind === 'num' ? 'descending' : 'ascending';
      heads.forEach(h => h.removeAttribute('aria-sort'));
      th.setAttribute('aria-sort', way);
      sorted(column, kind, way === 'ascending' ? 1 : -1);
      say('Sorted by ' + button.textContent + ', ' + way);
    });
  });
};
const worth = (tr, column, kind) => {
  const td = tr.cells[column];
  if (!td) return kind === 'num' ? -Infinity : '';
  return kind === 'num' ? Number(td.dataset.v) : td.textContent.trim();
};
const byWorth = (kind, way) => (a, b) => way * (kind === 'num' ? a[0] - b[0] : a[0].localeCompare(b[0], 'en', {numeric: true}));
const sortRows = (table, column, kind, way) => {
  for (const body of table.tBodies) {
    const rows = Array.from(body.rows).filter(tr => !tr.classList.contains('between'));
    const keyed = rows.map(tr => [worth(tr, column, kind), tr]).sort(byWorth(kind, way));
    body.append(...keyed.map(k => k[1]));
  }
};
for (const table of all('table.matrix, table.plain, table.rules')) {
  sortable(table, (column, kind, way) => sortRows(table, column, kind, way));
}

// The visible rows of a table as they stand, numbers without commas.
const tableRows = table => [
  Array.from(table.tHead.rows[0].cells).filter(c => !c.classList.contains('drawn')).map(c => c.dataset.name || c.textContent.trim()),
  ...all('tbody tr', table).filter(tr => !tr.hidden).map(tr =>
    Array.from(tr.cells).filter(c => !c.classList.contains('drawn')).map(c => {
      if (c.classList.contains('num') && c.dataset.v !== undefined && !data.suppress) return c.dataset.v;
      const title = one('.title', c);
      return title ? one('a', c).textContent : c.textContent.trim();
    })),
];

// Tables of which the rules found nothing are a click away when there are many.
const cleanButton = one('[data-clean]');
const showClean = shown => {
  for (const tr of all('#matrix tr.untouched')) tr.hidden = !shown;
  cleanButton.setAttribute('aria-pressed', String(shown));
};
if (cleanButton) {
  showClean(false);
  cleanButton.addEventListener('click', () => showClean(cleanButton.getAttribute('aria-pressed') !== 'true'));
}

// An explorer is a list of rules with its filters and the places found.
const pageSize = 50;
const explorers = all('[data-explorer]').filter(s => one('form', s)).map(section => {
  const own = section.dataset.explorer === 'own';
  const id = section.id;
  const groups = data.groups.filter(g => Boolean(g.own) === own);
  const form = one('form', section);
  const count = one('#' + id + '-count');
  const rules = one('#' + id + '-rules');
  const places = one('#' + id + '-places');
  const pager = one('#' + id + '-pager');
  const key = (code, table) => code + '\n' + table;
  const rows = new Map(all('tbody tr[data-rule]', rules).map(tr => [key(tr.dataset.rule, tr.dataset.table), tr]));
  const exact = n => data.suppress ? 0 : Number(n.replace(/,/g, ''));
  for (const g of groups) {
    g.table = g.t < 0 ? '' : data.tables[g.t];
    g.row = rows.get(key(g.c, g.table));
    g.count = exact(g.n);
    g.hay = [g.c, severities[g.s], g.table, g.d, g.m, g.g || ''].join('\n').toLowerCase();
  }
  const field = (g, p) => p[2] || g.d || '';
  const cause = p => {
    const c = p[4];
    if (!c) return null;
    if (c.length < 3) return {table: data.tables[c[0]], absent: true, key: c[1]};
    return {table: data.tables[c[0]], row: c[1], code: c[2]};
  };
  const causeText = c => !c ? '' : c.absent ? 'not submitted: ' + c.table + (c.key === undefined ? '' : ' ' + c.key) : c.code + ', ' + c.table + ' row ' + number(c.row);
  const since = p => p[7] ? states[p[7]] + (p[8] > 1 ? ', ' + p[8] + ' months running' : '') : '';
  const hay = (g, p) => {
    const words = [p[0] || '', p[2] || '', p[3] || '', p[6] || '', causeText(cause(p))];
    if (p[5]) words.push(...p[5].map(v => v === null ? '' : v));
    return words.join('\n').toLowerCase();
  };

  let found = [];   // [group, place], in the order shown
  let at = 0;       // the first place of the page
  let order = null; // [column, way] of the places, null for the rules' order

  const filter = () => {
    const tokens = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const table = form.elements.table.value, severity = Number(form.elements.severity.value), rule = form.elements.rule.value;
    const state = form.elements.state ? Number(form.elements.state.value) : 0;
    const hide = form.elements.hide && form.elements.hide.checked;
    found = [];
    let shown = 0, findings = 0;
    for (const g of groups) {
      let visible = (!table || g.table === table) && (!severity || g.s === severity) && (!rule || g.c === rule) && !(hide && g.q);
      if (visible) {
        const rest = tokens.filter(t => !g.hay.includes(t));
        if (rest.length === 0 && !state) {
          for (const p of g.p) found.push([g, p]);
        } else {
          const before = found.length;
          for (const p of g.p) {
            if (state && p[7] !== state) continue;
            const h = rest.length ? hay(g, p) : '';
            if (rest.every(t => h.includes(t))) found.push([g, p]);
          }
          visible = found.length > before;
        }
      }
      if (g.row) g.row.hidden = !visible;
      if (visible) { shown++; findings += g.count; }
      g.visible = visible;
    }
    for (const tr of all('tr.between', rules)) tr.hidden = !all('tr[data-rule]', tr.parentNode).some(r => !r.hidden);
    count.textContent = data.suppress ? number(shown) + ' of ' + things(groups.length, 'rule') :
      number(shown) + ' of ' + things(groups.length, 'rule') + ' with ' + things(findings, 'finding') + '; ' + things(found.length, 'place') + ' listed';
    at = 0;
    sortPlaces();
    if (places) show();
  };

  const follows = groups.some(g => g.p.some(p => p[4]));
  const columns = [
    {name: 'Rule', text: (g, p) => g.c},
    {name: 'Severity', number: (g, p) => g.s},
    {name: 'Table', text: (g, p) => g.table || p[6] || ''},
    {name: 'Row', number: (g, p) => p[0]},
    {name: 'Line'},
    {name: 'Field', text: (g, p) => field(g, p)},
  ];
  if (follows) columns.push({name: 'Follows from', text: (g, p) => causeText(cause(p))});
  if (data.compared) columns.push({name: 'Since last time', number: (g, p) => p[8] || 0});
  if (data.values) columns.push({name: 'Values'});

  const sortPlaces = () => {
    if (!order) return;
    const c = columns[order[0]], way = order[1];
    found.sort(c.number ? (a, b) => way * (c.number(...a) - c.number(...b)) : (a, b) => way * c.text(...a).localeCompare(c.text(...b), 'en', {numeric: true}));
  };

  // The name of a table may break after its number.
  const tableName = s => { const m = /^([A-Z]+[0-9]+)(.+)$/.exec(s); return m ? [m[1], make('wbr'), m[2]] : [s]; };
  const td = (label, className, ...children) => make('td', {role: 'cell', class: className || false, 'data-label': label || false}, ...children);
  const placeRow = (g, p) => {
    const where = [field(g, p)];
    if (p[3]) where.push(p[3]);
    const c = cause(p);
    const tr = make('tr', {role: 'row'},
      make('th', {role: 'rowheader', scope: 'row'}, make('a', {class: 'code', href: '#rule-' + g.c, title: g.m}, g.c)),
      td('', '', make('span', {class: 'chip ' + classes[g.s]}, severities[g.s] + (g.g ? ', ' + g.g : ''))),
      td('', 'table', ...tableName(g.table || p[6] || '')),
      p[0] ? td('row', 'num', number(p[0])) : td('', 'num', make('span', {class: 'soft'}, 'whole')),
      p[1] ? td('line', 'num', number(p[1])) : td('', 'num', ''),
      where.some(Boolean) ? td('', 'field', where.filter(Boolean).join('; ')) : td('', 'field', ''));
    if (!follows);
    else if (!c) tr.append(td('', '', ''));
    else if (c.absent || !one('#rule-' + CSS.escape(c.code))) tr.append(td('follows from', '', causeText(c)));
    else tr.append(td('follows from', '', make('a', {class: 'code', href: '#rule-' + c.code}, c.code), ', ' + c.table + ' row ' + number(c.row)));
    if (data.compared) tr.append(td('', 'since', since(p)));
    if (data.values) {
      const list = make('ul', {class: 'values'});
      (p[5] || []).forEach((v, i) => list.append(make('li', {}, make('span', {}, (g.items[i] || '').replace(/^\[\w*\]/, '') + ' '),
        v === null ? make('i', {class: 'soft'}, 'blank') : make('bdi', {}, v))));
      tr.append(td('', '', list));
    }
    return tr;
  };

  const show = () => {
    const body = make('tbody', {role: 'rowgroup'});
    for (const [g, p] of found.slice(at, at + pageSize)) body.append(placeRow(g, p));
    if (places.tBodies.length) places.tBodies[0].replaceWith(body); else places.append(body);
    const last = Math.min(at + pageSize, found.length);
    const jump = (label, to, can) => {
      const b = make('button', {type: 'button', disabled: can ? false : ''}, label);
      b.addEventListener('click', () => {
        at = to;
        show();
        say('Places ' + number(at + 1) + ' to ' + number(Math.min(at + pageSize, found.length)));
        const again = all('button', pager).find(x => x.textContent === label);
        (again.disabled ? one('button:not(:disabled)', pager) : again).focus();
      });
      return make('li', {}, b);
    };
    const end = Math.max(0, Math.floor((found.length - 1) / pageSize) * pageSize);
    const where = make('li', {'aria-current': 'page'}, found.length ? 'Places ' + number(at + 1) + ' to ' + number(last) + ' of ' + number(found.length) : 'No place found');
    pager.replaceChildren(make('ul', {}, ...(found.length > pageSize ?
      [jump('First', 0, at > 0), jump('Previous', at - pageSize, at > 0), where, jump('Next', at + pageSize, last < found.length), jump('Last', end, at < end)] : [where])));
  };

  if (places) {
    const head = make('tr', {role: 'row'});
    for (const c of columns) {
      head.append(make('th', {scope: 'col', role: 'columnheader', class: c.number && c.name === 'Row' || c.name === 'Line' ? 'num' : false, 'data-sort': c.number ? 'num' : c.text ? 'text' : false}, c.name));
    }
    places.append(make('thead', {role: 'rowgroup'}, head));
    sortable(places, (column, kind, way) => { order = [column, way]; sortPlaces(); at = 0; show(); });
  }

  const ruleRows = () => {
    const before = !!one('td.since', rules);
    const rows = [['code', 'severity', 'table', 'field', 'message', 'findings', 'follow from others', ...(data.suppress ? [] : ['listed'])]];
    const seen = new Map(groups.map(g => [g.row, g]));
    for (const tr of all('tbody tr[data-rule]', rules)) {
      const g = seen.get(tr);
      if (!g || !g.visible) continue;
      const plain = s => data.suppress ? s : s.replace(/,/g, '');
      rows.push([g.c, severities[g.s], g.table, g.d, g.m, plain(g.n), g.f ? plain(g.f) : '0', ...(data.suppress ? [] : [g.p.length])]);
      if (before) rows[rows.length - 1].push(Number(one('.since', tr).dataset.v));
    }
    if (before) rows[0].push('change');
    return rows;
  };
  const placeRows = () => {
    const items = data.values ? Math.max(0, ...found.map(([g, p]) => (p[5] || []).length)) : 0;
    const rows = [['code', 'severity', 'table', 'row', 'line', 'field', 'detail', 'cause code', 'cause table', 'cause row', ...(data.compared ? ['since last time', 'months'] : []), 'message']];
    for (let i = 1; i <= items; i++) rows[0].push('item' + i, 'value' + i);
    for (const [g, p] of found) {
      const c = cause(p) || {};
      const row = [g.c, severities[g.s], g.table || p[6], p[0] || '', p[1] || '', field(g, p), p[3] || '', c.absent ? 'not submitted' : c.code, c.table, c.row, ...(data.compared ? [states[p[7] || 0], p[8] || ''] : []), g.m];
      (p[5] || []).forEach((v, i) => row.push(g.items[i], v));
      rows.push(row);
    }
    return rows;
  };

  let timer;
  form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  form.addEventListener('submit', e => { e.preventDefault(); clearTimeout(timer); filter(); });
  form.addEventListener('reset', () => setTimeout(filter));
  filter();
  return {section, form, filter, ruleRows, placeRows, has: code => groups.some(g => g.c === code)};
});

// narrow sets the filters of an explorer, and goes to it.
const narrow = (explorer, values, target) => {
  const form = explorer.form;
  form.elements.q.value = values.q || '';
  for (const name of ['table', 'severity', 'rule', 'state']) if (form.elements[name]) form.elements[name].value = values[name] || '';
  if (form.elements.hide) form.elements.hide.checked = false;
  explorer.filter();
  const heading = one(target || 'h2', explorer.section);
  heading.setAttribute('tabindex', '-1');
  heading.scrollIntoView();
  heading.focus({preventScroll: true});
};

document.addEventListener('click', e => {
  const button = e.target.closest('button, a');
  if (!button) return;
  const d = button.dataset;
  if (d.show !== undefined) {
    const explorer = explorers.find(x => x.has(d.show));
    if (explorer) narrow(explorer, {rule: d.show, table: d.in}, 'h3');
  } else if (d.find !== undefined) {
    const explorer = explorers.find(x => x.section.dataset.explorer === 'portal');
    if (explorer) narrow(explorer, {q: d.find}, 'h3');
  } else if (button.tagName === 'A' && d.table !== undefined) {
    const explorer = explorers.find(x => x.section.dataset.explorer === 'portal');
    const option = explorer && Array.from(explorer.form.elements.table.options).some(o => o.value === d.table);
    if (explorer) {
      e.preventDefault();
      narrow(explorer, option ? {table: d.table} : {q: d.table});
    }
  } else if (d.copy !== undefined) {
    const explorer = explorers.find(x => x.section.contains(button));
    copy(button, d.copy === 'rules' ? explorer.ruleRows() : d.copy === 'places' ? explorer.placeRows() : tableRows(one('#' + d.copy)));
  } else if (d.open !== undefined) {
    const open = button.getAttribute('aria-expanded') !== 'true';
    for (const x of all('details.rule')) x.open = open;
    button.setAttribute('aria-expanded', String(open));
    button.textContent = open ? 'Close all' : 'Open all';
  }
});

// A link to a rule opens its page.
const opened = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!target || target.tagName !== 'DETAILS') return;
  target.open = true;
  target.scrollIntoView();
  one('summary', target).focus({preventScroll: true});
};
addEventListener('hashchange', opened);
document.addEventListener('click', e => {
  const a = e.target.closest('a[href^="#rule-"]');
  if (a && a.getAttribute('href') === location.hash) opened();
});
addEventListener('beforeprint', () => { for (const x of all('details.opens-in-print')) x.open = true; });

document.documentElement.classList.add('js');
opened();
})();
