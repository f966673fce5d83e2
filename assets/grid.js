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
    anchor.addEventListener('click', function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      window.dash_clientside.set_props('url', { pathname: anchor.pathname, search: '' });
      window.scrollTo(0, 0);
    });
    return anchor;
  }

  function fill(box, cell) {
    if (typeof cell === 'string') {
      box.textContent = cell;
      return;
    }
    if (cell.dot) box.appendChild(element('span', 'dot')).style.background = cell.dot;
    if (cell.bar !== undefined) box.appendChild(element('span', 'left-bar')).style.setProperty('--left', cell.bar);
    box.appendChild(cell.href ? link(cell) : document.createTextNode(cell.text));
    (cell.below || []).forEach(function (line) { box.appendChild(element('span', 'below', line)); });
    if (cell.chip) (box.querySelector('.below') || box).prepend(element('span', 'chip ' + cell.chip[1], cell.chip[0]));
    if (cell.warning) box.appendChild(element('span', 'chip chip-warn', cell.warning));
  }

  function row(cells, heads, className) {
    var line = element('tr', className);
    cells.forEach(function (cell, at) {
      var box = element(at ? 'td' : 'th', heads[at].kind || '');
      if (!at) {
        box.scope = 'row';
        box.dir = 'auto';
      }
      fill(box, cell);
      line.appendChild(box);
    });
    return line;
  }

  function head(heads) {
    var line = element('tr');
    heads.forEach(function (one) {
      var box = element('th', one.kind || '', one.text);
      box.scope = 'col';
      line.appendChild(box);
    });
    var part = element('thead');
    part.appendChild(line);
    return part;
  }

  function body(group, heads) {
    var part = element('tbody');
    if (group.title) {
      var line = element('tr');
      var title = element('th', 'group-head');
      title.scope = 'rowgroup';
      title.colSpan = heads.length;
      title.appendChild(element('span', '', group.title));
      line.appendChild(title);
      part.appendChild(line);
    }
    group.rows.forEach(function (one) { part.appendChild(row(one.cells, heads, one.kind)); });
    return part;
  }

  function draw(place) {
    var data = JSON.parse(place.getAttribute('data-grid'));
    var table = element('table', 'data-table ' + data.kind);
    if (data.id) table.id = data.id;
    table.appendChild(element('caption', 'visually-hidden', data.caption));
    table.appendChild(head(data.heads));
    data.groups.forEach(function (group) { table.appendChild(body(group, data.heads)); });
    place.replaceChildren(table);
  }

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
