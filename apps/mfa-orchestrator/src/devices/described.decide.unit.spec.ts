import { describeDevice } from './described.decide.ts';
import { deviceInfo } from './device-info.schemas.ts';

const AGENTS: [string, string, string, string, string, string][] = [
  [
    'Chrome on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    ...(['Chrome', '126.0.0.0', 'Windows', '10.0'] as const),
  ],
  [
    'Edge on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.68',
    ...(['Edge', '126.0.2592.68', 'Windows', '10.0'] as const),
  ],
  [
    'Safari on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    ...(['Safari', '17.5', 'iOS', '17.5'] as const),
  ],
  [
    'Safari on a Mac',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
    ...(['Safari', '17.4', 'macOS', '10.15.7'] as const),
  ],
  [
    'Firefox on Linux',
    'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
    ...(['Firefox', '127.0', 'Linux', ''] as const),
  ],
  [
    'Samsung Internet on Android',
    'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
    ...(['Samsung Internet', '25.0', 'Android', '14'] as const),
  ],
];

describe('descriptions of devices (contracts §1.4)', () => {
  it.each(AGENTS)(
    'empty names are filled in from the User-Agent: %s',
    (_, agent, client, version, os, osVersion) => {
      const info = deviceInfo.parse({ clientName: '', clientVersion: '', osName: '', osVersion: '' });
      expect(describeDevice(info, agent)).toEqual({
        ...{ clientName: client, clientVersion: version, osName: os },
        ...(osVersion && { osVersion }),
      });
    },
  );

  it('what the client says of itself stands, and no version of another name beside it', () => {
    const info = deviceInfo.parse({ clientName: 'Bank App', osName: 'Android', osVersion: '14' });
    const told = describeDevice(info, AGENTS[0]![1]);
    expect(told).toEqual({ clientName: 'Bank App', osName: 'Android', osVersion: '14' });
  });

  it('webauthnCapabilities is JSON in a string; only flags are kept', () => {
    const parsed = (text: unknown) => deviceInfo.parse({ webauthnCapabilities: text }).webauthnCapabilities;
    expect(parsed('{"conditionalGet":true,"x":1,"relatedOrigins":false,"<b>":true}')).toEqual({
      conditionalGet: true,
      relatedOrigins: false,
    });
    for (const odd of [
      '',
      'null',
      '[]',
      '[1]',
      '{',
      '"x"',
      '{}',
      { a: true },
      1,
      '{"a":1}',
      `{"a":"${'x'.repeat(3000)}"}`,
    ])
      expect(parsed(odd)).toBeUndefined();
  });

  it('nothing a client says of itself makes a begin fail, and nothing of it is unbounded', () => {
    const odd = {
      clientName: 'x\u0000\n'.repeat(5000),
      osName: 7,
      screenWidth: -1,
      clientType: 'fridge',
      hasBluetooth: 'y',
    };
    const told = describeDevice(deviceInfo.parse(odd), 'Chrome/'.repeat(10_000));
    expect(told).toEqual({ clientName: 'x'.repeat(100), clientType: 'other' });
    for (const info of [null, 'x', 7, []]) expect(deviceInfo.parse(info)).toEqual({});
    expect(describeDevice(undefined, undefined)).toEqual({});
  });
});
