import type { DeviceInfo } from './device-info.schemas.ts';
import { readUserAgent } from './user-agent.decide.ts';

/** What is kept of a device's description. */
export type Described = Omit<DeviceInfo, 'deviceId'>;

/**
 * A device as its client described it, with what it left empty read out of the User-Agent: LoginID's web SDK sends
 * empty names and expects that (contracts §1.4). Members without a value are absent.
 */
export function describeDevice(info: DeviceInfo | undefined, userAgent: string | undefined): Described {
  const { deviceId: _theirs, ...told } = info ?? {};
  const read = readUserAgent(userAgent);
  // name and version belong together: a version is only read beside its own name
  const client = told.clientName ? {} : { clientName: read.clientName, clientVersion: read.clientVersion };
  const system = told.osName ? {} : { osName: read.osName, osVersion: read.osVersion };
  const all = Object.entries({ ...told, ...client, ...system });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
