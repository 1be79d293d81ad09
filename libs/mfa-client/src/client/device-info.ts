/// <reference lib="dom" />

/** LoginID's DeviceInfo. What is not told, the server reads from the User-Agent. */
export interface DeviceInfo {
  clientType: 'browser' | 'webview' | 'other';
  deviceId?: string;
  screenWidth?: number;
  screenHeight?: number;
  /** JSON: what the browser says of WebAuthn. */
  webauthnCapabilities?: string;
}

type Capable = { getClientCapabilities?(): Promise<Record<string, boolean>> };

/** What this device is. Never rejects. */
export async function deviceInfo(deviceId: string | undefined): Promise<DeviceInfo> {
  const known = deviceId ? { deviceId } : {};
  const { screen, PublicKeyCredential } = globalThis as {
    screen?: Screen;
    PublicKeyCredential?: Capable;
  };
  if (!screen) return { clientType: 'other', ...known };
  const capabilities = await PublicKeyCredential?.getClientCapabilities?.().catch(() => undefined);
  return {
    clientType: 'browser',
    ...known,
    screenWidth: screen.width,
    screenHeight: screen.height,
    ...(capabilities && { webauthnCapabilities: JSON.stringify(capabilities) }),
  };
}
