import type { EvilClient, Turn } from './evil-requests.ts';

/** What a trick at the token endpoint is done with. */
export interface Redemption {
  form: URLSearchParams;
  client: EvilClient;
  turn: Turn;
}

/** Redemptions of a code that have to be refused; each with a fresh code. `other` is a second client of the application. */
export const TOKEN_TRICKS: readonly {
  title: string;
  change(redemption: Redemption, other: EvilClient): void;
  refused: readonly string[];
}[] = [
  {
    title: 'OP-06: the code of one client with another’s credentials',
    change: (it, other) => {
      it.client = other;
    },
    refused: ['invalid_grant'],
  },
  {
    title: 'OP-06: another redirect URI',
    change: ({ form }, other) => form.set('redirect_uri', other.redirectUri),
    refused: ['invalid_grant'],
  },
  {
    title: 'OP-06: no redirect URI',
    change: ({ form }) => form.delete('redirect_uri'),
    refused: ['invalid_grant', 'invalid_request'],
  },
  {
    title: 'OP-03: no verifier',
    change: ({ form }) => form.delete('code_verifier'),
    refused: ['invalid_grant', 'invalid_request'],
  },
  {
    title: 'seed V5: another verifier',
    change: ({ form }) => form.set('code_verifier', 'x'.repeat(43)),
    refused: ['invalid_grant'],
  },
  {
    title: 'OP-03: the challenge for a verifier',
    change: ({ form, turn }) => form.set('code_verifier', turn.challenge),
    refused: ['invalid_grant'],
  },
  {
    title: 'a code that was guessed',
    change: ({ form }) => form.set('code', 'x'.repeat(43)),
    refused: ['invalid_grant'],
  },
  {
    title: 'seed V5: a wrong secret',
    change: (it) => {
      it.client = { ...it.client, clientSecret: `${it.client.clientSecret}x` };
    },
    refused: ['invalid_client'],
  },
  {
    title: 'no secret',
    change: (it) => {
      it.client = { clientId: it.client.clientId, redirectUri: it.client.redirectUri };
    },
    refused: ['invalid_client'],
  },
  {
    title: 'another client’s secret',
    change: (it, other) => {
      it.client = { ...it.client, clientSecret: `${other.clientSecret}` };
    },
    refused: ['invalid_client'],
  },
];
