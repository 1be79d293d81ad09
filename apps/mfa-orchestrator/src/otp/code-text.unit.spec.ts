import { codeText } from './code-text.decide.ts';

const values = { code: '012345', app: 'Demo bank', ttlSeconds: 300 };

describe('the text of a code', () => {
  it('contracts L10: text and subject are the application’s, with code, name and minutes in them', () => {
    const texts = { text: '{code} for {app}, {minutes} min', subject: '{app}: your code' };
    expect(codeText(texts, values)).toEqual({
      text: '012345 for Demo bank, 5 min',
      subject: 'Demo bank: your code',
    });
  });

  it('a text that forgot the code gets it all the same', () => {
    expect(codeText({ text: 'Hello' }, values)).toEqual({ text: 'Hello 012345' });
  });

  it('minutes never promise more than the code lives', () => {
    const minutes = (ttlSeconds: number) =>
      codeText({ text: '{minutes} {code}' }, { ...values, ttlSeconds }).text;
    expect([minutes(30), minutes(119), minutes(600)]).toEqual(['1 012345', '1 012345', '10 012345']);
  });

  it('16.4.1: a name is no template and breaks no line', () => {
    const { text } = codeText({ text: '{app} {code}' }, { ...values, app: 'A{code}\r\nBcc: x' });
    expect(text).toBe('A{code} Bcc: x 012345');
  });
});
