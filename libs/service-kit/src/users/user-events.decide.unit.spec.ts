import { given } from '@countersign/testing';
import { admitUserEvent } from './user-events.decide.ts';

describe('events about users', () => {
  it('EV-01: are taken from their owner only', () => {
    given({ source: '/mfa-orchestrator', appid: 'demo' }).when(admitUserEvent).thenMatch({ ok: true });
    for (const source of ['/token-service', 'mfa-orchestrator', '/mfa-orchestrator/', ''])
      given({ source, appid: 'demo' }).when(admitUserEvent).thenMatch({ ok: false, reason: 'untrusted' });
  });

  it('EV-05: name their application', () => {
    given({ source: '/mfa-orchestrator', appid: undefined })
      .when(admitUserEvent)
      .thenMatch({ ok: false, reason: 'unknown-application' });
  });
});
