import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool';

/** To connect, to be greeted, and between two replies, in milliseconds. */
const CONNECT_MS = 5_000;
const SILENCE_MS = 8_000;

/**
 * How a server is spoken to, by its URL: `smtps` has TLS from the first byte, `smtp` upgrades where the server offers
 * it. `?tls=required` insists on the upgrade, and so does a password, which must not pass in clear; `?tls=none` never
 * upgrades. Certificates are always checked. Nothing else of the URL becomes an option.
 */
export function smtpOptions(url: string): SMTPPoolOptions & { pool: true } {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  const secure = protocol === 'smtps:';
  const tls = searchParams.get('tls');
  const login = username !== '' && {
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
  };
  return {
    pool: true,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ignoreTLS: !secure && tls === 'none',
    requireTLS: !secure && tls !== 'none' && (tls === 'required' || login !== false),
    ...login,
    maxConnections: 8,
    maxMessages: 1_000,
    // a connection that idled too long for the server: once more on another one
    maxRequeues: 1,
    idleTimeout: 30_000,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    logger: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
