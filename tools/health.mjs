/** Health check of a container: exits 0 if the URL answers 2xx within 4 s. The image has no curl. */
const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(4000) }).catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
