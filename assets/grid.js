// Draws tables. A table arrives as JSON in the attribute `data-grid` of one element and is built here, because Dash takes
// time that grows with the square of the number of components: half a minute for 4,000 cells of their own. Every text is
// set as text, never as markup. The twin of components/grid.py.
(function () {
  'use strict';

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined && text !== null) made.textContent = text;
    return made;
  }

  function link(cell) {
    var anchor = element('a', 'account-link', cell.text);
    anchor.href = cell.href;
    if (/\.pdf$/.test(cell.href)) anchor.download = '';
    else anchor.setAttribute('data-page-link', 'true');
    return anchor;
  }

  // A figure that opens its receipt. Only one of a table takes the focus by Tab; the arrow keys lead to the others.
  function figure(cell) {
    var button = element('button', 'figure', cell.text);
    button.type = 'button';
    button.tabIndex = -1;
    button.setAttribute('data-receipt', cell.receipt);
    return button;
  }

  function words(cell) {
    if (cell.href) return link(cell);
    if (cell.receipt) return figure(cell);
    if (!cell.title && !cell.strike) return document.createTextNode(cell.text);
    return element(cell.strike ? 's' : 'span', '', cell.text);
  }

  // A line of text, or of parts of which some are figures.
  function told(name, className, line) {
    var made = element(name, className);
    [].concat(line).forEach(function (part) {
      made.appendChild(typeof part === 'string' ? document.createTextNode(part) : words(part));
    });
    return made;
  }

  function fill(box, cell) {
    if (typeof cell === 'string') {
      box.textContent = cell;
      return;
    }
    if (cell.dot) box.appendChild(element('span', 'dot')).style.background = cell.dot;
    if (cell.bar !== undefined) box.appendChild(element('span', 'left-bar')).style.setProperty('--left', cell.bar);
    var text = box.appendChild(words(cell));
    if (cell.title) {
      text.title = cell.title;
      box.appendChild(element('span', 'visually-hidden', ' (' + cell.title + ')'));
    }
    (cell.below || []).forEach(function (line) { box.appendChild(told('span', 'below', line)); });
    if (cell.chip) (box.querySelector('.below') || box).prepend(element('span', 'chip ' + cell.chip[1], cell.chip[0]), ' ');
    if (cell.warning) box.appendChild(element('span', 'chip chip-warn', cell.warning));
  }

  function opener(row) {
    var button = element('button', 'row-toggle', row.detail ? '▾' : '▸');
    var name = typeof row.cells[0] === 'string' ? row.cells[0] : row.cells[0].text;
    button.type = 'button';
    button.setAttribute('data-open', row.toggle);
    button.setAttribute('aria-expanded', row.detail ? 'true' : 'false');
    button.setAttribute('aria-label', 'Details of ' + name);
    return button;
  }

  function line(row, heads) {
    var made = element('tr', row.kind);
    row.cells.forEach(function (cell, at) {
      var box = element(at ? 'td' : 'th', heads[at].kind || '');
      if (!at) {
        box.scope = 'row';
        box.dir = 'auto';
      }
      fill(box, cell);
      if (!at && row.toggle) box.prepend(opener(row));
      made.appendChild(box);
    });
    return made;
  }

  function detail(row, heads) {
    var made = element('tr', 'detail-row');
    var box = element('td');
    box.colSpan = heads.length;
    (row.detail.notes || []).forEach(function (text) { box.appendChild(told('p', 'table-note', text)); });
    (row.detail.tables || []).forEach(function (one) { box.appendChild(table(one)); });
    made.appendChild(box);
    return made;
  }

  function head(heads) {
    var made = element('tr');
    heads.forEach(function (one) {
      var box = element('th', one.kind || '', one.text);
      box.scope = 'col';
      made.appendChild(box);
    });
    var part = element('thead');
    part.appendChild(made);
    return part;
  }

  function body(group, heads) {
    var part = element('tbody');
    if (group.title) {
      var made = element('tr');
      var title = element('th', 'group-head');
      title.scope = 'rowgroup';
      title.colSpan = heads.length;
      title.appendChild(element('span', '', group.title));
      made.appendChild(title);
      part.appendChild(made);
    }
    group.rows.forEach(function (one) {
      part.appendChild(line(one, heads));
      if (one.detail) part.appendChild(detail(one, heads));
    });
    return part;
  }

  function table(data) {
    var made = element('table', 'data-table ' + data.kind);
    if (data.id) made.id = data.id;
    made.appendChild(element('caption', 'visually-hidden', data.caption));
    made.appendChild(head(data.heads));
    data.groups.forEach(function (group) { made.appendChild(body(group, data.heads)); });
    return made;
  }

  // The button of a table that had the focus last, by what it opens: a table is drawn anew when one of its rows opens,
  // and what had the focus then has it again.
  var last = null;
  document.addEventListener('focusin', function (event) {
    var name = ['data-open', 'data-receipt'].find(function (one) { return event.target.hasAttribute(one); });
    last = name ? { element: event.target, name: name, value: event.target.getAttribute(name) } : null;
  });

  function refocus(place) {
    if (!last || last.element.isConnected || document.activeElement !== document.body) return;
    var same = Array.from(place.querySelectorAll('[' + last.name + ']'));
    var found = same.find(function (one) { return one.getAttribute(last.name) === last.value; });
    if (found) found.focus({ preventScroll: true });
  }

  function draw(place) {
    place.replaceChildren(table(JSON.parse(place.getAttribute('data-grid'))));
    var first = place.querySelector('.figure');
    if (first) first.tabIndex = 0;
    refocus(place);
  }

  // From one figure to the next with the arrow keys, as in a spreadsheet.
  function step(figure, key) {
    var box = figure.closest('td, th');
    var line = box.parentElement;
    var inLine = function (row) { return row && row.cells[box.cellIndex] && row.cells[box.cellIndex].querySelector('.figure'); };
    var rows = Array.from(figure.closest('[data-grid]').querySelectorAll('tr'));
    var all = Array.from(line.querySelectorAll('.figure'));
    var at = all.indexOf(figure);
    if (key === 'ArrowRight') return all[at + 1];
    if (key === 'ArrowLeft') return all[at - 1];
    var way = key === 'ArrowDown' ? 1 : -1;
    for (var next = rows.indexOf(line) + way; rows[next]; next += way) if (inLine(rows[next])) return inLine(rows[next]);
    return null;
  }

  document.addEventListener('keydown', function (event) {
    var figure = event.target.closest && event.target.closest('[data-grid] .figure');
    if (!figure || !/^Arrow/.test(event.key)) return;
    var next = step(figure, event.key);
    if (!next) return;
    event.preventDefault();
    figure.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });

  function drawAll(root) {
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    if (root.hasAttribute('data-grid')) draw(root);
    root.querySelectorAll('[data-grid]').forEach(draw);
  }

  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.type === 'attributes') draw(change.target);
      else change.addedNodes.forEach(drawAll);
    });
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-grid'] });
})();
