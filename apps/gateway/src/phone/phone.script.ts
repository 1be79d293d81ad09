/**
 * The script of the virtual phone; a file of its own, because the page's policy forbids scripts inside it. What
 * messages say is only ever put in as text.
 */
export const PHONE_SCRIPT = `'use strict';
const byId = (id) => document.getElementById(id);
const [list, empty, count, state, stateText, to, spoken, clock] = ['list', 'empty', 'count', 'state', 'state-text', 'to',
  'spoken', 'clock'].map(byId);
const MOST = 500;
/** id -> { message, item } of what is shown, and what the list shows. */
const shown = new Map();

const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

const ICONS = {
  email: 'M2 4h20v16H2V4zm2 3.2V18h16V7.2l-8 5.6-8-5.6zM5.2 6l6.8 4.7L18.8 6H5.2z',
  sms: 'M12 3c5.5 0 10 3.6 10 8s-4.5 8-10 8c-1 0-2-.1-2.9-.4L4 21l1.4-4.1C3.3 15.5 2 13.400 2 11c0-4.4 4.5-8 10-8z',
};
function icon(channel) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[channel]);
  svg.append(path);
  return svg;
}

function ago(at) {
  const seconds = Math.max(0, (Date.now() - Date.parse(at)) / 1000);
  if (seconds < 60) return 'now';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min ago';
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

function codeBox(code) {
  const box = make('div', code.length > 7 ? 'code long' : 'code');
  const digits = make('strong', '', code);
  digits.setAttribute('aria-hidden', 'true');
  const copy = make('button', '', 'Copy');
  copy.type = 'button';
  copy.setAttribute('aria-label', 'Copy code ' + [...code].join(' '));
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code);
      copy.textContent = 'Copied';
    } catch {
      copy.textContent = 'Not allowed';
    }
    setTimeout(() => (copy.textContent = 'Copy'), 1500);
  });
  box.append(digits, make('span', 'unseen', 'Code ' + [...code].join(' ')), copy);
  return box;
}

/** The name before an address, where there is one. */
const senderOf = (from) => /^"?([^"<]+?)"?\\s*<.*>$/.exec(from)?.[1] ?? from;
const nameOf = (channel) => (channel === 'sms' ? 'SMS' : 'E-mail');

function itemOf(message) {
  const item = make('li', message.channel);
  const card = make('article', 'card');
  card.setAttribute('aria-label', nameOf(message.channel) + ' to ' + message.to);
  const head = make('div', 'head');
  const time = make('time', '', ago(message.at));
  time.dateTime = message.at;
  time.title = new Date(message.at).toLocaleString();
  head.append(icon(message.channel), make('span', 'who', nameOf(message.channel) + ' · ' + senderOf(message.from)), time);
  card.append(head);
  if (message.subject) card.append(make('h3', 'subject', message.subject));
  if (message.code) card.append(codeBox(message.code));
  card.append(make('p', 'text', message.text), make('p', 'to', 'to ' + message.to));
  item.append(card);
  return item;
}

const squeezed = (text) => text.toLowerCase().replace(/[\\s()-]/g, '');
const wanted = (message) => squeezed(message.to).includes(squeezed(to.value));

function filter() {
  let visible = 0;
  for (const { message, item } of shown.values()) {
    item.hidden = !wanted(message);
    if (!item.hidden) visible++;
  }
  empty.hidden = visible > 0;
  count.textContent = visible > 0 ? String(visible) : '';
}

/** Shows messages that are not shown yet, the newest of them last. */
function add(messages, live) {
  for (const message of messages) {
    if (shown.has(message.id)) continue;
    const item = itemOf(message);
    if (live) {
      item.classList.add('new');
      item.addEventListener('animationend', () => item.classList.remove('new'), { once: true });
    }
    shown.set(message.id, { message, item });
    list.prepend(item);
    if (live && wanted(message))
      spoken.textContent = 'New ' + nameOf(message.channel) + ' to ' + message.to +
        (message.code ? ', code ' + [...message.code].join(' ') : '. ' + (message.subject || message.text));
  }
  for (const [id, { item }] of shown) {
    if (shown.size <= MOST) break;
    item.remove();
    shown.delete(id);
  }
  filter();
}

function say(live, text) {
  state.classList.toggle('live', live);
  if (stateText.textContent !== text) stateText.textContent = text;
}

async function load() {
  const answer = await fetch('/phone/messages?limit=' + MOST);
  const { items } = await answer.json();
  add(items.reverse(), shown.size > 0);
}

function follow() {
  const stream = new EventSource('/phone/stream');
  // what came before the stream was open, or while it was not
  stream.onopen = () => load().then(() => say(true, 'live'), () => say(false, 'reconnecting …'));
  stream.onmessage = ({ data }) => add([JSON.parse(data)], true);
  stream.onerror = () => {
    say(false, 'reconnecting …');
    // a browser gives up where it got an answer that is no stream
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  };
}

function tick() {
  clock.textContent = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  for (const { message, item } of shown.values()) item.querySelector('time').textContent = ago(message.at);
}

to.value = new URLSearchParams(location.search).get('to') || '';
to.addEventListener('input', filter);
to.form.addEventListener('submit', (event) => event.preventDefault());
setInterval(tick, 10000);
tick();
filter();
follow();
`;
