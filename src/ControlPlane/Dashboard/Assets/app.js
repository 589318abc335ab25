// What pages do beyond htmx: parts that renew themselves without disturbing anybody, times in the reader's own zone,
// and a video that jumps. Every page works without it, only not live.
(() => {
  'use strict';

  // ---- Times: the server writes UTC; here they become local, and "2 min ago" goes on counting.
  const pad = n => String(n).padStart(2, '0');
  const ago = s =>
    s < 60 ? 'just now' : s < 3600 ? `${Math.floor(s / 60)} min ago` : s < 86400 ? `${Math.floor(s / 3600)} h ago` : `${Math.floor(s / 86400)} d ago`;
  const clock = t => `${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}`;
  const day = t => `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())}`;
  const texts = { ago: t => ago(Math.max(0, (Date.now() - t) / 1000)), clock, full: t => `${day(t)} ${clock(t)}` };

  function showTimes(root) {
    for (const el of root.querySelectorAll('time[data-show]')) {
      const at = new Date(el.dateTime);
      const text = texts[el.dataset.show](at);
      if (el.textContent !== text) el.textContent = text;
      el.title = `${day(at)} ${clock(at)} (${el.dateTime} UTC)`.replace('Z UTC', ' UTC');
    }
  }

  // ---- The swap "keyed": children that carry an id are replaced only when the server says something new of them, so
  // that focus, selection, scroll position and pictures stay as they are.
  const told = new WeakMap();

  function remember(root) {
    for (const parent of [root, ...root.querySelectorAll('[data-keyed]')])
      if (parent.dataset?.keyed !== undefined) for (const child of parent.children) told.set(child, child.outerHTML);
  }

  function busy(el) {
    const selection = getSelection();
    return el.querySelector(':popover-open') !== null || (!selection.isCollapsed && selection.containsNode(el, true));
  }

  // What stays of the old children and what is new, in the new order; then the places, then what is gone.
  function merge(parent, incoming) {
    const focused = parent.contains(document.activeElement) ? document.activeElement.id : '';
    const present = new Map([...parent.children].map(child => [child.id, child]));
    const wanted = [...incoming.children].map(fresh => {
      const html = fresh.outerHTML;
      const here = present.get(fresh.id);
      if (here?.dataset.keyed !== undefined) merge(here, fresh);
      else if (!here || (told.get(here) !== html && !busy(here))) {
        told.set(fresh, html);
        return fresh;
      }
      return here;
    });
    let place = parent.firstElementChild;
    for (const child of wanted) {
      if (child === place) place = place.nextElementSibling;
      else parent.insertBefore(child, place);
    }
    for (const child of [...parent.children]) if (!wanted.includes(child) && !busy(child)) child.remove();
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  htmx.defineExtension('keyed', {
    isInlineSwap: style => style === 'keyed',
    handleSwap: (style, target, fragment) => {
      if (style !== 'keyed') return false;
      merge(target, fragment);
      showTimes(target);
      return [target];
    },
  });

  // ---- A page that nobody sees does not ask, and one that gets no answer says so.
  const stale = on => document.documentElement.classList.toggle('stale', on);
  document.addEventListener('htmx:beforeRequest', e => document.hidden && e.preventDefault());
  document.addEventListener('htmx:afterRequest', e => stale(!e.detail.successful));
  // A session that ended answers with the sign-in page: it belongs in the window, and leads back here.
  document.addEventListener('htmx:beforeSwap', e => {
    if (!new URL(e.detail.xhr.responseURL).pathname.startsWith('/app/sign-in')) return;
    e.detail.shouldSwap = false;
    location.assign('/app/sign-in?return=' + encodeURIComponent(location.pathname + location.search));
  });

  // ---- What follows a stream of events asks anew when the stream has news, at most twice a second.
  for (const el of document.querySelectorAll('[data-follow]')) {
    let waiting = false;
    const news = () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => { waiting = false; htmx.trigger(el, 'news'); }, 500);
    };
    let source;
    const follow = () => {
      if (document.hidden) { source?.close(); source = undefined; return; }
      if (source) return;
      source = new EventSource(el.dataset.follow);
      source.addEventListener('line', news);
    };
    document.addEventListener('visibilitychange', () => { follow(); if (!document.hidden) news(); });
    addEventListener('pagehide', () => source?.close());
    addEventListener('pageshow', e => e.persisted && (source = undefined, follow()));
    follow();
  }

  // ---- Videos jump to a second of theirs.
  document.addEventListener('click', e => {
    const button = e.target.closest('[data-seek]');
    if (!button) return;
    const video = document.getElementById(button.dataset.video);
    video.currentTime = Number(button.dataset.seek);
    video.play();
  });

  // ---- A filter applies as soon as it is chosen.
  document.addEventListener('change', e => e.target.matches('select[data-submit], input[data-submit]') && e.target.form.requestSubmit());

  remember(document.body);
  showTimes(document);
  setInterval(() => document.hidden || showTimes(document), 10000);
})();
