import { spawnService, waitFor } from './index.ts';

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a service in a process of its own', () => {
  it('is killed without warning, started again on its port, and ends with 0 when asked', async () => {
    const gateway = await spawnService({ app: 'gateway', env: { LOG_LEVEL: 'info' }, ready: '/healthz' });
    const first = gateway.pid;
    await gateway.kill9();
    expect(isThere(first)).toBe(false);
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
    await gateway.restart({ SECURITY_PROFILE: 'development' });
    expect(gateway.pid).not.toBe(first);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    await waitFor(() => gateway.output().includes('SECURITY_PROFILE=development'));
    expect(await gateway.stop()).toBe(0);
  }, 60_000);

  it('one that cannot start says why', async () => {
    const failing = spawnService({ app: 'gateway', env: { PORT: 'none' } });
    await expect(failing).rejects.toThrow(/gateway ended while starting:[^]*PORT/);
  }, 60_000);
});
