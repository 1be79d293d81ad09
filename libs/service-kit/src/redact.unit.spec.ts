import { redact, redactText } from './redact.ts';

describe('what a log may hold', () => {
  it('OTP-14: members with secret names are replaced at any depth, however they are spelled', () => {
    const record = {
      req: { headers: { authorization: 'x', 'Set-Cookie': 'x', 'x-api-key': 'kept', 'api-key': 'x' } },
      list: [{ otp: '123456', payload: 'x', access_token: 'x', beginTicket: 'x', apiKey: 'x', note: 'fine' }],
    };
    expect(JSON.stringify(redact(record))).not.toContain('"x"');
    expect(redact(record)).toMatchObject({ list: [{ note: 'fine' }] });
  });

  it('OTP-14: credentials inside texts are masked', () => {
    const text = redactText(
      'key csk_abc123-_ jwt eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln Bearer abc.def Basic YWJj postgres://me:hunter2@db/x',
    );
    expect(text).toBe(
      'key csk_[redacted] jwt [redacted jwt] Bearer [redacted] Basic [redacted] postgres://me:[redacted]@db/x',
    );
  });

  it('errors keep name, code, message and stack, and lose statements, parameters and rows', () => {
    const error = Object.assign(new Error('duplicate key', { cause: new Error('inner csk_1') }), {
      code: '23505',
      parameters: ['secret'],
      detail: 'Key (username)=(dana)',
      query: 'INSERT',
    });
    expect(redact({ err: error })).toEqual({
      err: {
        type: 'Error',
        code: '23505',
        message: 'duplicate key',
        stack: expect.any(String),
        cause: expect.objectContaining({ message: 'inner csk_[redacted]' }),
      },
    });
  });

  it('ends at a depth, so that no structure keeps it busy', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(JSON.stringify(redact(loop))).toContain('[deep]');
  });
});
