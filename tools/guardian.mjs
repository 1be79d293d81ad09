/**
 * Waits on stdin for its supervisor, who writes the list of what runs, one JSON array a line, the last one counting.
 * The end of the stream is the supervisor's end, however it came: whatever still runs then is ended in order.
 */
import { createInterface } from 'node:readline';
import { endInOrder } from './supervisor.mjs';

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {}); // only the supervisor's end counts

let running = [];
for await (const line of createInterface({ input: process.stdin })) running = JSON.parse(line);
await endInOrder(running);
