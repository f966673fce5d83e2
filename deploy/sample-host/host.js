// All that a page has to do: mount, and pass on its theme.
(function () {
  'use strict';

  const place = document.getElementById('billing');
  const said = document.getElementById('said');
  const choice = document.getElementById('dashboard');
  const theme = document.getElementById('theme');
  let frame = null;

  async function freshLink() {
    const answer = await fetch('/embed-url?dashboard=' + encodeURIComponent(choice.value), { cache: 'no-store' });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  }

  function tell(event) {
    if (event.type === 'ready' || event.type === 'renewed') said.textContent = '';
    if (event.type === 'error') said.textContent = 'Billing cannot be shown right now.';
  }

  function mount() {
    if (frame) frame.destroy();
    frame = Burnboard.mount(place, {
      getUrl: freshLink,
      theme: theme.value,
      title: choice.selectedOptions[0].text,
      minHeight: 240,
      onEvent: tell,
    });
  }

  function paint() {
    const dark = theme.value === 'dark' || (theme.value === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    if (frame) frame.setTheme(theme.value);
  }

  choice.addEventListener('change', mount);
  theme.addEventListener('change', paint);
  paint();
  mount();
})();
