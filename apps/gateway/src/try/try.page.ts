/** The page at `/try`; its script fills it. Everything is a file of its own: its policy forbids scripts inside it. */
export const tryPage = (): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Try Countersign</title>
<link rel="stylesheet" href="/try/try.css">
<script type="module" src="/try/try.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the flow</a>
<header id="top"></header>
<main id="main">
<div id="stage"></div>
<aside id="aside" aria-label="Beside the flow"></aside>
</main>
<div id="drawer"></div>
<p id="spoken" class="unseen" role="status" aria-live="polite"></p>
<noscript><p class="noscript">This page is a program that runs in your browser: it needs JavaScript.</p></noscript>
</body>
</html>
`;
