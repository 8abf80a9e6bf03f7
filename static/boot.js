// Runs before the first paint, then starts the app. A classic script: a module would run too late
// for the theme, and inline scripts are forbidden by the page's Content-Security-Policy.
(() => {
  'use strict';

  const themeKey = 'netsplit.theme'; // 'light' or 'dark'; anything else follows the system

  try {
    const theme = localStorage.getItem(themeKey);
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be switched off; the system's theme is a fine answer.
  }

  // Says in the page why there is no app, and offers the one thing that may help.
  function explain(sentence) {
    const place = document.getElementById('boot-status') ?? document.getElementById('app');
    const again = document.createElement('button');
    again.type = 'button';
    again.textContent = 'Reload the page';
    again.addEventListener('click', () => location.reload());
    place.setAttribute('role', 'alert');
    place.replaceChildren(sentence, ' ', again);
  }

  async function start() {
    if (typeof WebAssembly !== 'object') {
      explain('Netsplit needs WebAssembly, which this browser lacks or has switched off.');
      return;
    }
    // Trunk writes the two files' names, which change with their content, into these links.
    const glue = document.querySelector('link[rel="modulepreload"]');
    const module = document.querySelector('link[rel="preload"][as="fetch"]');
    try {
      const { default: init } = await import(glue.href);
      await init({ module_or_path: module.href });
    } catch (error) {
      console.error(error);
      explain('Netsplit could not start: its WebAssembly program did not load, or stopped at once. Check the connection and try again.');
    }
  }

  document.addEventListener('DOMContentLoaded', start);
})();
