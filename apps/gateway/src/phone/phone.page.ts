import { page } from '../pages/html.ts';

/** The page at `/phone`: a phone that shows what arrives. Everything in the list is put there by phone.js. */
export const phonePage = (): string =>
  page(
    'Virtual phone · Countersign',
    `<div class="desk">
<header class="about">
<p class="brand"><a href="/">Countersign</a></p>
<h1>Virtual phone</h1>
<p>Every e-mail and SMS that this system sends ends up here, and nowhere else. Newest first, live.</p>
<form class="filter" role="search">
<label for="to">Show one address only</label>
<input id="to" name="to" type="search" autocomplete="off" spellcheck="false" placeholder="dana@example.com or +49 …" aria-describedby="to-hint">
<p id="to-hint" class="hint">An e-mail address or a number, or a part of it.</p>
</form>
<p class="state" id="state" role="status"><span class="dot" aria-hidden="true"></span><span id="state-text">connecting …</span></p>
<p class="hint">For scripts: <a href="/phone/messages"><code>GET /phone/messages?to=&amp;limit=</code></a></p>
<p class="hint">Development only. Nothing is stored: when the gateway stops, the messages are gone.</p>
</header>
<main class="phone" aria-label="Phone">
<div class="screen">
<div class="bar" aria-hidden="true"><span id="clock"></span><span class="island"></span><span class="signal"><i></i><i></i><i></i><i></i></span></div>
<h2 class="title">Messages <span class="count" id="count"></span></h2>
<p class="empty" id="empty">No messages yet.<br>Ask for a code, and it arrives here.</p>
<ol class="list" id="list"></ol>
</div>
</main>
<p class="unseen" id="spoken" aria-live="polite"></p>
</div>
<noscript><p class="noscript">This page needs JavaScript. Without it: <a href="/phone/messages">the messages as JSON</a>.</p></noscript>`,
    ['/phone/phone.js'],
    '/phone/phone.css',
  );
